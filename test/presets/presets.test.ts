import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { renderPage } from '../../src/simulation/render.ts';

const folder = join(import.meta.dirname, '../../configs/presets');

/** Values by series of the page at a tick. */
async function pageOf(file: string, tick: number): Promise<ReadonlyMap<string, number>> {
  const { config } = loadConfig(join(folder, file));
  const values = new Map<string, number>();
  let page = '';
  for await (const chunk of renderPage(config, { tick, format: 'text' })) page += chunk.toString();
  for (const [, series = '', value] of page.matchAll(/^([a-zA-Z_:].*) (\S+)$/gm))
    values.set(series, Number(value));
  return values;
}

/** What every sample of such a type has behind its name. */
const SUFFIXES: Readonly<Record<string, string>> = { histogram: '_bucket', summary: '_count' };

describe.each(readdirSync(folder))('the preset %s', (file) => {
  it('prints every metric by the name it has in the file', async () => {
    const { config } = loadConfig(join(folder, file));
    const names = new Set([...(await pageOf(file, 2)).keys()].map((series) => series.replace(/\{.*/, '')));
    for (const { name, type } of config.metrics) expect(names).toContain(name + (SUFFIXES[type] ?? ''));
  });
});

describe('node_exporter', () => {
  it('has memory that adds up on every machine', async () => {
    const values = await pageOf('node-exporter.yaml', 30);
    for (let node = 1; node <= 20; node++) {
      const labels = `{job="node",instance="node-${String(node).padStart(2, '0')}:9100"}`;
      const of = (name: string) => values.get(`node_memory_${name}_bytes${labels}`) as number;
      expect(of('AnonPages') + of('MemFree') + of('Buffers') + of('Cached')).toBe(of('MemTotal'));
      expect(of('MemAvailable')).toBe(of('MemTotal') - of('AnonPages'));
    }
  });

  it('has CPUs that spend each second in one mode or another, and most of them idle', async () => {
    const by = ['instance', 'cpu'];
    const before = await pageOf('node-exporter.yaml', 10);
    const after = await pageOf('node-exporter.yaml', 70);
    const spent = sumsOf(before, 'node_cpu_seconds_total', by);
    expect(spent.size).toBe(80);
    for (const [cpu, seconds] of sumsOf(after, 'node_cpu_seconds_total', by))
      expect(seconds - (spent.get(cpu) as number)).toBeCloseTo(60, 6);
    const modes = sumsOf(after, 'node_cpu_seconds_total', ['mode']);
    expect(Math.max(...modes.values())).toBe(modes.get('idle'));
  });
});

describe('an HTTP service', () => {
  it('has each pod on one node, and each node in one zone', async () => {
    const series = [...(await pageOf('http-service.yaml', 1)).keys()].filter((one) =>
      one.startsWith('http_requests_in_flight'),
    );
    expect(series).toHaveLength(12);
    const nodeOf = new Map<string, string>();
    for (const one of series) {
      const [, node = '', zone = ''] = /node="(.*?)",zone="(.*?)"/.exec(one) ?? [];
      expect(nodeOf.get(node) ?? zone).toBe(zone);
      nodeOf.set(node, zone);
    }
  });
});

/** Sums of a metric's series by the values of the labels named. */
function sumsOf(
  page: ReadonlyMap<string, number>,
  metric: string,
  by: readonly string[],
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [series, value] of page) {
    if (!series.startsWith(`${metric}{`)) continue;
    const group = by.map((label) => new RegExp(`[{,]${label}="(.*?)"`).exec(series)?.[1]).join(' ');
    sums.set(group, (sums.get(group) ?? 0) + value);
  }
  return sums;
}

describe('kube-state-metrics', () => {
  const file = 'kube-state-metrics.yaml';

  it('has replicas that are available or not, and as many pods', async () => {
    const page = await pageOf(file, 200);
    const all = sumsOf(page, 'kube_deployment_status_replicas', ['deployment']);
    const available = sumsOf(page, 'kube_deployment_status_replicas_available', ['deployment']);
    const unavailable = sumsOf(page, 'kube_deployment_status_replicas_unavailable', ['deployment']);
    expect([...all.keys()]).toEqual(['cart', 'catalog', 'checkout']);
    for (const [deployment, replicas] of all)
      expect((available.get(deployment) as number) + (unavailable.get(deployment) as number)).toBe(replicas);
    const pods = sumsOf(page, 'kube_pod_info', ['pod']);
    expect(pods.size).toBe([...all.values()].reduce((sum, replicas) => sum + replicas, 0));
  });

  it.each([
    ['kube_pod_status_phase', ['pod'], 9],
    ['kube_pod_status_ready', ['pod'], 9],
    ['kube_node_status_condition', ['node', 'condition'], 12],
  ])('has one 1 among the series of %s', async (metric, by, groups) => {
    const sums = sumsOf(await pageOf(file, 5), metric, by);
    expect([...sums.values()]).toEqual(Array<number>(groups).fill(1));
  });
});

describe('PostgreSQL', () => {
  it('has as many backends as connections in all states', async () => {
    const page = await pageOf('postgres.yaml', 90);
    const by = ['instance', 'datname'];
    const backends = sumsOf(page, 'pg_stat_database_numbackends', by);
    expect(backends.size).toBe(4);
    expect(sumsOf(page, 'pg_stat_activity_count', by)).toEqual(backends);
  });
});

describe('Kafka', () => {
  it('has a lag that is the end of the partition less what the group committed', async () => {
    const page = await pageOf('kafka.yaml', 60);
    const by = ['topic', 'partition'];
    const ends = sumsOf(page, 'kafka_topic_partition_current_offset', by);
    const lags = sumsOf(page, 'kafka_consumergroup_lag', ['consumergroup', ...by]);
    const committed = sumsOf(page, 'kafka_consumergroup_current_offset', ['consumergroup', ...by]);
    expect(lags.size).toBe(18);
    for (const [group, lag] of lags)
      expect((committed.get(group) as number) + lag).toBe(ends.get(group.replace(/^\S+ /, '')));
  });
});

describe('a JVM', () => {
  it('uses at most what it committed, and commits at most what it may', async () => {
    const page = await pageOf('jvm.yaml', 200);
    const by = ['instance', 'id'];
    const committed = sumsOf(page, 'jvm_memory_committed_bytes', by);
    const most = sumsOf(page, 'jvm_memory_max_bytes', by);
    expect(committed.size).toBe(12);
    for (const [pool, used] of sumsOf(page, 'jvm_memory_used_bytes', by)) {
      expect(used).toBeLessThanOrEqual(committed.get(pool) as number);
      const bound = most.get(pool) as number;
      expect(committed.get(pool)).toBeLessThanOrEqual(bound === -1 ? Infinity : bound);
    }
  });

  it('has as many threads as there are in all states', async () => {
    const page = await pageOf('jvm.yaml', 90);
    const live = sumsOf(page, 'jvm_threads_live_threads', ['instance']);
    expect(live.size).toBe(2);
    expect(sumsOf(page, 'jvm_threads_states_threads', ['instance'])).toEqual(live);
  });
});

import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { planOf } from '../../src/simulation/plan.ts';
import { root } from '../support/lyrebird.ts';
import { configOf, FREE_PAGE, renderText, startBackend, startSimulation } from '../support/simulation.ts';

const profiles = {
  hosts: { labels: { host: { range: [1, 10] }, zone: { values: ['a', 'b'] } }, series_cap: 5 },
};
const counter = { name: 'jobs', type: 'counter', algorithm: 'constant', profile: 'hosts' };
const gauge = { name: 'level', type: 'gauge', algorithm: 'sine' };
const histogram = {
  name: 'latency',
  type: 'histogram',
  buckets: [0.1, 1, 10],
  labels: { id: { range: [1, 2] } },
};
const summary = { name: 'size', type: 'summary', algorithm: 'exponential', quantiles: [0.5, 0.9] };
const everyType = { profiles, metrics: [counter, gauge, histogram, summary] };

function samplesOn(page: string): string[] {
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the plan of a run', () => {
  it('tells of each family what it is called, how many label sets there are, and how many are kept', () => {
    const { families } = planOf(configOf(everyType));
    expect(families).toEqual([
      {
        name: 'jobs',
        type: 'counter',
        algorithm: 'constant',
        prometheus_name: 'prom_jobs_total',
        otel_name: 'otel_jobs',
        labels: [
          { name: 'host', values: 10, occurring: 3, dependent: false },
          { name: 'zone', values: 2, occurring: 2, dependent: false },
        ],
        axes: [
          { name: 'host', count: 10 },
          { name: 'zone', count: 2 },
        ],
        product: 20,
        series: 5,
        stored_series: 5,
      },
      expect.objectContaining({ name: 'level', labels: [], product: 1, series: 1, stored_series: 1 }),
      // Three bounds, +Inf, sum and count.
      expect.objectContaining({ name: 'latency', algorithm: 'lognormal', series: 2, stored_series: 2 * 6 }),
      // Two quantiles, sum and count.
      expect.objectContaining({ name: 'size', algorithm: 'exponential', series: 1, stored_series: 4 }),
    ]);
  });

  it('adds them up', () => {
    expect(planOf(configOf(everyType)).totals).toEqual({
      metrics: 4,
      series: 5 + 1 + 2 + 1,
      stored_series: 5 + 1 + 12 + 4,
      samples_per_scrape: 5 + 1 + 12 + 4,
      bytes_per_scrape: expect.any(Number) as number,
      points_per_export: 5 + 1 + 2 + 1,
    });
  });

  it('of a shard is of its part', () => {
    const { totals } = planOf(configOf({ profiles, metrics: [counter] }), { index: 0, count: 2 });
    expect(totals).toMatchObject({ series: 2, stored_series: 2, samples_per_scrape: 2 });
    const other = planOf(configOf({ profiles, metrics: [counter] }), { index: 1, count: 2 });
    expect(other.totals.series).toBe(3);
  });

  it('of a shard without a series is of nothing', () => {
    const { totals } = planOf(configOf({ metrics: [gauge] }), { index: 0, count: 3 });
    expect(totals).toMatchObject({ series: 0, samples_per_scrape: 0, points_per_export: 0 });
    // The header stays.
    expect(totals.bytes_per_scrape).toBeLessThan(100);
  });

  it('says which clients a run will have, and why', () => {
    expect(planOf(configOf({ ...everyType, exporters: {} })).clients).toEqual([
      { protocol: 'prometheus', client: 'library', why: 'auto: 22 stored series' },
      {
        protocol: 'otel',
        client: 'direct',
        why: 'auto: the library client cannot show the quantiles of summary size',
      },
    ]);
  });

  it('of a trillion label sets builds none of them', () => {
    const labels = { a: { range: [1, 1e6] }, b: { range: [1, 1e6] } };
    const config = configOf({
      profiles: { huge: { labels, series_cap: 1e6, sampling_strategy: 'hash' } },
      metrics: [{ name: 'jobs_total', type: 'counter', profile: 'huge' }],
    });
    const { families, totals } = planOf(config);
    expect(families[0]).toMatchObject({ product: 1e12, series: 1e6 });
    expect(totals).toMatchObject({ series: 1e6, samples_per_scrape: 1e6 });
  });
});

describe('the memory of a plan', () => {
  const memoryOf = (exporters: object, metrics: object[] = [counter]) =>
    planOf(configOf({ profiles, metrics, exporters })).memory;
  const off = { enabled: false };
  const direct = { client: 'direct' };
  const library = { client: 'library' };

  it('is the sum of its parts', () => {
    const { total, ...parts } = memoryOf({}, everyType.metrics);
    expect(total).toBe(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0));
    expect(Math.min(...Object.values(parts))).toBeGreaterThan(0);
  });

  it.each<[string, object, object]>([
    [
      'without exporters: nothing for them',
      { prometheus: off, otel: off },
      { page: 0, otlp: 0, snapshots: 0, requests: 0 },
    ],
    ['page only', { prometheus: direct, otel: off }, { otlp: 0, snapshots: 5 * 8 }],
    [
      'direct: copies of a double a series, one for pages and two for exports',
      { prometheus: direct, otel: direct },
      { snapshots: 3 * 5 * 8 },
    ],
    [
      'library: objects instead of copies',
      { prometheus: library, otel: library },
      { page: 5 * 1900, otlp: 5 * 1900, snapshots: 0, requests: 0 },
    ],
  ])('%s', (_, exporters, memory) => {
    expect(memoryOf(exporters)).toMatchObject(memory);
  });

  it.each<[string, object, number]>([
    ['a gauge: its value', gauge, 8],
    ['a histogram: three bounds, +Inf and sum, of two series', histogram, 2 * 5 * 8],
    ['a summary: two quantiles, sum and count', summary, 4 * 8],
  ])('of a copy of %s', (_, metric, bytes) => {
    expect(memoryOf({ prometheus: direct, otel: off }, [metric]).snapshots).toBe(bytes);
  });

  it('grows with series: columns, prepared bytes and copies in proportion', () => {
    const of = (cap: number) => {
      const grown = { hosts: { labels: { host: { range: [10_000, 99_999] } }, series_cap: cap } };
      return planOf(configOf({ profiles: grown, metrics: [counter], exporters: {} })).memory;
    };
    const [small, large] = [of(20_000), of(80_000)];
    expect(large.process).toBe(small.process);
    for (const part of ['columns', 'page', 'otlp', 'snapshots', 'requests'] as const)
      expect(large[part] / small[part]).toBeCloseTo(4, 5);
  });
});

describe('a run is as planned', () => {
  it.each(['library', 'direct'])('through the %s clients: series, samples, points', async (client) => {
    const { otel, arrived } = await startBackend();
    const input = {
      ...everyType,
      exporters: { prometheus: { ...FREE_PAGE, client }, otel: { ...otel, client } },
    };
    const { totals, clients } = planOf(configOf(input));
    const run = await startSimulation(input);
    await arrived(run.frame().wallMs, ['otel_latency']);
    await run.stop();
    const status = run.simulation.status();
    expect(status.total_series).toBe(totals.series);
    expect(status.stored_series).toBe(totals.stored_series);
    expect(status.exporters.map((one) => [one.protocol, one.client, one.why])).toEqual(
      clients.map((one) => [one.protocol, one.client, one.why]),
    );
    expect(status.exporters[1]?.points?.accepted).toBe(totals.points_per_export);
  });

  it.each([
    ['quickstart'],
    ['baseline'],
    ['production-sim'],
    ['high-cardinality', 'profiles.fleet.series_cap=300'],
  ])('configs/%s.yaml has the samples, and the bytes within 15 percent', async (name, ...sets) => {
    const { config } = loadConfig(join(root, 'configs', `${name}.yaml`), { sets });
    const { totals } = planOf(config);
    for (const tick of [1, 100]) {
      const page = await renderText(config, tick);
      expect(samplesOn(page)).toHaveLength(totals.samples_per_scrape);
      expect(totals.stored_series).toBe(totals.samples_per_scrape);
      expect(Math.abs(totals.bytes_per_scrape / Buffer.byteLength(page) - 1)).toBeLessThan(0.15);
    }
  });
});

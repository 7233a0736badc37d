// One file, one tick, the same values everywhere: real backends are given every type of metric over every way there is,
// and hold after the last tick exactly the samples that `render` computes for it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import { backendOrSkip } from '../support/backends.ts';
import { createWorkspace, root, stopAll, type Workspace } from '../support/lyrebird.ts';
import { expectHeld, prefixOf, startFleet, untilHolding, type Fleet } from './fleet.ts';
import { truth, type Sample } from './samples.ts';

/** Not on an export boundary, so that the last tick is seen only if holding exports it. */
const LAST_TICK = 13;

const global = { tick_interval_s: 0.2, seed: 11, start_time: '2026-03-01T00:00:00Z' };
const exporters = { otel: { export_interval_s: 0.4 } };

const PATHS = ['/', 'say "hi"', 'back\\slash', 'two\nlines', 'naïve ☃ 日本', ' spaced ', '{a="b"}, # c'];

const everyType = {
  global,
  exporters,
  profiles: {
    web: { labels: { path: { values: PATHS }, code: { values: [200, 404, '007'] } } },
    empty: { labels: { zone: { values: ['', 'a'] } } },
  },
  metrics: [
    { name: 'requests_total', type: 'counter', profile: 'web', base_rate: 400 },
    { name: 'visits', type: 'counter', algorithm: 'constant', base_rate: 15 },
    { name: 'fractions', type: 'counter', algorithm: 'constant', base_rate: 0.7, profile: 'empty' },
    { name: 'sent', type: 'counter', unit: 'By', profile: 'empty', base_rate: 1e9 },
    { name: 'http.server.retries', type: 'counter', unit: '{retry}', base_rate: 3, profile: 'web' },
    { name: 'temperature', type: 'gauge', unit: 'Cel', start: -10.5, step: 0.3, profile: 'web' },
    { name: 'drift', type: 'gauge', algorithm: 'random_walk', start: 0, step: 1 },
    { name: 'wave', type: 'gauge', algorithm: 'sine', min: -1, max: 1, period_s: 7, profile: 'empty' },
    { name: 'ramp', type: 'gauge', algorithm: 'sawtooth', min: 0, max: 1e-7, period_s: 7 },
    { name: 'alive', type: 'gauge', algorithm: 'bernoulli', p: 0.5, profile: 'web' },
    { name: 'huge', type: 'gauge', algorithm: 'constant', start: -1.2345678901234567e300 },
    { name: 'level', type: 'gauge', start: 20, step: 3, decimals: 2, profile: 'web' },
    { name: 'request_duration', type: 'histogram', unit: 's', profile: 'web', mu: -2, sigma: 2 },
    {
      name: 'payload',
      type: 'histogram',
      unit: 'By',
      algorithm: 'exponential',
      lam: 1e-5,
      observations_per_s: 100,
      buckets: [0.00001, 0.5, 1, 100, 10_000, 1_000_000, 1e7],
      profile: 'empty',
    },
    { name: 'idle', type: 'histogram', observations_per_s: 0, buckets: [1, 2] },
    { name: 'wait', type: 'summary', unit: 's', observations_per_s: 20, profile: 'web' },
    { name: 'sizes', type: 'summary', algorithm: 'exponential', lam: 0.01, quantiles: [0, 0.25, 0.5, 1] },
  ],
};

/** Labels that backends would put their own in place of. */
const ownJobAndInstance = {
  global,
  exporters,
  profiles: {
    nodes: {
      labels: { instance: { range: [1, 3], fmt: 'node-%02d' }, job: { values: ['api', 'batch'] } },
    },
  },
  metrics: [
    { name: 'requests_total', type: 'counter', profile: 'nodes', base_rate: 40 },
    { name: 'load', type: 'gauge', profile: 'nodes', start: 1, step: 0.1 },
    { name: 'latency_seconds', type: 'histogram', profile: 'nodes' },
  ],
};

/** The types beyond the classic four: the example of them, with states that do not last as long. */
function furtherTypes(): object {
  const file = readFileSync(join(root, 'configs', 'types.yaml'), 'utf8');
  const { metrics, profiles } = parse(file) as { metrics: { type: string }[]; profiles: object };
  const dwell_s = { ready: 1, draining: 0.5, down: 0.5 };
  return {
    global,
    exporters,
    profiles,
    metrics: metrics.map((metric) => (metric.type === 'stateset' ? { ...metric, dwell_s } : metric)),
  };
}

const COLLECTOR = 'OTLP over gRPC into the Collector, scraped by Prometheus 3';
const OTLP_PROMETHEUS = 'OTLP over HTTP into Prometheus 3';

const RUNS = [
  { name: 'every type, library client, gRPC', file: 'types', client: 'library', protocol: 'grpc' },
  { name: 'every type, direct client, gRPC', file: 'types', client: 'direct', protocol: 'grpc' },
  { name: 'every type, library client, HTTP', file: 'types', client: 'library', protocol: 'http' },
  { name: 'every type, direct client, HTTP', file: 'types', client: 'direct', protocol: 'http' },
  { name: 'further types, library client, gRPC', file: 'further', client: 'library', protocol: 'grpc' },
  { name: 'further types, direct client, gRPC', file: 'further', client: 'direct', protocol: 'grpc' },
  { name: 'further types, library client, HTTP', file: 'further', client: 'library', protocol: 'http' },
  { name: 'further types, direct client, HTTP', file: 'further', client: 'direct', protocol: 'http' },
  { name: 'labels job and instance, gRPC', file: 'identity', client: 'library', protocol: 'grpc' },
  { name: 'labels job and instance, HTTP', file: 'identity', client: 'direct', protocol: 'http' },
] as const;

let workspace: Workspace;
let fleet: Fleet;
const truths = new Map<string, readonly Sample[]>();

beforeAll(async () => {
  workspace = await createWorkspace();
  const files = {
    types: await workspace.write('types.yaml', everyType),
    further: await workspace.write('further.yaml', furtherTypes()),
    identity: await workspace.write('identity.yaml', ownJobAndInstance),
  };
  for (const [file, config] of Object.entries(files)) {
    truths.set(file, await truth({ config, tick: LAST_TICK }));
  }
  fleet = await startFleet({
    runs: RUNS.map((run) => ({ ...run, config: files[run.file] })),
    lastTick: LAST_TICK,
    scrapers: ['prometheus-debian', 'victoria-metrics'],
  });
  await Promise.all(fleet.lyrebirds.map(untilHolding));
}, 120_000);

afterAll(async () => {
  await stopAll([fleet]);
  await workspace.remove();
});

describe.each(RUNS.map((run, index) => [run.name, { ...run, index }] as const))('%s', (_name, run) => {
  const expected = () => truths.get(run.file) as readonly Sample[];

  /** The SDK has no summary: its client sends count and sum. */
  const expectedOverOtlp = () =>
    expected().filter(({ labels }) => run.client === 'direct' || labels['quantile'] === undefined);

  test('has series of every type, of which none is left at its birth value by mistake', () => {
    const values = new Set(expected().map(({ value }) => value));
    expect(values.size).toBeGreaterThan(expected().length / 20);
  });

  test('the page, scraped by Prometheus 3', async (context) => {
    backendOrSkip(context, 'prometheus');
    await expectHeld(fleet.prometheus, prefixOf(run.index, 'page'), expected());
  });

  test('the page, scraped by Prometheus 2.42', async (context) => {
    backendOrSkip(context, 'prometheus-debian');
    await expectHeld(fleet.prometheusDebian, prefixOf(run.index, 'page'), expected());
  });

  test('the page, scraped by VictoriaMetrics, as far as its decimals go', async (context) => {
    backendOrSkip(context, 'victoria-metrics');
    await expectHeld(fleet.victoriaMetrics, prefixOf(run.index, 'page'), expected(), sameDecimal);
  });

  test(run.protocol === 'grpc' ? COLLECTOR : OTLP_PROMETHEUS, async (context) => {
    backendOrSkip(context, 'prometheus');
    if (run.protocol === 'grpc') backendOrSkip(context, 'otelcol');
    await expectHeld(fleet.prometheus, prefixOf(run.index, 'otlp'), expectedOverOtlp());
  });
});

test('the types that only OpenMetrics has are what Prometheus knows of the page', async (context) => {
  backendOrSkip(context, 'prometheus');
  const run = RUNS.findIndex(({ file }) => file === 'further');
  const response = await fetch(`${fleet.prometheus?.url}/api/v1/metadata`);
  const { data } = (await response.json()) as { data: Record<string, readonly { type: string }[]> };
  const typeOf = (name: string) => data[`${prefixOf(run, 'page')}${name}`]?.[0]?.type;
  expect({
    build: typeOf('build'),
    node_state: typeOf('node_state'),
    connections_open: typeOf('connections_open'),
    pg_stat_database_xact_commit: typeOf('pg_stat_database_xact_commit'),
    backup_age_seconds: typeOf('backup_age_seconds'),
  }).toEqual({
    build: 'info',
    node_state: 'stateset',
    connections_open: 'gauge',
    pg_stat_database_xact_commit: 'unknown',
    backup_age_seconds: 'gauge',
  });
});

/**
 * VictoriaMetrics keeps a block of values as decimals of one exponent: integers and short fractions come back as they were,
 * the last digits of others do not. Those are compared to nine digits.
 */
function sameDecimal(expected: number, actual: number): boolean {
  if (Object.is(expected, actual)) return true;
  const isShort = Number.isSafeInteger(expected) || String(expected).length <= 9;
  return !isShort && Math.abs(actual - expected) <= Math.abs(expected) * 1e-9;
}

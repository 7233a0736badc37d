// A rolling deployment of 1,000 pods and an autoscaling service, as a real Prometheus sees them: at every scrape it has the series that
// are recomputed for the tick of that scrape and no other, and increase() over them is what the recomputed samples come to.
import { afterAll, beforeAll, expect, test } from 'vitest';

import { parseConfig } from '../../src/config/parse.ts';
import { isPresent } from '../../src/series/frame.ts';
import { createWorld } from '../../src/simulation/world.ts';
import {
  backendOrSkip,
  findBackend,
  freePort,
  startPrometheus,
  type Prometheus,
} from '../support/backends.ts';
import { createWorkspace, startLyrebird, stopAll, type Workspace } from '../support/lyrebird.ts';
import { untilHolding } from './fleet.ts';

const TICK_S = 0.5;
const LAST_TICK = 50;
const PODS = 1000;
const RANGE_S = 8;

const config = {
  global: { tick_interval_s: TICK_S, seed: 8, start_time: '2026-03-01T00:00:00Z' },
  exporters: { otel: { enabled: false }, prometheus: { client: 'direct', prefix: '' } },
  profiles: {
    web: {
      labels: { pod: { range: [1, PODS], fmt: 'web-%04d' } },
      churn: { kind: 'rolling', label: 'pod', over: 15, after: 4 },
    },
    jobs: {
      labels: { worker: { range: [1, 40] } },
      churn: { kind: 'autoscale', label: 'worker', min: 5, max: 40, period: 20 },
    },
  },
  metrics: [
    { name: 'requests_total', type: 'counter', profile: 'web', algorithm: 'poisson', base_rate: 30 },
    { name: 'jobs_total', type: 'counter', profile: 'jobs', algorithm: 'poisson', base_rate: 3 },
    // Its value is the tick that a scrape saw.
    { name: 'ticks_total', type: 'counter', algorithm: 'constant', base_rate: 1 / TICK_S },
  ],
};
const LABELS = { requests_total: 'pod', jobs_total: 'worker' } as const;
type Name = keyof typeof LABELS;

/** Values by label value. */
type Series = ReadonlyMap<string, number>;

interface Scrape {
  /** Milliseconds since 1970: whole numbers, as Prometheus keeps them. */
  readonly ms: number;
  readonly tick: number;
}

let workspace: Workspace;
let prometheus: Prometheus | undefined;
let started: { stop(): Promise<void> }[] = [];
/** By tick. */
let recomputed: readonly Readonly<Record<Name, Series>>[];
let scrapes: readonly Scrape[] = [];

beforeAll(async () => {
  workspace = await createWorkspace();
  recomputed = await recompute();
  if (findBackend('prometheus') === undefined) return;
  const port = await freePort();
  const lyrebird = await startLyrebird({
    config: await workspace.write('churn.yaml', config),
    args: ['--ticks', String(LAST_TICK), '--hold'],
    sets: { 'exporters.prometheus.port': port },
  });
  started = [lyrebird];
  prometheus = await startPrometheus({ scrapeTargets: [`127.0.0.1:${port}`], scrapeInterval: '1s' });
  started = [lyrebird, prometheus];
  await untilHolding(lyrebird);
  const [stored] = await prometheus.points('ticks_total[5m]');
  scrapes = (stored?.points ?? []).map(({ time, value }) => ({
    ms: Math.round(time * 1000),
    tick: Math.round(value),
  }));
}, 90_000);

afterAll(async () => {
  await stopAll(started);
  await workspace.remove();
});

/** What there is at each tick, without a clock. */
async function recompute(): Promise<Readonly<Record<Name, Series>>[]> {
  const world = await createWorld(parseConfig(config));
  const { ticker } = world;
  const shown = (name: Name): Series => {
    const entry = ticker.frame.families.find(({ family }) => family.name === name);
    if (entry?.column.kind !== 'scalar') throw new TypeError('a counter is a scalar');
    const { values } = entry.column;
    const slots = Array.from({ length: entry.family.size }, (_, slot) => slot);
    return new Map(
      slots
        .filter((slot) => isPresent(entry, slot))
        .map((slot) => [entry.family.labels.value(slot, 0), values[slot] as number]),
    );
  };
  const ticks: Readonly<Record<Name, Series>>[] = [];
  const keep = () => ticks.push({ requests_total: shown('requests_total'), jobs_total: shown('jobs_total') });
  await ticker.birth(0);
  keep();
  while (ticker.frame.tick < LAST_TICK) {
    await ticker.advance((ticker.frame.tick + 1) * TICK_S * 1000);
    keep();
  }
  await world.close();
  return ticks;
}

function prometheusOrSkip(context: Parameters<typeof backendOrSkip>[0]): Prometheus {
  backendOrSkip(context, 'prometheus');
  return prometheus as Prometheus;
}

const names = Object.keys(LABELS) as Name[];

test('the scrapes saw the deployment begin, go on and end', (context) => {
  backendOrSkip(context, 'prometheus');
  expect(scrapes.length).toBeGreaterThan(10);
  const replaced = scrapes.map(
    ({ tick }) =>
      [...(recomputed[tick]?.requests_total.keys() ?? [])].filter((pod) => !/^web-\d+$/.test(pod)).length,
  );
  expect(replaced[0]).toBeLessThan(PODS);
  expect(replaced.filter((count) => count > 0 && count < PODS).length).toBeGreaterThan(5);
  expect(replaced.at(-1)).toBe(PODS);
});

test.for(names)(
  '%s: count() at every scrape is the number of series that there are',
  async (name, context) => {
    const { query } = prometheusOrSkip(context);
    for (const { ms, tick } of scrapes) {
      const [count] = await query(`count(${name})`, ms / 1000);
      expect(count?.value, `tick ${tick}`).toBe(recomputed[tick]?.[name].size);
    }
  },
);

test.for(names)(
  '%s: every scrape has the recomputed series and values; what ended is marked stale at the next one',
  async (name, context) => {
    const { query } = prometheusOrSkip(context);
    for (const { ms, tick } of scrapes) {
      const held = await query(name, ms / 1000);
      const found = new Map(held.map(({ labels, value }) => [labels[LABELS[name]] ?? '', value]));
      const wanted = recomputed[tick]?.[name] ?? new Map<string, number>();
      expect([...found].toSorted(byName), `tick ${tick}`).toEqual([...wanted].toSorted(byName));
    }
  },
);

test.for(names)('%s: increase() is the extrapolation of the recomputed samples', async (name, context) => {
  const { query } = prometheusOrSkip(context);
  let compared = 0;
  for (const { ms } of scrapes) {
    const held = await query(`increase(${name}[${RANGE_S}s])`, ms / 1000);
    const wanted = increases(name, ms);
    expect(held).toHaveLength(wanted.size);
    for (const { labels, value } of held) {
      const expected = wanted.get(labels[LABELS[name]] ?? '') ?? NaN;
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, expected));
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(100);
});

function byName([one]: [string, number], [other]: [string, number]): number {
  return one < other ? -1 : Number(one > other);
}

/** By series, what increase() is at a time: samples of the range up to it, its beginning left out, at the recorded times of the scrapes. */
function increases(name: Name, toMs: number): Map<string, number> {
  const fromMs = toMs - RANGE_S * 1000;
  const samples = new Map<string, { ms: number; value: number }[]>();
  for (const scrape of scrapes) {
    if (scrape.ms > toMs || scrape.ms <= fromMs) continue;
    for (const [series, value] of recomputed[scrape.tick]?.[name] ?? [])
      samples.set(series, [...(samples.get(series) ?? []), { ms: scrape.ms, value }]);
  }
  const found = new Map<string, number>();
  for (const [series, own] of samples) if (own.length > 1) found.set(series, extrapolate(own, fromMs, toMs));
  return found;
}

/**
 * The growth between the first sample and the last, resets added, stretched towards both ends of the range: all the way when a sample
 * is near, else by half the mean distance of two samples; backwards no further than to where a counter would have been zero.
 */
function extrapolate(
  samples: readonly { ms: number; value: number }[],
  fromMs: number,
  toMs: number,
): number {
  const first = samples[0] ?? { ms: NaN, value: NaN };
  const last = samples.at(-1) ?? first;
  let growth = last.value - first.value;
  for (const [index, { value }] of samples.entries()) {
    const before = samples[index - 1]?.value ?? 0;
    if (value < before) growth += before;
  }
  const sampled = last.ms - first.ms;
  const mean = sampled / (samples.length - 1);
  const reach = (distance: number): number => (distance >= mean * 1.1 ? mean / 2 : distance);
  const toZero = growth > 0 && first.value >= 0 ? sampled * (first.value / growth) : Infinity;
  const before = Math.min(reach(first.ms - fromMs), toZero);
  return (growth * (sampled + before + reach(toMs - last.ms))) / sampled;
}

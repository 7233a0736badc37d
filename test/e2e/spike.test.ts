// A spike multiplies a counter's rate, so real backends see it climb faster and never fall; every path ends at the same
// totals, and what was not spiked, or no longer is, is where it would have been anyway.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { backendOrSkip, type Prometheus } from '../support/backends.ts';
import { createWorkspace, stopAll, type Workspace } from '../support/lyrebird.ts';
import { expectHeld, prefixOf, startFleet, untilHolding, type Fleet } from './fleet.ts';
import { expectSame, samplesOnPage, truth, type Sample } from './samples.ts';

const LAST_TICK = 50;
const TICK_S = 0.2;
const SPIKED_TICKS = 10;
const FACTOR = 5;

/** A second; 2 a tick. */
const STEADY_RATE = 10;
const GAUGE_LEVEL = 3;

const config = {
  global: { tick_interval_s: TICK_S, seed: 5, start_time: '2026-03-01T00:00:00Z' },
  exporters: { otel: { export_interval_s: TICK_S } },
  profiles: { shops: { labels: { shop: { values: ['a', 'b', 'c'] } } } },
  metrics: [
    { name: 'orders_total', type: 'counter', algorithm: 'poisson', base_rate: 50, profile: 'shops' },
    { name: 'steady_total', type: 'counter', algorithm: 'constant', base_rate: STEADY_RATE },
    { name: 'level', type: 'gauge', algorithm: 'constant', start: GAUGE_LEVEL },
    { name: 'walk', type: 'gauge', start: 100, step: 2, profile: 'shops' },
    { name: 'others_total', type: 'counter', base_rate: 50, profile: 'shops' },
    { name: 'latency_seconds', type: 'histogram', profile: 'shops', buckets: [0.5, 2.5] },
  ],
};
const SPIKED = ['orders_total', 'steady_total', 'level', 'walk'];

const RUNS = [
  { name: 'library clients, OTLP into the Collector', client: 'library', protocol: 'grpc' },
  { name: 'direct clients, OTLP into the Collector', client: 'direct', protocol: 'grpc' },
  { name: 'direct clients, OTLP into Prometheus', client: 'direct', protocol: 'http' },
] as const;

let workspace: Workspace;
let fleet: Fleet;
let undisturbed: readonly Sample[];
let pages: readonly (readonly Sample[])[];

beforeAll(async () => {
  workspace = await createWorkspace();
  const file = await workspace.write('spike.yaml', config);
  undisturbed = await truth({ config: file, tick: LAST_TICK });
  fleet = await startFleet({
    runs: RUNS.map((run) => ({ ...run, config: file })),
    lastTick: LAST_TICK,
    scrapeInterval: '200ms',
  });
  for (const lyrebird of fleet.lyrebirds) {
    for (const metric of SPIKED) {
      const body = { metric, multiplier: FACTOR, duration_s: SPIKED_TICKS * TICK_S };
      expect(await lyrebird.post('/control/spike', body)).toMatchObject({ status: 200 });
    }
    const { active_spikes: spikes } = await lyrebird.status();
    expect(spikes.map(({ metric }) => metric)).toEqual(SPIKED);
    // They are over before the last tick.
    expect(Math.max(...spikes.map(({ until_tick: end }) => end))).toBeLessThan(LAST_TICK);
  }
  await Promise.all(fleet.lyrebirds.map(untilHolding));
  pages = await Promise.all(
    fleet.lyrebirds.map(async (lyrebird, run) => samplesOnPage(await lyrebird.page(), prefixOf(run, 'page'))),
  );
}, 90_000);

afterAll(async () => {
  await stopAll([fleet]);
  await workspace.remove();
});

function valuesOf(samples: readonly Sample[], name: string): number[] {
  return samples.filter((sample) => sample.name === name).map(({ value }) => value);
}

describe.each(RUNS.map((run, index) => [run.name, run, index] as const))(
  '%s',
  (_name, { protocol }, index) => {
    const page = () => pages[index] as readonly Sample[];

    test('a steady counter has gained four more of its rate for each of the ten ticks', () => {
      const perTick = STEADY_RATE * TICK_S;
      const extra = perTick * (FACTOR - 1) * SPIKED_TICKS;
      expect(valuesOf(page(), 'steady_total')).toEqual([perTick * LAST_TICK + extra]);
    });

    test('a random counter has gained, too', () => {
      const before = valuesOf(undisturbed, 'orders_total');
      for (const [shop, value] of valuesOf(page(), 'orders_total').entries()) {
        expect(value).toBeGreaterThan(before[shop] as number);
      }
    });

    test('gauges are back on their undisturbed path, and the rest never left it', () => {
      const others = (samples: readonly Sample[]) =>
        samples.filter(({ name }) => name !== 'orders_total' && name !== 'steady_total');
      expectSame(others(undisturbed), others(page()));
    });

    describe.each(['page', 'otlp'] as const)('what Prometheus has over the path %s', (path) => {
      const prefix = prefixOf(index, path);
      const prometheusOrSkip = (context: Parameters<typeof backendOrSkip>[0]): Prometheus => {
        backendOrSkip(context, 'prometheus');
        if (path === 'otlp' && protocol === 'grpc') backendOrSkip(context, 'otelcol');
        return fleet.prometheus as Prometheus;
      };

      test('are the totals of the page', async (context) => {
        await expectHeld(prometheusOrSkip(context), prefix, page());
      });

      test('is no counter that falls', async (context) => {
        const { query, points } = prometheusOrSkip(context);
        const counters = new Set(page().map(({ name }) => name));
        for (const gauge of ['level', 'walk']) counters.delete(gauge);
        for (const name of counters) {
          const series = valuesOf(page(), name).length;
          const resets = await query(`resets(${prefix}${name}[5m])`);
          expect(resets.map(({ value }) => value)).toEqual(Array.from({ length: series }, () => 0));
          const stored = await points(`${prefix}${name}[5m]`);
          expect(stored).toHaveLength(series);
          for (const { labels, points: history } of stored) {
            const values = history.map(({ value }) => value);
            expect(values.length, JSON.stringify(labels)).toBeGreaterThan(SPIKED_TICKS);
            expect(values, JSON.stringify(labels)).toEqual(values.toSorted((a, b) => a - b));
          }
        }
      });

      test('is a gauge that was at five times its level, and is back', async (context) => {
        const [level] = await prometheusOrSkip(context).points(`${prefix}level[5m]`);
        const levels = level?.points.map(({ value }) => value) ?? [];
        expect(new Set(levels)).toEqual(new Set([GAUGE_LEVEL, GAUGE_LEVEL * FACTOR]));
        expect(levels.at(-1)).toBe(GAUGE_LEVEL);
      });
    });
  },
);

import { beforeAll, describe, expect, it } from 'vitest';

import type { Config } from '../../src/config/schema.ts';
import { createManualClock } from '../../src/engine/clock.ts';
import { configOf, FREE_PAGE, renderText, START_MS, startSimulation } from '../support/simulation.ts';

const everyType = {
  global: { tick_interval_s: 0.5, seed: 3 },
  profiles: {
    p: {
      labels: { zone: { values: ['a', 'b"\\\n', ''] }, id: { range: [1, 50] } },
      series_cap: 7,
      sampling_strategy: 'hash',
    },
  },
  metrics: [
    { name: 'visits', type: 'counter', profile: 'p', base_rate: 9, diurnal_amp: 0.5 },
    { name: 'level', type: 'gauge', profile: 'p', clamp: [-1, 1], step: 0.5 },
    { name: 'wave', type: 'gauge', algorithm: 'sine', period_s: 7, phase_spread: 1, profile: 'p' },
    { name: 'latency', type: 'histogram', unit: 's', observations_per_s: 3, profile: 'p' },
    { name: 'bulk', type: 'histogram', observations_per_s: 1000 },
    { name: 'size', type: 'summary', algorithm: 'pareto', observations_per_s: 5, profile: 'p' },
  ],
};
const paged = {
  ...everyType,
  exporters: { prometheus: { ...FREE_PAGE, client: 'direct' }, otel: { enabled: false } },
};

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

let config: Config;
beforeAll(() => {
  config = configOf(everyType);
});

describe('the page of a tick', () => {
  it.each([0, 1, 2, 13, 150])('%d is byte for byte that of a run which ended with it', async (tick) => {
    const run = await startSimulation(paged, { lastTick: tick, hold: true });
    await run.ticks(tick + 3);
    expect(run.simulation.status()).toMatchObject({ state: 'holding', tick });
    expect(await run.page()).toBe(await renderText(config, tick));
    expect(await run.page(OPENMETRICS)).toBe(await renderText(config, tick, { format: 'openmetrics' }));
  });

  it('is that of a run which is still going on, and was late', async () => {
    const run = await startSimulation(paged);
    await run.ticks(3);
    run.clock.stall(2600);
    await run.ticks(1);
    const { tick } = run.frame();
    expect(tick).toBeGreaterThan(5);
    expect(await run.page()).toBe(await renderText(config, tick));
  });

  it('is that of a run on another day with the same start', async () => {
    const global = { ...everyType.global, start_time: '2026-01-01T06:00:00Z' };
    const clock = createManualClock(Date.UTC(2031, 4, 5, 6, 7));
    const run = await startSimulation({ ...paged, global }, { clock });
    await run.ticks(4);
    expect(await run.page()).toBe(await renderText(configOf({ ...everyType, global }), 4));
  });

  it('begins at midnight of 2026, at the start of the file, or at the one that is asked for', async () => {
    const started = configOf({ ...everyType, global: { ...everyType.global, start_time: '2030-06-01' } });
    const page = (of: Config, startMs?: number) => renderText(of, 5, { timestamps: true, startMs });
    const times = (text: string) => new Set(text.match(/(?<= )\d{13}$/gm));
    expect(times(await page(config))).toEqual(new Set([String(START_MS + 2500)]));
    expect(times(await page(started))).toEqual(new Set([String(Date.UTC(2030, 5, 1) + 2500)]));
    expect(times(await page(started, 1e12))).toEqual(new Set([String(1e12 + 2500)]));
    expect(await page(config, Date.UTC(2030, 5, 1))).toBe(await page(started));
  });

  it('has no timestamps unless they are asked for', async () => {
    expect(await renderText(config, 1)).not.toMatch(/ \d{13}$/m);
  });

  it('of a shard is its part', async () => {
    const parts = await Promise.all(
      [0, 1].map((index) => renderText(config, 3, { shard: { index, count: 2 } })),
    );
    const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(parts.flatMap(lines).toSorted()).toEqual(lines(await renderText(config, 3)).toSorted());
  });

  it('tells every tick on the way, in order', async () => {
    const told: number[] = [];
    await renderText(config, 5, { onProgress: (tick) => told.push(tick) });
    expect(told).toEqual([1, 2, 3, 4, 5]);
  });
});

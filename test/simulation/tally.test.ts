/** What a run says that it has shown is what it has shown. */
import { describe, expect, it } from 'vitest';

import { createMemorySink } from '../../src/sinks/memory.ts';
import { startSimulation } from '../support/simulation.ts';

const CONFIG = {
  profiles: {
    web: { labels: { pod: { range: [1, 4] } } },
    still: { labels: { zone: { values: ['a', 'b'] } } },
  },
  metrics: [
    { name: 'visits', type: 'counter', profile: 'web' },
    { name: 'latency', type: 'histogram', profile: 'still', buckets: [1, 2] },
  ],
};
/** One pod of four at the low point, all of them at the high point, ten ticks later. */
const CHURN = { kind: 'autoscale', label: 'pod', min: 1, max: 4, period: 20, shape: 'triangle' } as const;

describe('series and points that were shown', () => {
  it.each<[string, object]>([
    ['while pods come and go', { do: 'set_churn', profile: 'web', churn: CHURN }],
    ['while a metric explodes', { do: 'explode', metric: 'latency', label: 'user', values: 5, durationS: 6 }],
    [
      'while some are dropped',
      { do: 'set_effect', metrics: ['*'], series: '{pod=~"2|3"}', drop: true, durationS: 4 },
    ],
  ])('are counted as they are %s', async (_, action) => {
    const memory = createMemorySink({ frames: 100 });
    const run = await startSimulation(CONFIG, { sinks: [() => memory] });
    await run.simulation.act(action as never);
    const totals = new Set<number>();
    for (let tick = 1; tick <= 12; tick++) {
      await run.ticks(1);
      const frames = memory.frames();
      const sizes = (at: number) =>
        Object.fromEntries(frames.at(at)?.families.map(({ name, series }) => [name, series.length]) ?? []);
      const { points, series } = run.simulation.counters();
      expect(Object.fromEntries(series)).toEqual(sizes(-1));
      for (const [name, number] of points)
        expect(number).toBe(frames.reduce((sum, _frame, at) => sum + (sizes(at)[name] ?? 0), 0));
      const { visits = 0, latency = 0 } = sizes(-1);
      const { total_series, stored_series } = run.simulation.status();
      expect([total_series, stored_series]).toEqual([visits + latency, visits + 5 * latency]);
      totals.add(total_series);
    }
    expect(totals.size).toBeGreaterThan(1);
  });

  it('are counted from birth on, and stay with the name of a metric that is gone', async () => {
    const run = await startSimulation(CONFIG);
    expect(run.simulation.status()).toMatchObject({ total_series: 6, stored_series: 4 + 2 * 5 });
    await run.ticks(1);
    await run.simulation.editMetrics({ do: 'remove', name: 'visits' });
    await run.ticks(2);
    const { points, series } = run.simulation.counters();
    expect(Object.fromEntries(points)).toEqual({ visits: 8, latency: 8 });
    expect(Object.fromEntries(series)).toEqual({ latency: 2 });
  });
});

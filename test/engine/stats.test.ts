import { describe, expect, it } from 'vitest';

import { createStats, recordTick, TICK_DURATION_BOUNDS } from '../../src/engine/stats.ts';

describe('recordTick', () => {
  it.each([
    ['a tick of no time is in the first bucket', 0, 0],
    ['a bound is inclusive', 1, 0],
    ['just above it is the next bucket', 1.001, 1],
    ['100 ms is 0.1 s', 100, 5],
    ['a second is in the last bounded one', 1000, 8],
    ['more than a second is above every bound', 1000.001, 9],
  ])('%s', (_, durationMs, bucket) => {
    const stats = createStats();
    recordTick(stats, { durationMs, lateMs: 0, intervalMs: 1000, endMs: 5 });
    expect(stats.tickBuckets).toHaveLength(TICK_DURATION_BOUNDS.length + 1);
    expect(stats.tickBuckets.indexOf(1)).toBe(bucket);
    expect(stats.tickBuckets.reduce((total, count) => total + count, 0)).toBe(1);
  });

  it('keeps totals, the last and the worst; a tick is late from a whole interval on', () => {
    const stats = createStats();
    for (const [durationMs, lateMs] of [
      [250, 0],
      [500, 1000],
      [125, 999],
    ] as const)
      recordTick(stats, { durationMs, lateMs, intervalMs: 1000, endMs: 7000 + lateMs });
    expect(stats).toMatchObject({
      ticks: 3,
      tickSeconds: 0.875,
      lastTickMs: 125,
      lastLateMs: 999,
      maxLateMs: 1000,
      lateTicks: 1,
      skippedTicks: 0,
      lastTickEndMs: 7999,
    });
  });
});

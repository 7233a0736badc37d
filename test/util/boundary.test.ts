import { describe, expect, it } from 'vitest';

import { exportPhase, isBoundary } from '../../src/util/boundary.ts';

const boundaries = (exportTicks: number, part?: { index: number; count: number }): number[] =>
  Array.from({ length: 13 }, (_, tick) => tick).filter((tick) => isBoundary(tick, exportTicks, part));

describe('export boundaries', () => {
  it.each([
    ['every tick', 1, undefined, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ['every fifth, birth among them', 5, undefined, [0, 5, 10]],
    ['of the first of two shards are those of one process', 4, { index: 0, count: 2 }, [0, 4, 8, 12]],
    ['of the second are half an interval later', 4, { index: 1, count: 2 }, [2, 6, 10]],
    [
      'of shards that export every tick cannot be apart',
      1,
      { index: 1, count: 2 },
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    ],
  ])('%s', (_, exportTicks, part, ticks) => {
    expect(boundaries(exportTicks, part)).toEqual(ticks);
  });

  it('of ten shards fall on ten different ticks', () => {
    const phases = Array.from({ length: 10 }, (_, index) => exportPhase(10, { index, count: 10 }));
    expect(new Set(phases).size).toBe(10);
  });
});

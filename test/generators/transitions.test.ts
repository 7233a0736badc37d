import { describe, expect, it } from 'vitest';

import { transitionsWithin } from '../../src/generators/transitions.ts';

describe('where a chain is after a while', () => {
  it.each([
    { up: 0.2, down: 0.05, seconds: 1 },
    { up: 3, down: 7, seconds: 0.01 },
    { up: 1 / 3600, down: 12, seconds: 3600 },
    { up: 1e-9, down: 1e-9, seconds: 1 },
  ])('of two states is what the formula says: $up, $down after $seconds s', ({ up, down, seconds }) => {
    const rows = transitionsWithin(
      [
        [0, up],
        [down, 0],
      ],
      seconds,
    );
    const stays = (leaving: number, coming: number): number =>
      (coming + leaving * Math.exp(-(leaving + coming) * seconds)) / (leaving + coming);
    expect(rows[0]?.[0]).toBeCloseTo(stays(up, down), 12);
    expect(rows[1]?.[0]).toBeCloseTo(1 - stays(down, up), 12);
  });

  it('without a way out is where it was', () => {
    expect(transitionsWithin([[0]], 1e9)).toEqual([Float64Array.of(1)]);
    const [, last] = transitionsWithin(
      [
        [0, 1],
        [0, 0],
      ],
      50,
    );
    expect(last).toEqual(Float64Array.of(0, 1));
  });

  it('follows the order of a ring: the third state needs two jumps', () => {
    const rows = transitionsWithin(
      [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ],
      1e-4,
    );
    const [stay, next] = rows[0] as Float64Array;
    expect(stay).toBeCloseTo(1 - 1e-4, 7);
    expect(1 - (next as number)).toBeCloseTo(0.5e-8, 11);
  });
});

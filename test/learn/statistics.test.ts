// Figures of lists of numbers, worked out by hand.
import { describe, expect, it } from 'vitest';

import { groupCourses, principalCourses } from '../../src/learn/principal.ts';
import { gridOf, nextProductOf, productOf, scoresOf } from '../../src/learn/scores.ts';
import { distanceOf, everyNth, quantilesOf } from '../../src/learn/statistics.ts';
import { normal } from '../../src/util/draws.ts';
import { Rng } from '../../src/util/rng.ts';

describe('quantiles', () => {
  it.each([
    ['of one number', [3], undefined, 3, [3, 3, 3]],
    ['of two', [4, 0], undefined, 5, [0, 1, 2, 3, 4]],
    ['of five', [5, 1, 4, 2, 3], undefined, 3, [1, 3, 5]],
    ['of two, of which one counts thrice: half of it lies either side', [0, 4], [3, 1], 3, [0, 2, 4]],
    ['of three, of which the first counts twice', [0, 1, 2], [2, 1, 1], 6, [0, 1 / 3, 2 / 3, 1, 1.5, 2]],
    ['with equal weights, as without', [5, 1, 4, 2, 3], [7, 7, 7, 7, 7], 5, [1, 2, 3, 4, 5]],
    ['of none', [], undefined, 3, []],
  ] as const)('%s', (_, list, weights, count, quantiles) => {
    const found = quantilesOf(list, count, weights);
    expect(found).toHaveLength(quantiles.length);
    for (const [i, quantile] of quantiles.entries()) expect(found[i]).toBeCloseTo(quantile, 9);
  });
});

describe('the distance of two lists', () => {
  it.each([
    ['of the same numbers', [1, 2, 3], [3, 2, 1], 0],
    ['that lie apart', [1, 2], [3, 4], 1],
    ['of which half is shared', [1, 2], [2, 3], 0.5],
    ['of different lengths', [0, 0, 0, 1], [0], 0.25],
    ['of which one is empty', [], [1], 1],
  ] as const)('%s', (_, a, b, distance) => {
    expect(distanceOf(a, b)).toBeCloseTo(distance, 9);
  });
});

it('every nth of a list is spread over it', () => {
  expect(everyNth([0, 1, 2, 3, 4, 5], 3)).toEqual([0, 2, 4]);
  expect(everyNth([0, 1], 3)).toEqual([0, 1]);
});

const times = Array.from({ length: 400 }, (_, i) => i * 1000);
const grid = gridOf([{ timesMs: times }], 400);

/** N(0, 1) at each time. */
function drawn(stream: number): number[] {
  const rng = new Rng();
  rng.seek(7, 8, stream);
  return times.map(() => normal(rng));
}

describe('normal scores', () => {
  it('do not depend on how values are spread, only on their order', () => {
    const values = drawn(1);
    const scores = scoresOf({ timesMs: times, values }, grid);
    const other = scoresOf({ timesMs: times, values: values.map((value) => Math.exp(5 * value)) }, grid);
    expect(other).toEqual(scores);
    expect(productOf(scores.values, scores.values)).toBeCloseTo(1, 9);
    expect(scores.strength).toBeGreaterThan(0.99);
  });

  it('tell how much of what is behind them is seen where most values are equal', () => {
    const latent = drawn(2);
    const { values, strength } = scoresOf(
      { timesMs: times, values: latent.map((value) => Math.max(1, value)) },
      grid,
    );
    const whole = scoresOf({ timesMs: times, values: latent }, grid).values;
    expect(strength).toBeLessThan(0.8);
    expect(productOf(values, whole)).toBeCloseTo(strength, 1);
  });

  it('are compared with the next where nothing was left out', () => {
    const gap = gridOf([{ timesMs: [0, 1000, 2000, 9000, 10_000] }], 400);
    expect(gap.isNext).toEqual([false, true, true, false, true]);
    expect(nextProductOf(Float64Array.of(1, 1, -1, 5, 1), gap)).toBeCloseTo((1 - 1 + 5) / 3, 9);
  });
});

describe('courses that series share', () => {
  const load = drawn(3);
  const rows = Array.from({ length: 40 }, (_, i) => {
    const own = drawn(10 + i);
    const sign = i % 2 === 0 ? 1 : -1;
    const values = own.map((value, t) => (i < 20 ? 0.8 * sign * (load[t] as number) + 0.6 * value : value));
    return scoresOf({ timesMs: times, values }, grid).values;
  });

  it('are found where series move together, and nowhere else', () => {
    const courses = principalCourses(rows, times.length, 16);
    const wanted = scoresOf({ timesMs: times, values: load }, grid).values;
    expect(Math.abs(productOf(courses[0] as Float64Array, wanted))).toBeGreaterThan(0.95);
    expect(principalCourses(rows.slice(20), times.length, 16)).toHaveLength(0);
  });

  it('are found in a group of two, too', () => {
    const [first] = rows.slice(30) as [Float64Array];
    const twins = [...rows.slice(20), first.map((value) => -value)];
    const courses = groupCourses(twins, { least: 0.6, most: 5 });
    expect(courses).toHaveLength(1);
    expect(Math.abs(productOf(courses[0] as Float64Array, first))).toBeCloseTo(1, 9);
  });
});

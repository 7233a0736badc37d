import { describe, expect, it } from 'vitest';

import { normalCdf } from '../../src/generators/gaussian.ts';
import { randomWalk } from '../../src/generators/random-walk.ts';
import { createSource } from '../../src/generators/registry.ts';
import { createTestFamily, run } from '../support/families.ts';
import { correlation, kolmogorovP } from '../support/statistics.ts';

const SLOTS = 20_000;

function levels(options: Record<string, unknown>, ticks: number, intervalMs = 1000): number[] {
  const source = createSource(createTestFamily('gauge', SLOTS), { algorithm: 'random_walk', options });
  return run(source, { ticks, intervalMs }).flat();
}

describe('random_walk', () => {
  it.each([
    { options: { start: 2.5 }, level: 2.5, why: 'at its start' },
    { options: {}, level: 0, why: 'without a start, at 0' },
    { options: { clamp: [50, 100] }, level: 50, why: 'or as near as the clamp lets it' },
    { options: { clamp: [-3, -2] }, level: -2, why: 'from either side' },
  ])('$options is $level at birth: $why', ({ options, level }) => {
    expect(new Set(levels(options, 0))).toEqual(new Set([level]));
  });

  it.each([
    { options: {}, ticks: 1, intervalMs: 1000, sigma: 0.1, why: 'the step is a standard deviation' },
    { options: { step: 2 }, ticks: 9, intervalMs: 1000, sigma: 6, why: 'steps add up as variances' },
    { options: { step: 2 }, ticks: 9, intervalMs: 10_000, sigma: 6, why: 'and are per tick, however long' },
  ])(
    '$options after $ticks ticks has standard deviation $sigma: $why',
    ({ options, ticks, intervalMs, sigma }) => {
      expect(kolmogorovP(levels(options, ticks, intervalMs), (x) => normalCdf(x / sigma))).toBeGreaterThan(
        1e-3,
      );
    },
  );

  it('stays at a step of 0: zero is a value', () => {
    expect(new Set(levels({ start: 1, step: 0 }, 3))).toEqual(new Set([1]));
  });

  it('fills its clamp evenly in the long run, since it is reflected and not held at a bound', () => {
    const found = levels({ start: 0.9, step: 0.4, clamp: [0, 1] }, 60);
    expect(kolmogorovP(found, (x) => Math.min(1, Math.max(0, x)))).toBeGreaterThan(1e-3);
  });

  it('is reflected in its state: a walk at a bound leaves it on the next tick', () => {
    const atBound = levels({ start: 1, step: 0.01, clamp: [0, 1] }, 5);
    expect(atBound.filter((x) => x === 1).length).toBe(0);
    expect(atBound.every((x) => x > 0.8 && x < 1)).toBe(true);
  });

  it.each([
    { clamp: [-1, 1], start: 0, step: 1e6, why: 'steps far wider than the clamp' },
    { clamp: [5, 5], start: 5, step: 3, why: 'a clamp without width' },
    { clamp: [-2, -1], start: -1.5, step: 0.7, why: 'a clamp below zero' },
  ])('never leaves $clamp: $why', ({ clamp, start, step }) => {
    const [min = 0, max = 0] = clamp;
    expect(levels({ clamp, start, step }, 20).every((x) => x >= min && x <= max)).toBe(true);
  });

  it('walks every series its own way', () => {
    const found = levels({}, 30);
    expect(Math.abs(correlation(found.slice(0, -1), found.slice(1)))).toBeLessThan(4 / Math.sqrt(SLOTS));
  });

  it.each([
    {
      options: { clamp: [1, 0] },
      path: 'clamp',
      says: 'is [1, 0]; the first bound is the lower one: [0, 1]',
    },
    {
      options: { start: 0, clamp: [1, 2] },
      path: 'start',
      says: 'is 0; it must lie within the clamp, from 1 to 2',
    },
    { options: { clamp: [1, 2, 3] }, path: 'clamp', says: 'Too big: expected array to have <=2 items' },
    { options: { step: -1 }, path: 'step', says: 'is -1; needs at least 0' },
  ])('refuses $options at $path: $says', ({ options, path, says }) => {
    const { error } = randomWalk.options.safeParse(options);
    expect(error?.issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([[path, says]]);
  });
});

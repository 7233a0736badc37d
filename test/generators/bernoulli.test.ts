import { describe, expect, it } from 'vitest';

import { bernoulli } from '../../src/generators/bernoulli.ts';
import { createSource } from '../../src/generators/registry.ts';
import { createTestFamily, run } from '../support/families.ts';
import { chiSquareP } from '../support/statistics.ts';

const SLOTS = 20_000;

function levels(options: Record<string, unknown>, ticks: number): number[] {
  const source = createSource(createTestFamily('gauge', SLOTS), { algorithm: 'bernoulli', options });
  return run(source, { ticks }).flat();
}

describe('bernoulli', () => {
  it.each([
    { options: {}, p: 0.5 },
    { options: { p: 0.03 }, p: 0.03 },
  ])('$options is 1 with probability $p and else 0', ({ options, p }) => {
    const found = levels(options, 3);
    const ones = found.filter((x) => x === 1).length;
    expect(found.filter((x) => x === 0).length).toBe(SLOTS - ones);
    expect(chiSquareP([ones, SLOTS - ones], [p * SLOTS, (1 - p) * SLOTS])).toBeGreaterThan(1e-3);
  });

  it.each([
    { p: 0, level: 0 },
    { p: 1, level: 1 },
  ])('p $p is always $level: the ends are values', ({ p, level }) => {
    expect(new Set(levels({ p }, 2))).toEqual(new Set([level]));
  });

  it('is drawn anew every tick', () => {
    const [before, after] = [levels({}, 3), levels({}, 4)];
    const changed = before.filter((x, slot) => x !== after[slot]).length;
    expect(chiSquareP([changed, SLOTS - changed], [SLOTS / 2, SLOTS / 2])).toBeGreaterThan(1e-3);
  });

  it.each([7, -0.1])('refuses p %d', (p) => {
    expect(bernoulli.options.safeParse({ p }).success).toBe(false);
  });
});

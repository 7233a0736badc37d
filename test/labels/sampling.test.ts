import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countValues } from '../../src/labels/cardinality.ts';
import { createZipf } from '../../src/labels/skew.ts';
import { createLabelSpace, rangeDimension, type LabelSpaceOptions } from '../../src/labels/space.ts';
import { Rng } from '../../src/util/rng.ts';

function spaceOf(counts: readonly number[], options: Omit<LabelSpaceOptions, 'dimensions'>) {
  const dimensions = counts.map((count, d) => rangeDimension(`d${d}`, 0, count - 1, String));
  return createLabelSpace({ dimensions, permutationKey: 'p', ...options });
}

function rows(counts: readonly number[], options: Omit<LabelSpaceOptions, 'dimensions'>): string[] {
  const space = spaceOf(counts, options);
  const digits: number[] = [];
  return Array.from({ length: space.size }, (_, slot) => {
    space.digits(slot, digits);
    return digits.join(',');
  });
}

const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });

describe.each([
  ['cover', { sampling: 'cover' }],
  ['a mild skew', { sampling: 'hash', zipfAlpha: 0.5 }],
  ["Zipf's law", { sampling: 'hash', zipfAlpha: 1 }],
  ['a skew of 10', { sampling: 'hash', zipfAlpha: 10 }],
] as const)('a choice by %s', (_, options) => {
  it('is of distinct label sets, exactly as many as the cap', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 500 }), (counts, cap) => {
        const product = counts.reduce((a, b) => a * b, 1);
        const chosen = rows(counts, { ...options, cap });
        expect(new Set(chosen).size).toBe(Math.min(cap, product));
        expect(chosen).toHaveLength(Math.min(cap, product));
      }),
      { numRuns: 100 },
    );
  });

  it('is extended by a larger cap', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 300 }),
        (counts, cap, more) => {
          const product = counts.reduce((a, b) => a * b, 1);
          fc.pre(cap + more < product);
          expect(rows(counts, { ...options, cap: cap + more }).slice(0, cap)).toEqual(
            rows(counts, { ...options, cap }),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is put together from its shards', () => {
    const whole = rows([50, 40, 3], { ...options, cap: 500 });
    const parts = [0, 100, 101, 500]
      .slice(1)
      .flatMap((to, i) =>
        rows([50, 40, 3], { ...options, cap: 500, part: { from: [0, 100, 101][i] as number, to } }),
      );
    expect(parts).toEqual(whole);
  });

  it('of 10^12 label sets takes time and memory for 10^5 only', () => {
    const space = spaceOf([1e6, 1e4, 100], { ...options, cap: 1e5 });
    expect(
      new Set(
        Array.from(
          { length: 1e5 },
          (_, slot) => space.value(slot, 0) + space.value(slot, 1) + '/' + space.value(slot, 2),
        ),
      ).size,
    ).toBeGreaterThan(9e4);
  });
});

describe('cover', () => {
  it('shows every value of every label once the longest has shown its own', () => {
    fc.assert(
      fc.property(shapes, (counts) => {
        const longest = Math.max(...counts);
        expect(countValues(spaceOf(counts, { sampling: 'cover', cap: longest }))).toEqual(counts);
      }),
      { numRuns: 100 },
    );
  });

  it('does not make labels go together', () => {
    const seen = new Set(
      rows([1000, 10, 10], { sampling: 'cover', cap: 1000 }).map((row) => row.split(',').slice(1).join()),
    );
    expect(seen.size).toBeGreaterThan(95);
  });
});

describe('a skewed choice', () => {
  it.each([0.5, 1, 2])('has the first values of each label most often, with exponent %s', (zipfAlpha) => {
    const chosen = rows([1000, 1000, 1000], { sampling: 'hash', zipfAlpha, cap: 20_000 });
    for (const label of [0, 1]) {
      const counts = Array.from({ length: 1000 }, () => 0);
      for (const row of chosen) {
        const value = Number(row.split(',')[label]);
        counts[value] = (counts[value] as number) + 1;
      }
      const share = (from: number, to: number) => counts.slice(from, to).reduce((a, b) => a + b, 0);
      expect(share(0, 10)).toBeGreaterThan(share(10, 20));
      expect(share(10, 20)).toBeGreaterThan(share(100, 110));
      expect(share(0, 500)).toBeGreaterThan(share(500, 1000));
    }
  });
});

describe("a draw by Zipf's law", () => {
  it.each([
    [10, 1],
    [10, 0],
    [5, 2.5],
    [100, 0.7],
    [2, 1],
    [1, 1],
  ])('of %i values with exponent %s has their frequencies', (n, alpha) => {
    const draw = createZipf(n, alpha);
    const rng = new Rng();
    const counts = Array.from({ length: n }, () => 0);
    const draws = 40_000;
    for (let i = 0; i < draws; i++) {
      rng.seek(1, 2, i);
      const value = draw(rng);
      counts[value] = (counts[value] as number) + 1;
    }
    const weights = counts.map((_, k) => (k + 1) ** -alpha);
    const total = weights.reduce((a, b) => a + b, 0);
    for (const [k, weight] of weights.entries()) {
      const p = weight / total;
      // Five standard deviations; the draws are fixed.
      expect(Math.abs((counts[k] as number) / draws - p)).toBeLessThan(
        5 * Math.sqrt((p * (1 - p)) / draws) + 1e-9,
      );
    }
  });

  it.each([0, 1, 3])('stays among 2^53 values with exponent %s', (alpha) => {
    const draw = createZipf(2 ** 53, alpha);
    const rng = new Rng();
    for (let i = 0; i < 1000; i++) {
      rng.seek(3, 4, i);
      const value = draw(rng);
      expect(Number.isInteger(value) && value >= 0 && value < 2 ** 53).toBe(true);
    }
  });
});

describe('values that occur', () => {
  it.each([
    ['all of a whole product', {}, [3, 4]],
    ['those of the first label sets', { cap: 5 }, [2, 4]],
    ['those of a shard', { part: { from: 4, to: 6 } }, [1, 2]],
  ])('are %s', (_, options, expected) => {
    expect(countValues(spaceOf([3, 4], options))).toEqual(expected);
  });

  it('are counted for labels with far more values than series', () => {
    expect(countValues(spaceOf([1e9, 2], { cap: 10 }))).toEqual([5, 2]);
  });
});

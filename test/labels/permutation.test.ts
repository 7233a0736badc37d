import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPermutation } from '../../src/labels/permutation.ts';

function image(n: number, key: string): number[] {
  const permute = createPermutation(n, key);
  return Array.from({ length: n }, (_, index) => permute(index));
}

describe('a permutation', () => {
  it('is a bijection of [0, n), for any n and key', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.string(), (n, key) => {
        const permute = createPermutation(n, key);
        const seen = new Uint8Array(n);
        for (let index = 0; index < n; index++) seen[permute(index)] = 1;
        expect(seen.every((flag) => flag === 1)).toBe(true);
      }),
    );
  });

  it.each([1, 2, 3, 4, 5, 8, 9, 10, 99, 100, 101, 65_535, 65_536, 65_537])(
    'is a bijection of [0, %d)',
    (n) => {
      expect(new Set(image(n, 'k')).size).toBe(n);
      expect(Math.max(...image(Math.min(n, 1000), 'k'))).toBeLessThan(n);
    },
  );

  it('stays in range and repeats nothing for large n, up to 2^53', () => {
    const large = fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(large, fc.string(), (n, key) => {
        const permute = createPermutation(n, key);
        const first = Array.from({ length: 200 }, (_, index) => permute(index));
        const last = Array.from({ length: 200 }, (_, index) => permute(n - 1 - index));
        const all = [...first, ...last];
        expect(all.every((value) => Number.isSafeInteger(value) && value >= 0 && value < n)).toBe(true);
        expect(new Set(all).size).toBe(400);
      }),
      { numRuns: 50 },
    );
  });

  it('depends on the key and on n, and on nothing else', () => {
    expect(image(1000, 'a')).toEqual(image(1000, 'a'));
    expect(image(1000, 'a')).not.toEqual(image(1000, 'b'));
  });

  it('spreads a prefix over the whole range', () => {
    const n = 1e12;
    const permute = createPermutation(n, 'spread');
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 20_000; index++) {
      const tenth = Math.floor((permute(index) / n) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // 2,000 expected in each tenth, standard deviation 42.
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(250);
  });
});

/** A keyed pseudo-random permutation of [0, n) that is computed, not stored. */
import { mix32, namedKey } from '../util/key.ts';

const ROUNDS = 6;

/**
 * A bijection of [0, n) for n up to 2^53: a Feistel network over pairs (left, right) with
 * left < a, right < b, a * b >= n, whose rounds add a keyed hash modulo a and b in turn, and cycle walking
 * for the few results past n. Depends on n and key only, so a larger cap extends a smaller one.
 */
export function createPermutation(n: number, key: string): (index: number) => number {
  if (n <= 1) return (index) => index;
  const a = Math.ceil(Math.sqrt(n));
  const b = Math.ceil(n / a);
  const { hi, lo } = namedKey('permutation', key);
  const roundKeys = Array.from(
    { length: ROUNDS },
    (_, round) => mix32(hi ^ Math.imul(round + 1, 0x9e3779b1)) ^ lo,
  );

  return (index) => {
    let value = index;
    do {
      let left = Math.floor(value / b);
      let right = value - left * b;
      for (let round = 0; round < ROUNDS; round += 2) {
        left = (left + (hash(right, roundKeys[round] as number) % a)) % a;
        right = (right + (hash(left, roundKeys[round + 1] as number) % b)) % b;
      }
      value = left * b + right;
    } while (value >= n);
    return value;
  };
}

/** 32 unsigned bits of a half (below 2^27) and a round key. */
function hash(half: number, roundKey: number): number {
  return mix32(mix32(half ^ roundKey) + roundKey) >>> 0;
}

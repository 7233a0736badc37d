/** Which label sets of a product a cap keeps: slot -> index in the product, each index at most once. */
import { namedKey } from '../util/key.ts';
import { createPermutation } from './permutation.ts';
import { drawSkewed } from './skew.ts';

/**
 * `first_n` keeps a prefix of the product, `hash` a prefix of a pseudo-random permutation of it (skewed by Zipf's law when
 * there is an exponent), `cover` a prefix of an order in which every value of every axis comes as early as it can. A larger cap
 * extends a smaller one.
 */
export type Sampling = 'first_n' | 'hash' | 'cover';

export interface ChoiceOptions {
  /** Values of each axis, slowest first. */
  readonly counts: readonly number[];
  /** Of the counts. */
  readonly product: number;
  /** Label sets that are kept: less than the product. */
  readonly capped: number;
  readonly key: string;
  readonly zipfAlpha: number | undefined;
}

/** Time and memory of a skewed choice are O(capped), spent when it is first asked; others cost nothing. */
export function createChoice(
  sampling: Sampling,
  options: ChoiceOptions,
): ((slot: number) => number) | undefined {
  const { counts, product, capped, key, zipfAlpha } = options;
  if (sampling === 'first_n') return undefined;
  if (sampling === 'cover') return createCover(counts, key);
  if (zipfAlpha === undefined) return createPermutation(product, key);
  let chosen: Float64Array | undefined;
  return (slot) => {
    chosen ??= drawSkewed({ counts, product, capped, alpha: zipfAlpha, key: namedKey('zipf', key) });
    return chosen[slot] as number;
  };
}

/**
 * The order that covers: the longest axis turns fastest, and every other axis turns with it, by a permutation of its own, so
 * that after as many slots as the longest axis has values each axis has shown all of its own. A bijection of the product:
 * the digit of an axis is its mixed-radix digit plus a function of the fastest digit.
 */
function createCover(counts: readonly number[], key: string): (slot: number) => number {
  const strides = counts.map((_, a) => counts.slice(a + 1).reduce((product, count) => product * count, 1));
  const fastest = counts
    .map((_, a) => a)
    .sort((x, y) => (counts[y] as number) - (counts[x] as number) || x - y);
  const [first = 0, ...others] = fastest;
  const longest = counts[first] ?? 1;
  const turns = others.map((a) => createPermutation(longest, `${key}\u0000cover ${a}`));
  return (slot) => {
    let rest = Math.floor(slot / longest);
    const lead = slot - rest * longest;
    let index = lead * (strides[first] as number);
    for (let i = 0; i < others.length; i++) {
      const a = others[i] as number;
      const count = counts[a] as number;
      const quotient = Math.floor(rest / count);
      const digit = (rest - quotient * count + ((turns[i] as (n: number) => number)(lead) % count)) % count;
      index += digit * (strides[a] as number);
      rest = quotient;
    }
    return index;
  };
}

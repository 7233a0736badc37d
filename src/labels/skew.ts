/**
 * A skewed choice of label sets. Each one is drawn axis by axis, value k of an axis with a weight of k^-alpha; one that is
 * taken already is drawn again, some times, and then gives way to the next free one in the order of the product. So there are
 * exactly as many as asked for, in O(that) time, and more of them extend fewer.
 */
import { mix32, type Key } from '../util/key.ts';
import { Rng } from '../util/rng.ts';

export interface SkewOptions {
  readonly counts: readonly number[];
  /** Of the counts; more than `capped`. */
  readonly product: number;
  readonly capped: number;
  readonly alpha: number;
  readonly key: Key;
}

/** Draws before a label set gives way to a neighbour. */
const DRAWS = 8;

/** Indexes in the product, all different. */
export function drawSkewed({ counts, product, capped, alpha, key }: SkewOptions): Float64Array {
  const rng = new Rng();
  const axes = counts.map((count) => ({ count, draw: createZipf(count, alpha) }));
  const drawIndex = (): number => axes.reduce((index, { count, draw }) => index * count + draw(rng), 0);
  const taken = createTaken(capped, product);
  return Float64Array.from({ length: capped }, (_, slot) => {
    rng.seek(key.hi, key.lo, slot);
    let index = drawIndex();
    for (let draws = 1; draws < DRAWS && taken.has(index); draws++) index = drawIndex();
    return taken.take(index);
  });
}

/**
 * Draws k - 1 for k of 1 to n with probability proportional to k^-alpha, by inverting the integral of x^-alpha and rejecting
 * what lies outside the bar of its integer (rejection-inversion, Hoermann and Derflinger 1996): a constant number of
 * steps for any n.
 */
export function createZipf(n: number, alpha: number): (rng: Rng) => number {
  if (n === 1) return () => 0;
  const power = 1 - alpha;
  /** Integral of x^-alpha from 1, and its inverse; both are good near alpha = 1. */
  const integral = (x: number): number => {
    const log = Math.log(x);
    return power === 0 ? log : Math.expm1(power * log) / power;
  };
  const inverse = (area: number): number => {
    if (power === 0) return Math.exp(area);
    // Rounding must not lead beyond the pole.
    return Math.exp(Math.log1p(Math.max(-1, area * power)) / power);
  };
  const bar = (x: number): number => x ** -alpha;
  const least = integral(1.5) - 1;
  const most = integral(n + 0.5);
  const sure = 2 - inverse(integral(2.5) - bar(2));
  return (rng) => {
    for (;;) {
      const area = most + rng.float() * (least - most);
      const x = inverse(area);
      const k = Math.min(n, Math.max(1, Math.round(x)));
      if (k - x <= sure || area >= integral(k + 0.5) - bar(k)) return k - 1;
    }
  };
}

/** Indexes that are taken, in an open hash table; each knows where a free one may be, so that looking for one stays short. */
function createTaken(capacity: number, product: number) {
  const size = 2 ** Math.ceil(Math.log2(2 * capacity + 2));
  /** Index + 1; 0 is an empty place. */
  const entries = new Float64Array(size);
  const next = new Float64Array(size);
  const find = (index: number): number => {
    let at = mix32(index ^ mix32(Math.floor(index / 2 ** 32))) & (size - 1);
    while (entries[at] !== 0 && entries[at] !== index + 1) at = (at + 1) & (size - 1);
    return at;
  };
  return {
    has: (index: number): boolean => entries[find(index)] !== 0,
    /** Takes the index, or the next free one, and tells which. */
    take(index: number): number {
      const first = find(index);
      let free = index;
      let at = first;
      while (entries[at] !== 0) {
        free = next[at] as number;
        const ahead = find(free);
        if (entries[ahead] !== 0) next[at] = next[ahead] as number;
        at = ahead;
      }
      entries[at] = free + 1;
      next[at] = (free + 1) % product;
      if (at !== first) next[first] = (free + 1) % product;
      return free;
    },
  };
}

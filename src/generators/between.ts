import type { Rng } from '../util/rng.ts';
import type { Distribution } from './generator.ts';

const LARGEST_BELOW_ONE = 1 - 2 ** -53;

/**
 * One observation given lo < X <= hi. The distribution function at both ends may be handed in where many are drawn
 * from one interval.
 */
export function drawBetween(
  distribution: Distribution,
  rng: Rng,
  lo: number,
  hi: number,
  below = distribution.cdf(lo),
  upTo = distribution.cdf(hi),
): number {
  if (distribution.between !== undefined) return distribution.between(rng, lo, hi);
  const p = Math.min(Math.max(below + (upTo - below) * rng.float(), Number.MIN_VALUE), LARGEST_BELOW_ONE);
  return Math.min(Math.max(distribution.quantile(p), lo), hi);
}

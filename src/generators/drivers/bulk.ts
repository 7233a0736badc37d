/**
 * Many observations at once: counts of buckets as a multinomial from the distribution function, the sum from
 * moments within buckets. The same law as one by one, at a price that does not grow with their number.
 */
import { binomial, normal } from '../../util/draws.ts';
import type { Rng } from '../../util/rng.ts';
import { drawBetween } from '../between.ts';
import type { Distribution } from '../generator.ts';
import type { ArrivalsCourse } from './arrivals.ts';
import { createRoster, type Makers, type Roster } from './instances.ts';

/** Fewer in a bucket are drawn one by one: their sum is not yet normal. */
const FEW = 8;
/** The same for a bucket without an end, whose observations are skewed. */
const FEW_IN_TAIL = 64;
/** A bucket this narrow (ratio of its bounds) says nearly everything about its observations: always by moments. */
const NARROW = 1.25;
/** Changes of scale and offset whose shares and moments are kept. */
const PLANS = 16;

export interface Bulk {
  /**
   * Draws `n` observations max(0, x * scale + offset), scale >= 0, adds their number by bucket to
   * `counts[at ..]`, and returns their sum.
   */
  draw(rng: Rng, n: number, scale: number, offset: number, counts: Float64Array, at: number): number;
}

/** A distribution with its bulk draws. */
export interface Drawn {
  readonly distribution: Distribution;
  readonly bulk: Bulk;
  /** What it is at a tick of the patterns that its options follow; absent where they follow none. */
  readonly at?: (since: number) => Drawn;
}

/** The distributions of a family, each with bulk draws into the same buckets. */
export function createDrawRoster({ make, of }: Makers<Distribution>, edges: Float64Array): Roster<Drawn> {
  return createRoster({
    of,
    make: make.map((one) => (changes, mix) => createDrawn(one(changes, mix), edges)),
  });
}

/** Whether anything of a family follows patterns, which are counted from the birth of each slot. */
export function hasCourse(own: readonly Drawn[], arrivals: ArrivalsCourse | undefined): boolean {
  return arrivals !== undefined || own.some(({ at }) => at !== undefined);
}

function createDrawn(distribution: Distribution, edges: Float64Array): Drawn {
  const { course } = distribution;
  const drawn: Drawn = { distribution, bulk: createBulk(distribution, edges) };
  if (course === undefined) return drawn;
  const known = new WeakMap<Distribution, Drawn>();
  let last = drawn;
  return {
    ...drawn,
    at(since) {
      const now = course.at(since);
      if (now === last.distribution) return last;
      last = known.get(now) ?? createDrawn(now, edges);
      known.set(now, last);
      return last;
    },
  };
}

/** What there is to know of each bucket under one change of scale and offset. */
interface Plan {
  readonly scale: number;
  readonly offset: number;
  /** Probability of this bucket among those from it on. */
  readonly shares: Float64Array;
  /** Ends of the bucket before the change, and the distribution function there. */
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  readonly below: Float64Array;
  readonly upTo: Float64Array;
  /** Smallest and largest observation, changed. */
  readonly least: Float64Array;
  readonly most: Float64Array;
  /** Of an observation, changed. */
  readonly means: Float64Array;
  readonly variances: Float64Array;
  /** Below this number of observations, they are drawn one by one. */
  readonly few: Float64Array;
}

/** Bulk draws into buckets with ascending upper `edges`, and one more above them. */
export function createBulk(distribution: Distribution, edges: Float64Array): Bulk {
  const plans: Plan[] = [];
  let oldest = 0;
  const planFor = (scale: number, offset: number): Plan => {
    for (let i = 0; i < plans.length; i++) {
      const plan = plans[i] as Plan;
      if (plan.scale === scale && plan.offset === offset) return plan;
    }
    const plan = createPlan(distribution, edges, scale, offset);
    plans[oldest] = plan;
    oldest = (oldest + 1) % PLANS;
    return plan;
  };
  return {
    draw(rng, n, scale, offset, counts, at) {
      const { shares, lows, highs, below, upTo, least, most, means, variances, few } = planFor(scale, offset);
      let rest = n;
      let single = 0;
      let mean = 0;
      let variance = 0;
      let floor = 0;
      let ceiling = 0;
      for (let i = 0; rest > 0; i++) {
        const count = binomial(rng, rest, shares[i] as number);
        if (count === 0) continue;
        rest -= count;
        counts[at + i] = (counts[at + i] as number) + count;
        const low = least[i] as number;
        const high = most[i] as number;
        if (count < (few[i] as number)) {
          const lo = lows[i] as number;
          const hi = highs[i] as number;
          for (let j = 0; j < count; j++) {
            const x = drawBetween(distribution, rng, lo, hi, below[i], upTo[i]);
            single += Math.min(Math.max(x * scale + offset, low), high);
          }
        } else {
          mean += count * (means[i] as number);
          variance += count * (variances[i] as number);
          floor += count * low;
          ceiling += count * high;
        }
      }
      const many = variance > 0 ? mean + Math.sqrt(variance) * normal(rng) : mean;
      return single + Math.min(Math.max(many, floor), ceiling);
    },
  };
}

function createPlan(distribution: Distribution, edges: Float64Array, scale: number, offset: number): Plan {
  const width = edges.length + 1;
  const doubles = (): Float64Array => new Float64Array(width);
  const plan: Plan = {
    scale,
    offset,
    shares: doubles(),
    lows: doubles(),
    highs: doubles(),
    below: doubles(),
    upTo: doubles(),
    least: doubles(),
    most: doubles(),
    means: doubles(),
    variances: doubles(),
    few: doubles(),
  };
  /** The x that becomes an edge, all of them below when nothing reaches it. */
  const unchanged = (edge: number): number => {
    if (edge < 0) return Number.NEGATIVE_INFINITY;
    if (scale > 0) return (edge - offset) / scale;
    return edge >= Math.max(0, offset) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  };
  let lo = Number.NEGATIVE_INFINITY;
  let below = 0;
  for (let i = 0; i < width; i++) {
    const edge = edges[i] ?? Number.POSITIVE_INFINITY;
    const hi = i === width - 1 ? Number.POSITIVE_INFINITY : unchanged(edge);
    const upTo = i === width - 1 ? 1 : Math.max(below, distribution.cdf(hi));
    const least = Math.max(0, edges[i - 1] ?? 0);
    plan.lows[i] = lo;
    plan.highs[i] = hi;
    plan.below[i] = below;
    plan.upTo[i] = upTo;
    plan.shares[i] = i === width - 1 || upTo === 1 ? 1 : (upTo - below) / (1 - below);
    plan.least[i] = least;
    plan.most[i] = Math.max(least, edge);
    const moments = upTo > below ? changedMoments(distribution, lo, hi, scale, offset) : undefined;
    plan.means[i] = moments?.mean ?? 0;
    plan.variances[i] = moments?.variance ?? 0;
    plan.few[i] = moments === undefined ? Number.POSITIVE_INFINITY : fewIn(least, edge);
    lo = hi;
    below = upTo;
  }
  return plan;
}

function fewIn(least: number, edge: number): number {
  if (edge === Number.POSITIVE_INFINITY) return FEW_IN_TAIL;
  return edge <= least * NARROW ? 1 : FEW;
}

/** Mean and variance of max(0, x * scale + offset) given lo < x <= hi. */
function changedMoments(
  distribution: Distribution,
  lo: number,
  hi: number,
  scale: number,
  offset: number,
): { mean: number; variance: number } | undefined {
  if (scale === 0) return { mean: Math.max(0, offset), variance: 0 };
  const zero = -offset / scale;
  if (hi <= zero) return { mean: 0, variance: 0 };
  const moments = distribution.moments(Math.max(lo, zero), hi);
  if (moments === undefined) return undefined;
  const mean = moments.mean * scale + offset;
  const variance = moments.variance * scale * scale;
  if (lo >= zero) return { mean, variance };
  // Part of the bucket lies below zero and becomes zero.
  const below = distribution.cdf(lo);
  const share = (distribution.cdf(hi) - distribution.cdf(zero)) / (distribution.cdf(hi) - below);
  return { mean: share * mean, variance: share * (variance + mean * mean) - (share * mean) ** 2 };
}

/**
 * A sketch of the recent observations of every slot: counts in logarithmic bins, kept apart by age. A quantile is the
 * nearest rank's bin, within 5 % of the observation of that rank.
 *
 * Bins reach from a tenth of the 0.001 quantile to a thousand times the 0.999 quantile, so that effects have room. An
 * observation outside counts in the bin at that end: ranks stay right, and only a quantile that falls there is off.
 *
 * Ages are sixths of the window in model time, the newest being under way: quantiles are those of at least five
 * sixths of the window and at most all of it, of at least one tick.
 */
import { allocateDoubles, allocateUints } from '../../series/allocate.ts';
import type { Distribution } from '../generator.ts';

/** Largest relative error of a quantile. */
const ERROR = 0.05;
const GAMMA = (1 + ERROR) / (1 - ERROR);
const LOG_GAMMA = Math.log(GAMMA);
const AGES = 6;
const MAX_BINS = 1024;
const MAX_UINT = 2 ** 32 - 1;

/** Bin 0 is for zero; bin i > 0 for (gamma^(lowest + i - 1), gamma^(lowest + i)]. */
interface Span {
  readonly lowest: number;
  readonly bins: number;
}

/** For all that may be observed. */
function spanOf(distributions: readonly Distribution[]): Span {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const distribution of distributions.flatMap((one) => one.course?.extremes ?? [one])) {
    const high = distribution.quantile(0.999);
    const top = high > 0 ? high * 1000 : 1000;
    const low = distribution.quantile(0.001);
    const bottom = low > 0 ? low / 10 : top / 1e7;
    lowest = Math.min(lowest, Math.floor(Math.log(bottom) / LOG_GAMMA));
    highest = Math.max(highest, Math.ceil(Math.log(top) / LOG_GAMMA));
  }
  return { lowest, bins: Math.min(MAX_BINS, highest - lowest + 1) };
}

export interface Sketch {
  /** Upper edges of the bins but the last: what bulk draws are made into. */
  readonly edges: Float64Array;
  /** Forgets everything of a slot. */
  clear(slot: number): void;
  /** Makes a model time the present of a slot, and forgets what is too old. */
  age(slot: number, modelMs: number): void;
  /** Counts one observation at the present. */
  add(slot: number, observation: number): void;
  /** Adds counts by bin at the present. */
  addAll(slot: number, counts: Float64Array): void;
  /** Writes quantiles (ascending) to `out[at ..]`; NaN each when the window is empty. */
  read(slot: number, quantiles: Float64Array, out: Float64Array, at: number): void;
  /**
   * Takes over, in slots [begin, end), slot `from(slot)` of another sketch, nothing for -1. Where bins or the window differ, observations go to the bins and
   * ages that they would have here, as far as the other one tells them apart.
   */
  adopt(other: Sketch, from: (slot: number) => number, begin: number, end: number): void;
  readonly rows: SketchRows;
}

/** What a sketch keeps, and how it is laid out. */
interface SketchRows extends Span {
  readonly ageMs: number;
  /** By slot, age and bin. */
  readonly counts: Uint32Array;
  /** The age under way, by slot. */
  readonly presents: Float64Array;
}

export function createSketch(size: number, distributions: readonly Distribution[], windowS: number): Sketch {
  const { lowest, bins } = spanOf(distributions);
  const ageMs = (windowS * 1000) / AGES;
  const row = AGES * bins;
  const counts = allocateUints(size * row);
  const presents = allocateDoubles(size);
  const merged = new Float64Array(bins);

  /** Where the counts of an age begin; ages before 1970 are negative. */
  const binsAt = (slot: number, age: number): number =>
    slot * row + (age - AGES * Math.floor(age / AGES)) * bins;
  /** The bin of an observation. */
  const binOf = (observation: number): number => {
    if (!(observation > 0)) return 0;
    const bin = Math.ceil(Math.log(observation) / LOG_GAMMA) - lowest;
    return bin < 1 ? 1 : Math.min(bin, bins - 1);
  };
  /** The value that is at most 5 % from all of a bin. */
  const valueOf = (bin: number, from = lowest): number =>
    bin === 0 ? 0 : (2 * GAMMA ** (from + bin)) / (GAMMA + 1);

  return {
    edges: Float64Array.from({ length: bins - 1 }, (_, bin) => (bin === 0 ? 0 : GAMMA ** (lowest + bin))),
    clear(slot) {
      counts.fill(0, slot * row, (slot + 1) * row);
    },
    age(slot, modelMs) {
      const present = Math.floor(modelMs / ageMs);
      const before = presents[slot] as number;
      if (present === before) return;
      presents[slot] = present;
      for (let age = Math.max(before + 1, present - AGES + 1); age <= present; age++) {
        const from = binsAt(slot, age);
        counts.fill(0, from, from + bins);
      }
    },
    add(slot, observation) {
      const at = binsAt(slot, presents[slot] as number) + binOf(observation);
      counts[at] = (counts[at] as number) + 1;
    },
    addAll(slot, added) {
      const at = binsAt(slot, presents[slot] as number);
      for (let bin = 0; bin < bins; bin++) {
        counts[at + bin] = Math.min(MAX_UINT, (counts[at + bin] as number) + (added[bin] as number));
      }
    },
    read(slot, quantiles, out, at) {
      let total = 0;
      for (let bin = 0; bin < bins; bin++) {
        let count = 0;
        for (let i = slot * row + bin, end = (slot + 1) * row; i < end; i += bins)
          count += counts[i] as number;
        merged[bin] = count;
        total += count;
      }
      let bin = 0;
      let seen = merged[0] as number;
      for (const [index, quantile] of quantiles.entries()) {
        // The small part keeps 0.07 * 100 at rank 7.
        const rank = Math.max(1, Math.ceil(quantile * total - 1e-9));
        while (seen < rank && bin < bins - 1) seen += merged[++bin] as number;
        out[at + index] = total === 0 ? Number.NaN : valueOf(bin);
      }
    },
    adopt({ rows: other }, from, begin, end) {
      const isAlike = other.lowest === lowest && other.bins === bins && other.ageMs === ageMs;
      const otherRow = AGES * other.bins;
      const target = Array.from({ length: other.bins }, (_, bin) => binOf(valueOf(bin, other.lowest)));
      for (let slot = begin; slot < end; slot++) {
        const source = from(slot);
        if (source < 0) continue;
        if (isAlike) {
          presents[slot] = other.presents[source] as number;
          counts.set(other.counts.subarray(source * row, (source + 1) * row), slot * row);
          continue;
        }
        const otherPresent = other.presents[source] as number;
        const present = Math.floor((otherPresent * other.ageMs) / ageMs);
        presents[slot] = present;
        counts.fill(0, slot * row, (slot + 1) * row);
        for (let otherAge = otherPresent - AGES + 1; otherAge <= otherPresent; otherAge++) {
          const age = Math.floor((otherAge * other.ageMs) / ageMs);
          if (age <= present - AGES) continue;
          const start = source * otherRow + (otherAge - AGES * Math.floor(otherAge / AGES)) * other.bins;
          const to = binsAt(slot, age);
          for (let bin = 0; bin < other.bins; bin++) {
            const at = to + (target[bin] as number);
            counts[at] = (counts[at] as number) + (other.counts[start + bin] as number);
          }
        }
      }
    },
    rows: { lowest, bins, ageMs, counts, presents },
  };
}

/** Bytes per slot of a sketch. */
export function sketchBytesPerSlot(distributions: readonly Distribution[]): number {
  return 4 * AGES * spanOf(distributions).bins + 8;
}

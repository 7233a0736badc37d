/** Native histograms, whose buckets are many and come and go, as histograms of few bounds. */
import type { StoredHistogram } from './query-api.ts';

/** Bounds of a histogram at most. */
const MAX_BOUNDS = 24;

/** Bounds among those of some histograms, evenly chosen where they are too many. */
export function boundsOf(histograms: readonly StoredHistogram[]): number[] {
  const edges = new Set<number>();
  for (const { buckets = [] } of histograms)
    for (const [, low, high, count] of buckets) {
      if (Number(count) === 0) continue;
      edges.add(Number(low));
      edges.add(Number(high));
    }
  const sorted = [...edges].filter(Number.isFinite).toSorted((a, b) => a - b);
  if (sorted.length <= MAX_BOUNDS) return sorted;
  const step = (sorted.length - 1) / (MAX_BOUNDS - 1);
  return Array.from({ length: MAX_BOUNDS }, (_, i) => sorted[Math.round(i * step)] as number);
}

/**
 * Observations up to each bound and in all. Those of a bucket that a bound lies in are taken to be spread evenly; whole numbers,
 * as histograms without the bucket would have counted them.
 */
export function cumulate({ buckets = [], count }: StoredHistogram, bounds: readonly number[]): number[] {
  const counts = bounds.map((bound) => {
    let below = 0;
    for (const [, lowText, highText, inside] of buckets) {
      const low = Number(lowText);
      const high = Number(highText);
      if (bound >= high) below += Number(inside);
      else if (bound > low) below += Number(inside) * ((bound - low) / (high - low));
    }
    return Math.round(below);
  });
  return [...counts, Number(count)];
}

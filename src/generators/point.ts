import type { Distribution } from './generator.ts';

/** The distribution of a constant: where others degenerate. */
export function createPoint(value: number): Distribution {
  return {
    sample: () => value,
    cdf: (x) => (x >= value ? 1 : 0),
    quantile: () => value,
    moments: (lo, hi) => (lo < value && value <= hi ? { mean: value, variance: 0 } : undefined),
  };
}

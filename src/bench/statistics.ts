/** Statistics of few, skewed numbers: pure functions. A median with its spread, since a mean follows the worst round. */

export interface Summary {
  readonly rounds: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** First and third quartile. */
  readonly q1: number;
  readonly q3: number;
}

/** Which way a figure is better. */
export type Better = 'less' | 'more';

/** The `p` quantile, 0 to 1, linear between the two nearest of the sorted values; NaN of none. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (at - below);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Throws a RangeError of no values, and where one is not a number: a figure made of nothing is no figure. */
export function summarise(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('no rounds were measured');
  if (values.some((value) => !Number.isFinite(value))) {
    throw new RangeError(
      `a round gave ${values.find((value) => !Number.isFinite(value))}; needs a finite number`,
    );
  }
  return {
    rounds: values.length,
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    q1: quantile(values, 0.25),
    q3: quantile(values, 0.75),
  };
}

/** How many times better `direct` is than `library`; above 1 when it is better. */
export function ratioOf(direct: number, library: number, better: Better): number {
  return better === 'less' ? library / direct : direct / library;
}

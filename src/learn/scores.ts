/** Normal scores: of each value of a series, what a latent N(0, 1) behind it is on average where the series has that value. */
import { normalDensity, normalQuantile } from '../generators/gaussian.ts';
import { medianOf } from './statistics.ts';

/** Times that scores are worked out for. */
export interface Grid {
  readonly timesMs: readonly number[];
  readonly columns: ReadonlyMap<number, number>;
  /** Of each time, whether the one before it is the sample before it, with nothing left out. */
  readonly isNext: readonly boolean[];
}

export interface Scores {
  /** By time, of spread 1; 0, which says nothing, where a time is missing. */
  readonly values: Float64Array;
  /** Correlation of the latent with its scores: below 1 where many values are equal, or times are missing. */
  readonly strength: number;
}

/** Beyond so many spacings something is left out between two times. */
const LEFT_OUT = 2.5;

/** The last times of some series, so many at most. */
export function gridOf(series: readonly { readonly timesMs: readonly number[] }[], most: number): Grid {
  const timesMs = [...new Set(series.flatMap((one) => one.timesMs))].toSorted((a, b) => a - b).slice(-most);
  const gaps = timesMs.slice(1).map((time, i) => time - (timesMs[i] as number));
  const longest = LEFT_OUT * medianOf(gaps);
  return {
    timesMs,
    columns: new Map(timesMs.map((time, column) => [time, column])),
    isNext: timesMs.map((_, column) => column > 0 && (gaps[column - 1] as number) <= longest),
  };
}

export function scoresOf(
  moves: { readonly timesMs: readonly number[]; readonly values: readonly number[] },
  { columns }: Grid,
): Scores {
  const scores = new Float64Array(columns.size);
  const seen = moves.timesMs.flatMap((time, i) => {
    const column = columns.get(time);
    return column === undefined ? [] : [{ column, value: moves.values[i] as number }];
  });
  const sorted = seen.toSorted((a, b) => a.value - b.value);
  const { length } = sorted;
  let square = 0;
  for (let i = 0; i < length;) {
    const begin = i;
    let end = i + 1;
    while (end < length && sorted[end]?.value === sorted[i]?.value) end++;
    const score = (densityAt(begin / length) - densityAt(end / length)) / ((end - begin) / length);
    for (; i < end; i++) scores[(sorted[i] as (typeof sorted)[number]).column] = score;
    square += (end - begin) * score * score;
  }
  const size = Math.sqrt(square / scores.length);
  return { values: size > 0 ? scores.map((score) => score / size) : scores, strength: size };
}

/** Density of the normal law where its distribution function is `p`. */
function densityAt(p: number): number {
  return p <= 0 || p >= 1 ? 0 : normalDensity(normalQuantile(p));
}

/** Correlation of two courses of spread 1. */
export function productOf(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < a.length; t++) sum += (a[t] as number) * (b[t] as number);
  return sum / a.length;
}

/** Correlation of a course of spread 1 with itself a sample later. */
export function nextProductOf(course: Float64Array, { isNext }: Grid): number {
  let sum = 0;
  let count = 0;
  for (let t = 1; t < course.length; t++) {
    if (isNext[t] !== true) continue;
    sum += (course[t] as number) * (course[t - 1] as number);
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

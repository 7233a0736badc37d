/** Normal scores: of each value of a series, what a latent N(0, 1) behind it is on average where the series has that value. */
import { normalDensity, normalQuantile } from '../generators/gaussian.ts';
import { everyNth, meanOf, medianOf, quantilesOf } from './statistics.ts';

/** Times that scores are worked out for. */
export interface Grid {
  readonly timesMs: readonly number[];
  readonly columns: ReadonlyMap<number, number>;
  /** Of each time, whether the one before it is the sample before it, with nothing left out. */
  readonly isNext: readonly boolean[];
  /** Seconds that lie between such two, on average. */
  readonly stepS: number;
}

export interface Scores {
  /** By time, of spread 1; 0, which says nothing, where a time is missing. */
  readonly values: Float64Array;
  /** Correlation of the latent with its scores: below 1 where many values are equal, or times are missing. */
  readonly strength: number;
}

/** Beyond so many spacings something is left out between two times. */
const LEFT_OUT = 2.5;

/** Of what is short between two samples of a series: times that are closer together are those of targets that take turns. */
const TAKING_TURNS = 0.7;
/** Series, and times of all of them, that tell how targets take turns. */
const SERIES_ASKED = 100;
const TIMES_ASKED = 4000;

/** The last times of some series, so many at most. What targets show in turns is of one time, the first of its round. */
export function gridOf(series: readonly { readonly timesMs: readonly number[] }[], most: number): Grid {
  const all = [...new Set(series.flatMap((one) => one.timesMs))].toSorted((a, b) => a - b);
  const own = everyNth(series, SERIES_ASKED).map(({ timesMs }) => gapsOf(timesMs));
  const takeTurns = shortOf(gapsOf(all.slice(-most))) < TAKING_TURNS * medianOf(own.map(shortOf));
  const roundOf = takeTurns
    ? roundsOf(all.slice(-TIMES_ASKED), medianOf(own.map(medianOf)))
    : (time: number): number => time;
  const rounds = [...new Set(all.map(roundOf))].slice(-most);
  const places = new Map(rounds.map((round, column) => [round, column]));
  const columns = new Map(
    all.flatMap((time) => {
      const column = places.get(roundOf(time));
      return column === undefined ? [] : [[time, column] as const];
    }),
  );
  const timesMs: number[] = [];
  for (const [time, column] of columns) timesMs[column] ??= time;
  const gaps = gapsOf(rounds);
  const longest = LEFT_OUT * medianOf(gaps);
  const isNext = rounds.map((_, column) => column > 0 && (gaps[column - 1] as number) <= longest);
  const stepS = meanOf(gapsOf(timesMs).filter((_, i) => isNext[i + 1])) / 1000;
  return { timesMs, columns, isNext, stepS };
}

function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - (times[i] as number));
}

/** A quarter of them are shorter. */
function shortOf(gaps: readonly number[]): number {
  return quantilesOf(gaps, 5)[1] ?? Number.NaN;
}

/** The round that a time is in. Rounds are one spacing long, and begin where within it the fewest targets are on either side. */
function roundsOf(times: readonly number[], spacing: number): (time: number) => number {
  const phases = times.map((time) => time % spacing).toSorted((a, b) => a - b);
  const gaps = [...gapsOf(phases), (phases[0] as number) + spacing - (phases.at(-1) as number)];
  let widest = 0;
  for (const [i, gap] of gaps.entries()) if (gap > (gaps[widest] as number)) widest = i;
  const begin = (phases[widest] as number) + (gaps[widest] as number) / 2;
  return (time) => Math.floor((time - begin) / spacing);
}

export function scoresOf(
  moves: { readonly timesMs: readonly number[]; readonly values: readonly number[] },
  { columns, timesMs }: Grid,
): Scores {
  const scores = new Float64Array(timesMs.length);
  const seen = new Map<number, number>();
  for (const [i, time] of moves.timesMs.entries()) {
    const column = columns.get(time);
    if (column !== undefined) seen.set(column, moves.values[i] as number);
  }
  const sorted = Array.from(seen, ([column, value]) => ({ column, value })).toSorted(
    (a, b) => a.value - b.value,
  );
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

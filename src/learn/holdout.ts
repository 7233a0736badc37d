/** What was seen, in two halves that take turns: one to learn from, one to compare with. */
import { LyrebirdError } from '../util/errors.ts';
import { createHistory, type History, type SeenFamily, type SeenSeries } from './history.ts';

/** Turns at most; the first is learnt from, the last is held back. Taking turns, both see the same kinds of times. */
const TURNS = 16;
/** A rate needs two pages of a turn. */
const LEAST_PAGES = 2;
const LEAST_TIMES = 16;

export interface Holdout {
  /** All times of samples, ascending, in milliseconds. */
  readonly timesMs: readonly number[];
  /** Of each time, whether it is held back. */
  readonly isHeld: readonly boolean[];
  /** What is learnt from. */
  readonly trained: History;
}

/** Splits a history. Throws when it is too short. */
export function holdBack(history: History): Holdout {
  const all = [...history.families.values()].flatMap(({ series }) => [...series.values()]);
  const timesMs = [...new Set(all.flatMap((series) => series.timesMs))].toSorted((a, b) => a - b);
  if (timesMs.length < LEAST_TIMES)
    throw new LyrebirdError(
      'samples_too_few',
      `a report learns from one half of the samples and compares with the other: it needs ${LEAST_TIMES} pages or more, there are ${timesMs.length}`,
    );
  const turns = Math.min(TURNS, 2 * Math.floor(timesMs.length / (2 * LEAST_PAGES)));
  const isHeld = timesMs.map((_, i) => Math.floor((i * turns) / timesMs.length) % 2 === 1);
  const learntFrom = new Set(timesMs.filter((_, i) => isHeld[i] === false));
  const trained = createHistory();
  trained.pages = learntFrom.size;
  for (const family of history.families.values()) {
    const series = new Map(
      [...family.series].map(([identity, one]) => [identity, partOf(one, learntFrom)] as const),
    );
    trained.families.set(family.name, { ...family, series } satisfies SeenFamily);
  }
  return { timesMs, isHeld, trained };
}

/** The samples at some times; all of them for a series that was not there at any. */
function partOf(series: SeenSeries, times: ReadonlySet<number>): SeenSeries {
  const kept = series.timesMs.flatMap((time, i) => (times.has(time) ? [i] : []));
  if (kept.length === 0) return series;
  const afterGap = kept.filter((i, k) => k > 0 && i !== (kept[k - 1] as number) + 1);
  return {
    labels: series.labels,
    timesMs: kept.map((i) => series.timesMs[i] as number),
    values: kept.map((i) => series.values[i] as number),
    sums: kept.map((i) => series.sums[i] as number),
    rows: kept.map((i) => series.rows[i] as (typeof series.rows)[number]),
    breaksMs: new Set(afterGap.map((i) => series.timesMs[i] as number)),
  };
}

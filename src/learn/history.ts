/** What was seen of a target over time: pages put together series by series. */
import { identityOf } from '../labels/sets.ts';
import type { Label, Page, PageBucket, PageFamily, PagePoint } from '../wire/page.ts';
import { createSeriesIndex, hashOfLabels, type SeriesIndex } from '../wire/series-index.ts';
import type { MetricType } from '../series/family.ts';
import { LyrebirdError } from '../util/errors.ts';

export interface SeenSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the Unix epoch, ascending. */
  readonly timesMs: number[];
  /** Of counters and gauges: the value; of histograms and summaries: the count. */
  readonly values: number[];
  readonly sums: number[];
  /** By sample, cumulative counts of the family's bounds and of +Inf, or values of its quantiles. */
  readonly rows: (readonly number[])[];
  /** Times of samples before which some were left out. */
  readonly breaksMs?: ReadonlySet<number> | undefined;
}

export interface SeenFamily {
  readonly name: string;
  readonly type: MetricType;
  /** Whether the page does not tell the type; it is taken for a gauge. */
  readonly isUnknown: boolean;
  readonly help: string;
  /** Upper bounds of a histogram without +Inf, or quantiles of a summary. */
  readonly points: readonly number[];
  readonly series: Map<string, SeenSeries>;
}

export interface History {
  /** In the order of the page. */
  readonly families: Map<string, SeenFamily>;
  /** What could not be taken, each once. */
  readonly notes: Set<string>;
  /** By family and the labels put to those of a page: series by their labels there, which each page has again. */
  readonly onPages: Map<string, SeriesIndex<OnPage>>;
  /** Pages that were added. */
  pages: number;
  /** Samples as backends store them, which say what memory it takes: of a histogram of b bounds b + 3. */
  samples: number;
}

interface OnPage {
  readonly labels: readonly Label[];
  readonly series: SeenSeries;
}

export function createHistory(): History {
  return { families: new Map(), notes: new Set(), onPages: new Map(), pages: 0, samples: 0 };
}

export function countSeries({ families }: History): number {
  let total = 0;
  for (const { series } of families.values()) total += series.size;
  return total;
}

/**
 * Adds a page that was read at a time; samples with a time of their own have that. `extra` are labels of series that have none of
 * the name. Throws where time does not go on.
 */
export function addPage(
  history: History,
  page: Page,
  timeMs: number,
  source: string,
  extra: Readonly<Record<string, string>> = {},
): void {
  history.pages++;
  for (const { line, message } of page.problems) history.notes.add(`${source}:${line}: ${message}`);
  for (const family of page.families) {
    const seen = familyOf(history, family);
    if (seen === undefined) continue;
    const key = JSON.stringify([seen.name, extra]);
    const onPages = history.onPages.get(key) ?? createSeriesIndex<OnPage>();
    history.onPages.set(key, onPages);
    const seriesOf = ({ labels }: PagePoint): SeenSeries => {
      const hash = hashOfLabels(labels);
      const known = onPages.get(hash, labels);
      if (known !== undefined) return known.series;
      const own = Object.fromEntries(labels.map(({ name, value }) => [name, value]));
      const series = openSeries(seen, { ...extra, ...own });
      onPages.set(hash, { labels, series });
      return series;
    };
    for (const point of family.points) addPoint(history, seen, family, point, { timeMs, source, seriesOf });
  }
}

/** The family of a name, made if there is none; `undefined`, with a note, when it is of another type already. */
export function openFamily(
  { families, notes }: History,
  family: Omit<SeenFamily, 'series'>,
): SeenFamily | undefined {
  const { name, type, points } = family;
  const known = families.get(name);
  if (known === undefined) {
    const seen: SeenFamily = {
      ...family,
      points: [...new Set(points)].toSorted((a, b) => a - b),
      series: new Map(),
    };
    families.set(name, seen);
    return seen;
  }
  if (known.type === type) return known;
  notes.add(`${name} changes from ${known.type} to ${type}`);
  return undefined;
}

/** The series of a label set, made if there is none. */
export function openSeries({ series }: SeenFamily, labels: Readonly<Record<string, string>>): SeenSeries {
  const identity = identityOf(labels);
  const known = series.get(identity);
  if (known !== undefined) return known;
  const made: SeenSeries = { labels, timesMs: [], values: [], sums: [], rows: [] };
  series.set(identity, made);
  return made;
}

export interface SeenSample {
  readonly timeMs: number;
  /** As in `SeenSeries`. */
  readonly value: number;
  readonly sum?: number | undefined;
  readonly row?: readonly number[];
}

/** Shared by the samples of counters and gauges. */
const NO_ROW: readonly number[] = [];

/** Adds a sample behind those that are there, which it must be later than. */
export function addSample(history: History, series: SeenSeries, sample: SeenSample): void {
  const { timeMs, value, sum = Number.NaN, row = NO_ROW } = sample;
  series.timesMs.push(timeMs);
  series.values.push(value);
  series.sums.push(sum);
  series.rows.push(row);
  history.samples += row === NO_ROW ? 1 : row.length + 2;
}

function familyOf(history: History, family: PageFamily): SeenFamily | undefined {
  const { type, points } = family;
  if (points.length === 0) return undefined;
  const name = `${family.name}${suffixOf(family)}`;
  if (type === 'gaugehistogram') {
    history.notes.add(`${name} is a gaugehistogram, which is not learnt`);
    return undefined;
  }
  /** Of a family that is new. */
  const listed = (): number[] =>
    type === 'histogram'
      ? points.flatMap(({ buckets }) => buckets.map(({ le }) => le)).filter(Number.isFinite)
      : points.flatMap(({ quantiles }) => quantiles.map(({ quantile }) => quantile));
  return openFamily(history, {
    name,
    type: typeOf(family),
    isUnknown: type === 'unknown',
    help: family.help,
    points: history.families.has(name) ? [] : listed(),
  });
}

function typeOf({ type }: PageFamily): MetricType {
  return type === 'counter' || type === 'histogram' || type === 'summary' ? type : 'gauge';
}

/** What a sample of the family has behind the family's name on an OpenMetrics page. */
function suffixOf({ type, name }: PageFamily): string {
  if (type === 'info') return '_info';
  return type === 'counter' && !name.endsWith('_total') ? '_total' : '';
}

function addPoint(
  history: History,
  family: SeenFamily,
  { name }: PageFamily,
  point: PagePoint,
  {
    timeMs,
    source,
    seriesOf,
  }: { timeMs: number; source: string; seriesOf: (point: PagePoint) => SeenSeries },
): void {
  const value = point.value ?? point.count;
  const where = (): string => `${source}:${point.line}`;
  if (value === undefined) {
    history.notes.add(`${where()}: ${name} has no value`);
    return;
  }
  const series = seriesOf(point);
  const time = point.timestampMs ?? timeMs;
  const last = series.timesMs.at(-1);
  if (last !== undefined && time <= last) {
    if (time === last && point.timestampMs !== undefined) return;
    throw new LyrebirdError(
      'times_not_ascending',
      `${where()}: ${name} is of ${new Date(time).toISOString()}, not after the sample before it, of ${new Date(last).toISOString()}; ` +
        'give the time between samples with --interval, as --interval 5m, or interval_s of the section learned',
    );
  }
  const row = rowOf(history, family, point, where);
  addSample(history, series, { timeMs: time, value, sum: point.sum, ...(row !== undefined && { row }) });
}

/** Counts of the bounds of a histogram, or values of the quantiles of a summary; `undefined` for other types. */
export function rowOf(
  { notes }: History,
  { type, points, name }: SeenFamily,
  { buckets, quantiles, count }: Pick<PagePoint, 'buckets' | 'quantiles' | 'count'>,
  where: () => string,
): number[] | undefined {
  if (type === 'histogram') {
    let below = 0;
    if (hasBounds(buckets, points)) return buckets.map(({ count: upTo }) => (below = Math.max(below, upTo)));
    const counts = new Map(buckets.map(({ le, count: upTo }) => [le, upTo]));
    if (counts.size !== points.length + 1)
      notes.add(`${where()}: ${name} has other buckets than its first series, and is learnt with those`);
    return [...points, Infinity].map(
      (le) => (below = Math.max(below, counts.get(le) ?? (le === Infinity ? (count ?? below) : below))),
    );
  }
  if (type !== 'summary') return undefined;
  const values = new Map(quantiles.map(({ quantile, value }) => [quantile, value]));
  return points.map((quantile) => values.get(quantile) ?? Number.NaN);
}

/** Whether buckets are those of bounds, in their order, and +Inf behind them. */
function hasBounds(buckets: readonly PageBucket[], bounds: readonly number[]): boolean {
  return buckets.length === bounds.length + 1 && buckets.every(({ le }, i) => le === (bounds[i] ?? Infinity));
}

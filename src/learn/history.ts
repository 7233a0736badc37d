/** What was seen of a target over time: pages put together series by series. */
import { identityOf } from '../labels/sets.ts';
import type { Page, PageFamily, PagePoint } from '../wire/page.ts';
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
  /** Pages that were added. */
  pages: number;
}

export function createHistory(): History {
  return { families: new Map(), notes: new Set(), pages: 0 };
}

/** Adds a page that was read at a time; samples with a time of their own have that. Throws where time does not go on. */
export function addPage(history: History, page: Page, timeMs: number, source: string): void {
  history.pages++;
  for (const { line, message } of page.problems) history.notes.add(`${source}:${line}: ${message}`);
  for (const family of page.families) {
    const seen = familyOf(history, family);
    if (seen === undefined) continue;
    for (const point of family.points) addPoint(history, seen, family, point, timeMs, source);
  }
}

function familyOf(history: History, family: PageFamily): SeenFamily | undefined {
  const { type, points } = family;
  if (points.length === 0) return undefined;
  const name = `${family.name}${suffixOf(family)}`;
  if (type === 'gaugehistogram') {
    history.notes.add(`${name} is a gaugehistogram, which is not learnt`);
    return undefined;
  }
  const known = history.families.get(name);
  if (known !== undefined) {
    if (known.type !== typeOf(family))
      history.notes.add(`${name} changes from ${known.type} to ${typeOf(family)}`);
    return known.type === typeOf(family) ? known : undefined;
  }
  const listed =
    type === 'histogram'
      ? points.flatMap(({ buckets }) => buckets.map(({ le }) => le)).filter(Number.isFinite)
      : points.flatMap(({ quantiles }) => quantiles.map(({ quantile }) => quantile));
  const seen: SeenFamily = {
    name,
    type: typeOf(family),
    isUnknown: type === 'unknown',
    help: family.help,
    points: [...new Set(listed)].toSorted((a, b) => a - b),
    series: new Map(),
  };
  history.families.set(name, seen);
  return seen;
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
  timeMs: number,
  source: string,
): void {
  const labels = Object.fromEntries(point.labels.map((label) => [label.name, label.value]));
  const value = point.value ?? point.count;
  const where = `${source}:${point.line}`;
  if (value === undefined) {
    history.notes.add(`${where}: ${name} has no value`);
    return;
  }
  const identity = identityOf(labels);
  let series = family.series.get(identity);
  if (series === undefined) {
    series = { labels, timesMs: [], values: [], sums: [], rows: [] };
    family.series.set(identity, series);
  }
  const time = point.timestampMs ?? timeMs;
  const last = series.timesMs.at(-1);
  if (last !== undefined && time <= last) {
    if (time === last && point.timestampMs !== undefined) return;
    throw new LyrebirdError(
      'times_not_ascending',
      `${where}: ${name} is of ${new Date(time).toISOString()}, not after the sample before it, of ${new Date(last).toISOString()}; ` +
        'give the time between samples with --interval, as --interval 5m, or interval_s of the section learned',
    );
  }
  series.timesMs.push(time);
  series.values.push(value);
  series.sums.push(point.sum ?? Number.NaN);
  series.rows.push(rowOf(history, family, point, where));
}

function rowOf(
  history: History,
  { type, points, name }: SeenFamily,
  point: PagePoint,
  where: string,
): number[] {
  if (type === 'histogram') {
    const counts = new Map(point.buckets.map(({ le, count }) => [le, count]));
    if (counts.size !== points.length + 1)
      history.notes.add(
        `${where}: ${name} has other buckets than its first series, and is learnt with those`,
      );
    let below = 0;
    return [...points, Infinity].map(
      (le) => (below = Math.max(below, counts.get(le) ?? (le === Infinity ? (point.count ?? below) : below))),
    );
  }
  if (type !== 'summary') return [];
  const values = new Map(point.quantiles.map(({ quantile, value }) => [quantile, value]));
  return points.map((quantile) => values.get(quantile) ?? Number.NaN);
}

/** Stored samples, put together again as the families that they were scraped from. */
import type { PageBucket, PageQuantile } from '../wire/page.ts';
import { parseValue } from '../wire/sample.ts';
import { addSample, openFamily, openSeries, rowOf, type History, type SeenSeries } from './history.ts';
import { cumulate } from './native-buckets.ts';
import type { StoredLabels, StoredSample, StoredSeries } from './query-api.ts';
import type { StoredName, StoredNames } from './stored-names.ts';

export interface StoreOptions {
  readonly names: StoredNames;
  /** Labels that are left out. */
  readonly dropped: ReadonlySet<string>;
  /** Bounds of a family of native histograms, which are asked for once. */
  readonly nativeBounds: (family: string) => Promise<readonly number[]>;
}

export interface Store {
  /** Adds what was stored in some stretch of time, behind what was added before. Samples that are there already are passed over. */
  add(part: readonly StoredSeries[]): Promise<void>;
}

/** The series of one histogram or summary in a stretch of time. */
interface Parts {
  readonly name: StoredName;
  readonly labels: StoredLabels;
  readonly bounded: { readonly bound: number; readonly text: string; readonly at: Cursor }[];
  sum: Cursor | undefined;
  count: readonly StoredSample[] | undefined;
}

/** The value at a time, or `undefined`; asked for in ascending order. */
type Cursor = (seconds: number) => number | undefined;

export function createStore(history: History, { names, dropped, nativeBounds }: StoreOptions): Store {
  const bounds = new Map<string, readonly number[]>();

  const addValues = (name: StoredName, labels: StoredLabels, values: readonly StoredSample[]): void => {
    const series = seriesOf(name, labels, []);
    if (series === undefined) return;
    for (const [seconds, text] of values) {
      const timeMs = later(series, seconds);
      if (timeMs !== undefined) addSample(history, series, { timeMs, value: numberOf(text) });
    }
  };

  const seriesOf = (
    { family, type, help, isUnknown }: StoredName,
    labels: StoredLabels,
    points: readonly number[],
  ): SeenSeries | undefined => {
    const seen = openFamily(history, { name: family, type, isUnknown, help, points });
    return seen && openSeries(seen, labels);
  };

  const addNative = async (
    name: StoredName,
    labels: StoredLabels,
    { histograms = [] }: StoredSeries,
  ): Promise<void> => {
    const points = bounds.get(name.family) ?? (await nativeBounds(name.family));
    bounds.set(name.family, points);
    const series = seriesOf({ ...name, type: 'histogram', isUnknown: false }, labels, points);
    if (series === undefined) return;
    for (const [seconds, histogram] of histograms) {
      const timeMs = later(series, seconds);
      if (timeMs === undefined) continue;
      const { count, sum } = histogram;
      const row = cumulate(histogram, points);
      addSample(history, series, { timeMs, value: numberOf(count), sum: numberOf(sum), row });
    }
  };

  const collect = (
    composites: Map<string, Parts>,
    name: StoredName,
    labels: StoredLabels,
    values: readonly StoredSample[],
  ): void => {
    const own = name.role === 'bucket' ? 'le' : 'quantile';
    const { [own]: text = '', ...rest } = labels;
    const identity = `${name.family}${JSON.stringify(rest)}`;
    const parts = composites.get(identity) ?? {
      name,
      labels: rest,
      bounded: [],
      sum: undefined,
      count: undefined,
    };
    composites.set(identity, parts);
    if (name.role === 'sum') parts.sum = cursorOf(values);
    else if (name.role === 'count') parts.count = values;
    else parts.bounded.push({ bound: parseValue(text) ?? Number.NaN, text, at: cursorOf(values) });
  };

  /** Samples of one scrape have one time, and are one sample again. */
  const assemble = ({ name, labels, bounded, sum, count }: Parts, points: readonly number[]): void => {
    const { family, type, help, isUnknown } = name;
    if (count === undefined) {
      history.notes.add(`${family} has no ${family}_count, and is not learnt`);
      return;
    }
    const seen = openFamily(history, { name: family, type, isUnknown, help, points });
    if (seen === undefined) return;
    const series = openSeries(seen, labels);
    for (const [seconds, text] of count) {
      const buckets: PageBucket[] = [];
      const quantiles: PageQuantile[] = [];
      for (const { bound, text: printed, at } of bounded) {
        const value = at(seconds);
        if (value === undefined) continue;
        if (type === 'histogram') buckets.push({ le: bound, text: printed, count: value });
        else quantiles.push({ quantile: bound, text: printed, value });
      }
      const total = sum?.(seconds);
      const timeMs = later(series, seconds);
      if (timeMs === undefined) continue;
      const value = numberOf(text);
      const row = rowOf(history, seen, { buckets, quantiles, count: value }, () => family) ?? [];
      addSample(history, series, { timeMs, value, sum: total, row });
    }
  };

  return {
    async add(part) {
      const composites = new Map<string, Parts>();
      for (const series of part) {
        const { __name__: stored = '', ...all } = series.metric;
        const name = names.of(stored);
        if (name === undefined) continue;
        const labels = Object.fromEntries(Object.entries(all).filter(([label]) => !dropped.has(label)));
        const { values = [], histograms = [] } = series;
        if (histograms.length > 0) await addNative(name, labels, series);
        else if (name.role === 'value' || name.role === 'native') addValues(name, labels, values);
        else collect(composites, name, labels, values);
      }
      const points = new Map<string, number[]>();
      for (const { name, bounded } of composites.values()) {
        const found = points.get(name.family) ?? [];
        found.push(...bounded.map(({ bound }) => bound).filter(Number.isFinite));
        points.set(name.family, found);
      }
      for (const parts of composites.values()) assemble(parts, points.get(parts.name.family) ?? []);
    },
  };
}

/** The time of a sample in milliseconds if it is behind those that a series has. */
function later({ timesMs }: SeenSeries, seconds: number): number | undefined {
  const timeMs = Math.round(seconds * 1000);
  return timeMs > (timesMs.at(-1) ?? Number.NEGATIVE_INFINITY) ? timeMs : undefined;
}

function cursorOf(values: readonly StoredSample[]): Cursor {
  let next = 0;
  return (seconds) => {
    while ((values[next]?.[0] ?? Number.POSITIVE_INFINITY) < seconds) next++;
    const [at, text] = values[next] ?? [];
    return at === seconds ? numberOf(text as string) : undefined;
  };
}

function numberOf(text: string): number {
  return parseValue(text) ?? Number.NaN;
}

/**
 * Whether both paths show the same: what a receiver got over OTLP for a tick against the page that was scraped at the
 * same tick, series by series and number by number.
 */
import { translate } from '../wire/names.ts';
import type { AttributeValue, DecodedMetric } from '../wire/otlp-decode.ts';
import type { PageFamily } from '../wire/page.ts';
import { parsePage } from '../wire/parse.ts';

export interface ParityOptions {
  /** What the two paths put before the declared names. */
  readonly prefixes: { readonly prometheus: string; readonly otel: string };
  /** What faults spoilt at a tick on either path, in words. */
  readonly spoiltAt?: (tick: number) => string | undefined;
  /** Stored series at the start of the run; above `MAX_STORED_SERIES` nothing is compared, and the report says so. */
  readonly storedSeries: number;
}

/** More would take seconds and hundreds of megabytes a comparison. */
export const MAX_STORED_SERIES = 100_000;

export interface ParityReport {
  readonly state: 'identical' | 'waiting' | 'differing' | 'spoilt';
  /** The tick last compared; -1 before the first. */
  readonly tick: number;
  /** On both paths, or on one of them. */
  readonly series: number;
  readonly samples: number;
  /** Series that are not the same on both. */
  readonly differing: number;
  /** A few of the differences, or why something was not compared, in words. */
  readonly examples: readonly string[];
}

export interface Parity {
  /** Takes what came over OTLP. Points carry the wall time of their tick, by which ticks are told apart. */
  received(metrics: readonly DecodedMetric[]): void;
  /** Takes the page of a tick, text 0.0.4. */
  scraped(tick: number, wallMs: number, text: string): void;
  /** The run has so many stored series from the next tick on. */
  follow(storedSeries: number): void;
  /** Whether nothing is compared, because there are too many series. */
  readonly tooMany: boolean;
  /** Notes why the page of a tick was not had, which the report says as long as nothing has been compared. */
  missed(tick: number, why: string): void;
  /** All that was sent is answered: what has not come for the last page will not come. */
  settle(): void;
  report(): ParityReport;
}

/** The numbers of one series. */
interface Entry {
  /** Of a histogram bounds and cumulative counts in turn, then sum and count; of quantiles quantile and value in turn. */
  readonly numbers: readonly number[];
  /** How many of them are samples. */
  readonly samples: number;
  /** 1, or 0 for the parts of a series that is counted by another one. */
  readonly counts: 0 | 1;
}

/** One path at one tick. Entries by page name and labels. */
interface Side {
  readonly series: Map<string, Entry>;
  /** Apart, because a client may not have them: those of summaries. */
  readonly quantiles: Map<string, Entry>;
}

interface Page extends Side {
  readonly tick: number;
  readonly wallMs: number;
  readonly problems: readonly string[];
}

const MAX_EXAMPLES = 5;

export function createParity({ prefixes, storedSeries, spoiltAt = () => undefined }: ParityOptions): Parity {
  let tooMany = storedSeries > MAX_STORED_SERIES;
  /** By wall time, the last two only. */
  const received = new Map<number, Side>();
  let forgottenMs = Number.NEGATIVE_INFINITY;
  let page: Page | undefined;
  let last = waiting(tooMany ? tooManySeries(storedSeries) : NOTHING_SEEN);

  const compareIf = (isWhole: (page: Page, got: Side) => boolean): void => {
    if (page === undefined) return;
    const got = received.get(page.wallMs) ?? createSide();
    if (!isWhole(page, got)) return;
    last = spoiltReport(page.tick) ?? compare(page, got);
    page = undefined;
  };
  /** Paths that faults spoilt are not the same, and need not be. */
  const spoiltReport = (tick: number): ParityReport | undefined => {
    const faults = spoiltAt(tick);
    return faults === undefined
      ? undefined
      : { ...waiting(`tick ${tick} is spoilt by fault: ${faults}`), state: 'spoilt', tick };
  };
  const compareWhenWhole = (): void => {
    compareIf(({ wallMs, series }, got) => {
      // Frames are sent one after the other: when a later one comes, this one is over.
      const later = Array.from(received.keys()).some((other) => other > wallMs);
      return later || got.series.size >= series.size;
    });
  };

  return {
    received(metrics) {
      if (tooMany) return;
      for (const metric of metrics) addMetric(metric, pageNameOf(metric, prefixes), received);
      const times = Array.from(received.keys()).sort((a, b) => b - a);
      compareWhenWhole();
      for (const old of times.slice(2)) {
        received.delete(old);
        forgottenMs = Math.max(forgottenMs, old);
      }
    },
    scraped(tick, wallMs, text) {
      if (tooMany || wallMs <= forgottenMs) return;
      const spoilt = spoiltReport(tick);
      if (spoilt !== undefined) {
        page = undefined;
        last = spoilt;
        return;
      }
      page = { tick, wallMs, ...readPage(text) };
      compareWhenWhole();
    },
    follow(stored) {
      const before = tooMany;
      tooMany = stored > MAX_STORED_SERIES;
      if (!tooMany && !before) return;
      // What is under way of earlier ticks is let go.
      received.clear();
      page = undefined;
      last = waiting(tooMany ? tooManySeries(stored) : NOTHING_SEEN);
    },
    get tooMany() {
      return tooMany;
    },
    missed(tick, why) {
      if (tooMany) return;
      const spoilt = spoiltReport(tick);
      if (spoilt !== undefined) last = spoilt;
      if (last.state !== 'waiting') return;
      last = { ...last, examples: [`the page of tick ${tick} was not compared: ${why}`] };
    },
    settle() {
      compareIf(() => true);
    },
    report: () => last,
  };
}

const NOTHING_SEEN = 'no tick was seen on both paths yet';

function waiting(why: string): ParityReport {
  return { state: 'waiting', tick: -1, series: 0, samples: 0, differing: 0, examples: [why] };
}

function tooManySeries(stored: number): string {
  return `nothing is compared: ${stored.toLocaleString('en')} stored series are more than ${MAX_STORED_SERIES.toLocaleString('en')}`;
}

function createSide(): Side {
  return { series: new Map(), quantiles: new Map() };
}

/** The name that the page has for a metric: what a backend makes of the OTLP name, with the page's prefix. */
function pageNameOf(metric: DecodedMetric, { prometheus, otel }: ParityOptions['prefixes']): string {
  const { name, unit, type } = metric;
  const declared = name.startsWith(otel) ? name.slice(otel.length) : name;
  return translate({
    name: prometheus + declared,
    unit,
    type,
    monotonic: type === 'sum' && metric.monotonic,
  });
}

function addMetric(metric: DecodedMetric, name: string, received: Map<number, Side>): void {
  const add = (point: DecodedMetric['points'][number], put: (side: Side, labels: string) => void): void => {
    // The end of a series; it says nothing about a value.
    if (point.noRecordedValue) return;
    let side = received.get(point.timeMs);
    if (side === undefined) received.set(point.timeMs, (side = createSide()));
    put(side, labelKey(Array.from(point.attributes, ([label, value]) => [label, textOf(value)])));
  };
  switch (metric.type) {
    case 'gauge':
    case 'sum':
      for (const point of metric.points)
        add(point, ({ series }, labels) => series.set(name + labels, single(point.value)));
      break;
    case 'histogram':
      for (const point of metric.points)
        add(point, ({ series }, labels) => {
          let total = 0;
          const buckets = point.counts.flatMap((count, i) => {
            total += count;
            return [point.bounds[i] ?? Number.POSITIVE_INFINITY, total];
          });
          series.set(name + labels, histogram(buckets, point.sum ?? Number.NaN, point.count));
        });
      break;
    case 'summary':
      for (const point of metric.points)
        add(point, (side, labels) => {
          const quantiles = point.quantiles.flatMap(({ quantile, value }) => [quantile, value]);
          addSummary(side, name, labels, quantiles, point.sum, point.count);
        });
      break;
  }
}

function textOf(value: AttributeValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readPage(text: string): Omit<Page, 'tick' | 'wallMs'> {
  const { families, problems } = parsePage(text, 'text');
  const side = createSide();
  for (const family of families) addPageFamily(family, side);
  return { ...side, problems: problems.map(({ line, message }) => `page, line ${line}: ${message}`) };
}

function addPageFamily({ name, type, points }: PageFamily, side: Side): void {
  for (const { labels, value, buckets, quantiles, sum, count } of points) {
    const key = labelKey(labels.map((label) => [label.name, label.value]));
    if (type === 'histogram') {
      const flat = buckets.flatMap((bucket) => [bucket.le, bucket.count]);
      side.series.set(name + key, histogram(flat, sum ?? Number.NaN, count ?? Number.NaN));
    } else if (type === 'summary') {
      const flat = quantiles.flatMap((entry) => [entry.quantile, entry.value]);
      addSummary(side, name, key, flat, sum ?? Number.NaN, count ?? Number.NaN);
    } else {
      side.series.set(name + key, single(value ?? Number.NaN));
    }
  }
}

function single(value: number, counts: Entry['counts'] = 1): Entry {
  return { numbers: [value], samples: 1, counts };
}

function histogram(buckets: readonly number[], sum: number, count: number): Entry {
  return { numbers: [...buckets, sum, count], samples: buckets.length / 2 + 2, counts: 1 };
}

/** A summary is three things, since a library client sends two of them as metrics of their own. */
function addSummary(
  side: Side,
  name: string,
  labels: string,
  quantiles: readonly number[],
  sum: number,
  count: number,
): void {
  side.series.set(`${name}_sum${labels}`, single(sum, 0));
  side.series.set(`${name}_count${labels}`, single(count));
  side.quantiles.set(name + labels, { numbers: quantiles, samples: quantiles.length / 2, counts: 0 });
}

/** Labels whatever their order; an empty one is none. */
function labelKey(labels: readonly (readonly [name: string, value: string])[]): string {
  const kept = labels.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${kept.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`;
}

function compare(page: Page, got: Side): ParityReport {
  const totals = { series: 0, samples: 0, differing: 0 };
  const examples: string[] = [];
  compareMaps(page.series, got.series, totals, examples);
  const quantilesSent = got.quantiles.size > 0;
  if (quantilesSent) compareMaps(page.quantiles, got.quantiles, totals, examples);
  const left = quantilesSent ? 0 : page.quantiles.size;
  if (left > 0) examples.push(`quantiles of ${left} summaries are not compared: this OTLP client sends none`);
  const same = totals.differing === 0 && page.problems.length === 0;
  return {
    state: same ? 'identical' : 'differing',
    tick: page.tick,
    ...totals,
    examples: [...page.problems, ...examples].slice(0, MAX_EXAMPLES),
  };
}

function compareMaps(
  page: ReadonlyMap<string, Entry>,
  got: ReadonlyMap<string, Entry>,
  totals: { series: number; samples: number; differing: number },
  examples: string[],
): void {
  const differ = (example: string): void => {
    totals.differing++;
    if (examples.length < MAX_EXAMPLES) examples.push(example);
  };
  for (const [key, { numbers, samples, counts }] of page) {
    totals.series += counts;
    totals.samples += samples;
    const other = got.get(key)?.numbers;
    if (other === undefined) differ(`${key}: on the page, not over OTLP`);
    else if (!sameNumbers(numbers, other))
      differ(`${key}: ${numbers.join(' ')} on the page, ${other.join(' ')} over OTLP`);
  }
  for (const [key, { samples, counts }] of got) {
    if (page.has(key)) continue;
    totals.series += counts;
    totals.samples += samples;
    differ(`${key}: over OTLP, not on the page`);
  }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i] || (Number.isNaN(x) && Number.isNaN(b[i])));
}

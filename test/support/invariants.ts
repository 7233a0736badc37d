/** What must be so of any run, tick by tick, whatever is done to it. */
import type { Config } from '../../src/config/schema.ts';
import { behaviourOf, type Metric } from '../../src/config/metric.ts';
import type { EffectStatus } from '../../src/simulation/status.ts';
import type { MemoryFamily, MemoryFrame, MemorySeries } from '../../src/sinks/memory.ts';
import type { DecodedMetric } from '../../src/wire/otlp-decode.ts';
import {
  BIRTHLESS,
  labelKey,
  OPENMETRICS_TYPES,
  OTLP_TYPES,
  pointValues,
  TEXT_TYPES,
  type Detail,
  type Seen,
  type SeenSeries,
} from '../conformance/seen.ts';
import { keyOf, type ExpectedMetric, type ExpectedRun } from './expected-series.ts';
import { MATCHERS } from './random-runs.ts';

// ---- What sinks show, in one shape

/** What must be seen of a frame on a page of a format, or over OTLP. */
export function seenInMemory(frame: MemoryFrame, where: 'text' | 'openmetrics' | 'otlp'): Seen {
  const types: Detail['types'] = { text: TEXT_TYPES, openmetrics: OPENMETRICS_TYPES, otlp: OTLP_TYPES }[
    where
  ];
  return Object.fromEntries(
    frame.families.map((family) => {
      const type = types?.[family.type] ?? family.type;
      const seen = family.series.map(({ labels, birthMs, ...values }): [string, SeenSeries] => {
        const birth = BIRTHLESS.has(type) ? {} : { birthMs };
        const more = where === 'otlp' ? { timeMs: frame.wallMs, ...birth } : {};
        return [keyOf(labels), { ...values, ...more }];
      });
      const { name } = family[where === 'otlp' ? 'otel' : 'prometheus'];
      return [name, { type, help: '', unit: '', series: Object.fromEntries(seen) }];
    }),
  );
}

export interface SeenOverOtlp {
  readonly seen: Seen;
  /** Series that were said to have ended, as `name labels`; one that was told twice is there twice. */
  readonly ended: readonly string[];
}

/** What requests of one tick show. Families without a shown series are told by nothing. */
export function seenOverOtlp(metrics: readonly DecodedMetric[]): SeenOverOtlp {
  const seen: Record<
    string,
    { type: string; help: string; unit: string; series: Record<string, SeenSeries> }
  > = {};
  const ended: string[] = [];
  for (const metric of metrics) {
    const { name } = metric;
    const sum = metric.type === 'sum' && metric.monotonic ? 'counter' : 'up-down counter';
    const type = metric.type === 'sum' ? sum : metric.type;
    for (const point of metric.points) {
      const labels = labelKey(Array.from(point.attributes, ([label, value]) => [label, value as string]));
      if (point.noRecordedValue) {
        ended.push(`${name} ${labels}`);
        continue;
      }
      const { series } = (seen[name] ??= { type, help: '', unit: '', series: {} });
      if (series[labels] !== undefined) throw new Error(`${name} ${labels} came twice in a tick`);
      const birth = type === 'gauge' ? {} : { birthMs: point.startMs };
      series[labels] = { ...pointValues(point), timeMs: point.timeMs, ...birth };
    }
  }
  return { seen, ended };
}

/** Less the families that no series is shown of. */
export function withSeries(seen: Seen): Seen {
  return Object.fromEntries(Object.entries(seen).filter(([, { series }]) => Object.keys(series).length > 0));
}

/** Every series of a frame as `name labels`. */
export function identitiesOf(seen: Seen): Set<string> {
  return new Set(
    Object.entries(seen).flatMap(([name, { series }]) =>
      Object.keys(series).map((labels) => `${name} ${labels}`),
    ),
  );
}

// ---- From one tick to the next

/** What is known of a tick besides what it shows. */
export interface Known {
  readonly config: Config;
  /** At the tick before, at this one, and at the tick before as the configuration of this one has it. */
  readonly expected: { readonly before: ExpectedRun; readonly now: ExpectedRun; readonly asNow: ExpectedRun };
  /** Metrics that were others, or away, on the way from the tick before. */
  readonly replaced: ReadonlySet<string>;
  /** Effects at the tick before, and at this one; none when some may be missing. */
  readonly effects:
    | { readonly before: readonly EffectStatus[]; readonly now: readonly EffectStatus[] }
    | undefined;
}

/** Everything about a tick that nothing explains, in words. */
export function findBreaches(before: MemoryFrame | undefined, now: MemoryFrame, known: Known): string[] {
  const names = (list: readonly { readonly name: string }[]): string =>
    list.map(({ name }) => name).join(', ');
  const { metrics } = known.config;
  if (names(metrics) !== names(now.families))
    return [`tick ${now.tick} shows ${names(now.families)}, and there are ${names(metrics)}`];
  const breaches = now.families.flatMap((family, index) => {
    const old = before?.families.find(({ name }) => name === family.name);
    const entry: Entry = {
      family,
      metric: metrics[index] as Metric,
      before: new Map(old?.series.map((series) => [keyOf(series.labels), series])),
      expected: known.expected.now.get(family.name) as ExpectedMetric,
      goesOn: goesOn(family.name, known),
    };
    return [
      ...family.series.flatMap((series) => breachesWithin(entry, series)),
      ...breachesAmong(entry),
      ...breachesBetween(entry, now, known),
      ...breachesOfPresence(entry, known),
      ...breachesOfFaults(entry, known),
    ];
  });
  return [...breaches, ...breachesOfFollowers(now, known)].map((breach) => `tick ${now.tick}, ${breach}`);
}

/** A family at a tick, and what was shown of it at the tick before. */
interface Entry {
  readonly family: MemoryFamily;
  readonly metric: Metric;
  readonly before: ReadonlyMap<string, MemorySeries>;
  readonly expected: ExpectedMetric;
  /** Whether the series with some labels is the one that was there at the tick before. */
  goesOn(labels: MemorySeries['labels']): boolean;
}

function goesOn(name: string, { expected, replaced }: Known): Entry['goesOn'] {
  const [before, now] = [expected.before.get(name), expected.now.get(name)];
  if (replaced.has(name) || before === undefined || before.identity !== now?.identity) return () => false;
  const asNow = expected.asNow.get(name);
  return (labels) => {
    const key = keyOf(labels);
    return before.series.has(key) && asNow?.series.get(key)?.births === now.series.get(key)?.births;
  };
}

const nameOf = ({ name }: MemoryFamily, { labels }: Pick<MemorySeries, 'labels'>): string =>
  `${name}${keyOf(labels)}`;

function breachesWithin({ family, metric }: Entry, series: MemorySeries): string[] {
  const { buckets, count, value } = series;
  const breaches: string[] = [];
  if (behaviourOf(metric) === 'counter' && !(value !== undefined && value >= 0 && Number.isFinite(value)))
    breaches.push(`is ${value}`);
  if (family.type === 'info' && value !== 1) breaches.push(`is ${value}`);
  if (buckets !== undefined) {
    if (buckets.some(([, upTo], i) => i > 0 && upTo < (buckets[i - 1]?.[1] ?? 0)))
      breaches.push('has buckets that fall');
    if (buckets.at(-1)?.[0] !== Infinity || buckets.at(-1)?.[1] !== count)
      breaches.push(`has count ${count}, and not that in +Inf`);
  }
  return breaches.map((breach) => `${nameOf(family, series)} ${breach}`);
}

/** Of a state set one state of each series is 1, and the others are 0. */
function breachesAmong({ family }: Entry): string[] {
  if (family.type !== 'stateset') return [];
  const active = new Map<string, number>();
  for (const { labels, value = Number.NaN } of family.series) {
    const { [family.name]: _state, ...others } = labels;
    active.set(
      keyOf(others),
      (active.get(keyOf(others)) ?? 0) + (value === 0 || value === 1 ? value : Number.NaN),
    );
  }
  return [...active]
    .filter(([, states]) => states !== 1)
    .map(([labels, states]) => `${family.name}${labels} is in ${states} states`);
}

/** What only grows, bound by bound. */
function totalsOf({ value, buckets, count }: MemorySeries): readonly number[] {
  return buckets === undefined ? [value ?? count ?? 0] : buckets.map(([, upTo]) => upTo);
}

/** Totals fall only in a series that begins, which is shown as nothing and said to be born now; and that has a reason. */
function breachesBetween(
  { family, metric, before, goesOn: isSame }: Entry,
  { wallMs }: MemoryFrame,
  { effects }: Known,
): string[] {
  if (behaviourOf(metric) === 'gauge') return [];
  return family.series.flatMap((series): string[] => {
    const name = nameOf(family, series);
    const earlier = before.get(keyOf(series.labels));
    const isKnown = isSame(series.labels);
    const isHitBy = (list: readonly EffectStatus[] | undefined, what: 'reset' | 'freeze'): boolean =>
      list?.some((effect) => effect[what] && isHit(effect, family, series.labels)) === true;
    if (series.birthMs > wallMs) return [`${name} is born in time to come`];
    if (series.birthMs === wallMs) {
      const shown = [...totalsOf(series), series.sum ?? 0];
      if (shown.some((total) => total !== 0)) return [`${name} is born with ${shown.join(', ')}`];
      return isKnown && effects !== undefined && !isHitBy(effects.now, 'reset')
        ? [`${name} begins anew for no reason`]
        : [];
    }
    if (!isKnown) return [`${name} is another one, and says that it was born at ${series.birthMs}`];
    if (earlier === undefined) return [];
    if (earlier.birthMs !== series.birthMs) {
      // One that began anew beneath a freeze shows so when it is over.
      return effects === undefined || isHitBy(effects.before, 'freeze')
        ? []
        : [`${name} was born at another time than it said`];
    }
    const totals = totalsOf(series);
    return totalsOf(earlier).some((total, i) => total > (totals[i] as number))
      ? [`${name} fell from ${totalsOf(earlier).join(', ')} to ${totals.join(', ')}`]
      : [];
  });
}

function isHit(
  effect: EffectStatus,
  { name }: Pick<MemoryFamily, 'name'>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const matches = MATCHERS[effect.series];
  if (matches === undefined) throw new RangeError(`nothing is known of ${effect.series}`);
  return effect.metrics.includes(name) && matches(labels);
}

/** A series is there unless it is dropped or in a gap; and nothing else is. */
function breachesOfPresence({ family, expected }: Entry, { effects }: Known): string[] {
  const shown = new Map(family.series.map((series) => [keyOf(series.labels), series]));
  const breaches: string[] = [];
  for (const [key, { labels }] of expected.series) {
    const name = nameOf(family, { labels });
    const isDropped = effects?.now.some((effect) => effect.drop && isHit(effect, family, labels));
    if (isDropped === true && shown.has(key)) breaches.push(`${name} is there, although it is dropped`);
    if (isDropped === false && !shown.has(key) && !expected.hasGaps) breaches.push(`${name} is not there`);
    shown.delete(key);
  }
  return [
    ...breaches,
    ...Array.from(shown.keys(), (key) => `${family.name}${key} is there, and is no series`),
  ];
}

/** Gauges are NaN when an effect says so, and what is frozen stands still. */
function breachesOfFaults({ family, metric, before, goesOn: isSame }: Entry, { effects }: Known): string[] {
  if (effects === undefined) return [];
  const mayBeNaN = ['gauge', 'unknown'].includes(family.type) && behaviourOf(metric) === 'gauge';
  return family.series.flatMap((series): string[] => {
    const name = nameOf(family, series);
    const hits = (list: readonly EffectStatus[], what: 'nan' | 'freeze'): boolean =>
      list.some((effect) => effect[what] && isHit(effect, family, series.labels));
    const isNaN = mayBeNaN && hits(effects.now, 'nan');
    if (isNaN !== Number.isNaN(series.value ?? 0))
      return [`${name} is ${series.value}, and should ${isNaN ? '' : 'not '}be NaN`];
    const earlier = before.get(keyOf(series.labels));
    if (isNaN || !hits(effects.now, 'freeze') || !isSame(series.labels) || earlier === undefined) return [];
    // What was NaN goes back to what is frozen beneath.
    if (mayBeNaN && hits(effects.before, 'nan')) return [];
    const [was, is] = [earlier, series].map((one) => JSON.stringify([one.value, totalsOf(one), one.sum]));
    return was === is ? [] : [`${name} is frozen, and went from ${was} to ${is}`];
  });
}

/** What follows from a metric does so at the same tick, series by series, where nothing lies over either. */
function breachesOfFollowers({ families }: MemoryFrame, { config, effects }: Known): string[] {
  if (effects === undefined) return [];
  const breaches: string[] = [];
  for (const metric of config.metrics.filter(({ algorithm }) => algorithm === 'derived')) {
    const [, factor = '', input = '', offset = ''] =
      /^(\d+) \* (\w+) \+ (\d+)$/.exec((metric as unknown as { expression: string }).expression) ?? [];
    const [follower, followed] = [metric.name, input].map((name) =>
      families.find((family) => family.name === name),
    );
    const values = new Map(followed?.series.map(({ labels, value = Number.NaN }) => [keyOf(labels), value]));
    for (const { labels, value } of follower?.series ?? []) {
      const from = values.get(keyOf(labels));
      const isLaidOver = [metric.name, input].some((name) =>
        effects.now.some((effect) => isHit(effect, { name }, labels)),
      );
      if (from === undefined || isLaidOver) continue;
      const wanted = Number(factor) * from + Number(offset);
      if (value !== wanted)
        breaches.push(`${metric.name}${keyOf(labels)} is ${value}, and ${input} is ${from}`);
    }
  }
  return breaches;
}

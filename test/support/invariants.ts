/** What must be so of any run, tick by tick, whatever is done to it. */
import type { EffectStatus } from '../../src/simulation/status.ts';
import type { MemoryFamily, MemoryFrame, MemorySeries } from '../../src/sinks/memory.ts';
import type { DecodedMetric } from '../../src/wire/otlp-decode.ts';
import { labelKey, type Seen, type SeenSeries } from '../conformance/seen.ts';
import { MATCHERS } from './random-runs.ts';

// ---- What sinks show, in one shape

/** What must be seen of a frame. */
export function seenInMemory(frame: MemoryFrame, protocol: 'prometheus' | 'otel'): Seen {
  return Object.fromEntries(
    frame.families.map((family) => [
      family[protocol].name,
      {
        type: family.type,
        help: '',
        unit: '',
        series: Object.fromEntries(
          family.series.map(({ labels, birthMs, ...values }) => [
            labelKey(Object.entries(labels)),
            protocol === 'prometheus'
              ? values
              : { ...values, timeMs: frame.wallMs, ...(family.type === 'gauge' ? {} : { birthMs }) },
          ]),
        ),
      },
    ]),
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
    const type = metric.type === 'sum' && metric.monotonic ? 'counter' : metric.type;
    for (const point of metric.points) {
      const labels = labelKey(Array.from(point.attributes, ([label, value]) => [label, value as string]));
      if (point.noRecordedValue) {
        ended.push(`${name} ${labels}`);
        continue;
      }
      const { series } = (seen[name] ??= { type, help: '', unit: '', series: {} });
      if (series[labels] !== undefined) throw new Error(`${name} ${labels} came twice in a tick`);
      const birth = type === 'gauge' ? {} : { birthMs: point.startMs };
      series[labels] = { ...valuesOf(point), timeMs: point.timeMs, ...birth };
    }
  }
  return { seen, ended };
}

function valuesOf(point: DecodedMetric['points'][number]): SeenSeries {
  if ('value' in point) return { value: point.value };
  const { count, sum = Number.NaN } = point;
  if ('quantiles' in point)
    return { quantiles: point.quantiles.map(({ quantile, value }) => [quantile, value]), count, sum };
  let total = 0;
  const buckets = point.counts.map((inBucket, i): [number, number] => {
    total += inBucket;
    return [point.bounds[i] ?? Infinity, total];
  });
  return { buckets, count, sum };
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
  readonly metrics: readonly {
    readonly name: string;
    readonly profile?: string | undefined;
    readonly algorithm: string;
  }[];
  /** Metrics whose definition is another one since the tick before. */
  readonly changed: ReadonlySet<string>;
  /** Label sets that a family has, whether they are shown or not. */
  readonly labelSets: ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;
  /** Effects at the tick before, and at this one; none when some may be missing. */
  readonly effects:
    | { readonly before: readonly EffectStatus[]; readonly now: readonly EffectStatus[] }
    | undefined;
}

/** Everything about a tick that nothing explains, in words. */
export function findBreaches(before: MemoryFrame | undefined, now: MemoryFrame, known: Known): string[] {
  return now.families.flatMap((family) => {
    const old = before?.families.find(({ name }) => name === family.name);
    const metric = known.metrics.find(({ name }) => name === family.name);
    if (metric === undefined) return [`${family.name} is no metric of the run`];
    const entry: Entry = {
      family,
      before: new Map(old?.series.map((series) => [nameOf(family, series), series])),
      isRestless: metric.profile === 'pods' || metric.algorithm === 'pattern',
      isChanged: known.changed.has(family.name),
    };
    return [
      ...family.series.flatMap((series) => breachesWithin(family, series)),
      ...breachesBetween(entry, now, known),
      ...breachesOfPresence(entry, known),
      ...breachesOfFaults(entry, known),
    ].map((breach) => `tick ${now.tick}, ${breach}`);
  });
}

/** A family at a tick, and what was shown of it at the tick before. */
interface Entry {
  readonly family: MemoryFamily;
  readonly before: ReadonlyMap<string, MemorySeries>;
  /** Series come and go by themselves. */
  readonly isRestless: boolean;
  readonly isChanged: boolean;
}

const nameOf = ({ name }: MemoryFamily, { labels }: MemorySeries): string =>
  `${name}${labelKey(Object.entries(labels))}`;

function breachesWithin(family: MemoryFamily, series: MemorySeries): string[] {
  const { buckets, count, value } = series;
  const breaches: string[] = [];
  if (family.type === 'counter' && !(value !== undefined && value >= 0 && Number.isFinite(value)))
    breaches.push(`is ${value}`);
  if (buckets !== undefined) {
    if (buckets.some(([, upTo], i) => i > 0 && upTo < (buckets[i - 1]?.[1] ?? 0)))
      breaches.push('has buckets that fall');
    if (buckets.at(-1)?.[0] !== Infinity || buckets.at(-1)?.[1] !== count)
      breaches.push(`has count ${count}, and not that in +Inf`);
  }
  return breaches.map((breach) => `${nameOf(family, series)} ${breach}`);
}

/** What only grows, bound by bound. */
function totalsOf({ value, buckets, count }: MemorySeries): readonly number[] {
  return buckets === undefined ? [value ?? count ?? 0] : buckets.map(([, upTo]) => upTo);
}

/** Totals fall only in a series that begins, which is shown as nothing and said to be born now; and that has a reason. */
function breachesBetween(
  { family, before, isRestless, isChanged }: Entry,
  { wallMs }: MemoryFrame,
  { effects }: Known,
): string[] {
  if (family.type === 'gauge') return [];
  return family.series.flatMap((series): string[] => {
    const name = nameOf(family, series);
    const earlier = before.get(name);
    const isBorn = series.birthMs === wallMs;
    const isExplained = isRestless || isChanged || effects === undefined;
    if (series.birthMs > wallMs) return [`${name} is born in time to come`];
    if (isBorn) {
      const shown = [...totalsOf(series), series.sum ?? 0];
      if (shown.some((total) => total !== 0)) return [`${name} is born with ${shown.join(', ')}`];
      const isReset = effects?.now.some((effect) => effect.reset && isHit(effect, family, series.labels));
      if (earlier !== undefined && !isExplained && isReset !== true)
        return [`${name} begins anew for no reason`];
      return [];
    }
    if (earlier === undefined) return [];
    if (earlier.birthMs !== series.birthMs) {
      // One that began anew beneath a freeze shows so when it is over.
      const wasFrozen = effects?.before.some(
        (effect) => effect.freeze && isHit(effect, family, series.labels),
      );
      return isExplained || wasFrozen === true ? [] : [`${name} was born at another time than it said`];
    }
    const totals = totalsOf(series);
    return totalsOf(earlier).some((total, i) => total > (totals[i] as number))
      ? [`${name} fell from ${totalsOf(earlier).join(', ')} to ${totals.join(', ')}`]
      : [];
  });
}

function isHit(
  effect: EffectStatus,
  family: MemoryFamily,
  labels: Readonly<Record<string, string>>,
): boolean {
  const matches = MATCHERS[effect.series];
  if (matches === undefined) throw new RangeError(`nothing is known of ${effect.series}`);
  return effect.metrics.includes(family.name) && matches(labels);
}

/** A series is there unless it is dropped, has turned over or is in a gap; and nothing else is. */
function breachesOfPresence({ family, isRestless }: Entry, { labelSets, effects }: Known): string[] {
  if (effects === undefined) return [];
  const shown = new Set(family.series.map((series) => nameOf(family, series)));
  const breaches: string[] = [];
  for (const labels of labelSets.get(family.name) ?? []) {
    const name = nameOf(family, { labels, birthMs: 0 });
    const isDropped = effects.now.some((effect) => effect.drop && isHit(effect, family, labels));
    if (isDropped && shown.has(name)) breaches.push(`${name} is there, although it is dropped`);
    if (!isDropped && !shown.has(name) && !isRestless) breaches.push(`${name} is not there`);
    shown.delete(name);
  }
  return [...breaches, ...Array.from(shown, (name) => `${name} is there, and is no series`)];
}

/** Gauges are NaN when an effect says so, and what is frozen stands still. */
function breachesOfFaults({ family, before, isChanged }: Entry, { effects }: Known): string[] {
  if (effects === undefined || isChanged) return [];
  return family.series.flatMap((series): string[] => {
    const name = nameOf(family, series);
    const own = effects.now.filter((effect) => isHit(effect, family, series.labels));
    const isFrozen = own.some(({ freeze }) => freeze);
    const isNaN = own.some(({ nan }) => nan) && family.type === 'gauge';
    if (isNaN !== Number.isNaN(series.value ?? 0) && !isFrozen)
      return [`${name} is ${series.value}, and should ${isNaN ? '' : 'not '}be NaN`];
    const earlier = before.get(name);
    if (!isFrozen || isNaN || earlier?.birthMs !== series.birthMs) return [];
    if (Number.isNaN(earlier.value ?? 0)) return [];
    const [was, is] = [earlier, series].map((one) => JSON.stringify([one.value, totalsOf(one), one.sum]));
    return was === is ? [] : [`${name} is frozen, and went from ${was} to ${is}`];
  });
}

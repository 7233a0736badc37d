/** From a configuration to its families: described without building anything, or made. */
import { hasRawObservations } from '../generators/registry.ts';
import type { Profile } from '../labels/fields.ts';
import { createSlotKeys } from '../labels/keys.ts';
import { createLayout } from '../labels/layout.ts';
import { createLabelSpace, productOf, type Axis, type LabelSpace } from '../labels/space.ts';
import { allocateInts, isFilled } from '../series/allocate.ts';
import { storedSeriesPerSlot, type Family, type MetricType, type SlotKeys } from '../series/family.ts';
import { namedKey, type Key } from '../util/key.ts';
import { deriveNames, printsAlike, type Names, type Prefixes } from '../wire/names.ts';
import type { Metric } from './metric.ts';
import type { Config } from './schema.ts';

/** One machine's share of a run: slots floor(index * N / count) to floor((index + 1) * N / count) of each family. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What is known of a family before it is made. Cheap whatever its size. */
export interface FamilyDescription {
  readonly name: string;
  readonly type: MetricType;
  readonly algorithm: string;
  readonly names: Names;
  /** The page prints another name than the declared one behind its prefix. */
  readonly renamed: boolean;
  /** Labels in order with the number of their values. */
  readonly labels: readonly { readonly name: string; readonly count: number }[];
  /** What multiplies to the product: labels, and sets of labels. */
  readonly axes: readonly Axis[];
  /** Label sets without the cap. */
  readonly product: number;
  /** Series, of this shard if there is one. */
  readonly slots: number;
  /** Upper bounds of a histogram without +Inf; empty for other types. */
  readonly bounds: readonly number[];
  /** Quantiles of a summary; empty for other types. */
  readonly quantiles: readonly number[];
  /** Those of its bounds and quantiles whose label is another text when scraped than over OTLP: `1.0` and `1`. */
  readonly differingBounds: readonly number[];
  /** What a backend keeps. */
  readonly storedSeries: number;
}

/** A family with the metric that it is of. */
export interface ConfiguredFamily {
  readonly family: Family;
  readonly metric: Metric;
}

export function describeFamilies(config: Config, shard?: Shard): FamilyDescription[] {
  const prefixes = prefixesOf(config.exporters);
  return config.metrics.map((metric) => describeFamily(metric, profileOf(config, metric), prefixes, shard));
}

/** One family's description; the checks of a configuration need it before there is a whole one. */
export function describeFamily(
  metric: Metric,
  profile: Profile | undefined,
  prefixes: Prefixes,
  shard?: Shard,
): FamilyDescription {
  const { name, type, algorithm } = metric;
  const layout = createLayout(profile, metric);
  const { dimensions, axes = dimensions } = layout;
  const product = productOf(layout);
  const { from, to } = partOf(Math.min(product, profile?.series_cap ?? product), shard);
  const names = deriveNames(metric, prefixes);
  const { bounds, quantiles } = distributionShape(metric);
  return {
    name,
    type,
    algorithm,
    names,
    renamed: names.prometheus.name !== prefixes.prometheus + name,
    labels: dimensions.map((dimension) => ({ name: dimension.name, count: dimension.count })),
    axes,
    product,
    slots: to - from,
    bounds,
    quantiles,
    differingBounds: [...bounds, ...quantiles].filter((bound) => !printsAlike(bound)),
    storedSeries:
      (to - from) *
      storedSeriesPerSlot({
        type,
        bounds: Float64Array.from(bounds),
        quantiles: Float64Array.from(quantiles),
      }),
  };
}

/**
 * Makes the families in file order: label spaces, shared where two families have the same label sets, and keys when
 * they are first asked for; no columns. O(1) a family until then, O(slots) with keys.
 */
export function createFamilies(config: Config, shard?: Shard): ConfiguredFamily[] {
  const prefixes = prefixesOf(config.exporters);
  const spaces = new Map<string, LabelSpace>();
  return config.metrics.map((metric) => {
    const profile = profileOf(config, metric);
    // Labels as declared say all about a space, beside the profile that caps and samples it.
    const identity = JSON.stringify([metric.profile, Object.entries(metric.labels), metric.label_sets]);
    const labels = spaces.get(identity) ?? createFamilySpace(metric, profile, shard);
    spaces.set(identity, labels);
    return { family: createFamily(config, metric, prefixes, labels), metric };
  });
}

function createFamilySpace(
  metric: Metric,
  profile: Profile | undefined,
  shard: Shard | undefined,
): LabelSpace {
  const layout = createLayout(profile, metric);
  const { dimensions, axes = dimensions } = layout;
  const product = productOf(layout);
  const cap = profile?.series_cap;
  return createLabelSpace({
    ...layout,
    cap,
    sampling: profile?.sampling_strategy,
    permutationKey: permutationKey(metric.profile ?? '', axes),
    part: partOf(Math.min(product, cap ?? product), shard),
  });
}

function createFamily(config: Config, metric: Metric, prefixes: Prefixes, labels: LabelSpace): Family {
  const { name, type } = metric;
  const { bounds, quantiles } = distributionShape(metric);
  let keys: SlotKeys | undefined;
  return {
    name,
    type,
    help: metric.help ?? `Generated ${type} metric: ${name}`,
    ...deriveNames(metric, prefixes),
    labels,
    size: labels.size,
    get keys() {
      keys ??= createKeys(namedKey(metric.seed ?? config.global.seed, name), labels);
      return keys;
    },
    bounds: Float64Array.from(bounds),
    quantiles: Float64Array.from(quantiles),
    decimals: metric.decimals,
    rawObservations: isRecordable(metric, config.global.tick_interval_s * 1000),
  };
}

/** In memory that whoever advances the family reads, too; another thread may have worked them out there. */
function createKeys(family: Key, labels: LabelSpace): SlotKeys {
  const keys = { hi: allocateInts(labels.size), lo: allocateInts(labels.size) };
  return isFilled() ? keys : createSlotKeys(family, labels, keys);
}

/** Whether observations can be recorded one by one; a counter or gauge has none that could not. */
function isRecordable(metric: Metric, intervalMs: number): boolean {
  if (metric.type !== 'histogram' && metric.type !== 'summary') return true;
  const { observations_per_s: observationsPerS, arrivals: process, diurnal_amp: amplitude } = metric;
  return hasRawObservations({ observationsPerS, process }, intervalMs, amplitude);
}

/** Families of one profile with the same labels keep the same label sets, whatever their names and seeds. */
function permutationKey(profile: string, axes: readonly Axis[]): string {
  return [profile, ...axes.map(({ name }) => name)].join('\u0000');
}

function partOf(slots: number, shard: Shard = { index: 0, count: 1 }): { from: number; to: number } {
  const { index, count } = shard;
  return { from: Math.floor((index * slots) / count), to: Math.floor(((index + 1) * slots) / count) };
}

function distributionShape(metric: Metric): { bounds: readonly number[]; quantiles: readonly number[] } {
  return {
    bounds: metric.type === 'histogram' ? metric.buckets : [],
    quantiles: metric.type === 'summary' ? metric.quantiles : [],
  };
}

function profileOf(config: Config, metric: Metric): Profile | undefined {
  return metric.profile === undefined ? undefined : config.profiles[metric.profile];
}

export function prefixesOf({ prometheus, otel }: Config['exporters']): Prefixes {
  return { prometheus: prometheus.prefix, otel: otel.prefix };
}

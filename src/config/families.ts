/** From a configuration to its families: described without building anything, or made. */
import { hasRawObservations, lifetimeOf } from '../generators/registry.ts';
import type { Label, Profile } from '../labels/fields.ts';
import { createSlotKeys, refreshSlotKeys, stepSlotKeys, type KnownHashes } from '../labels/keys.ts';
import { appendSets } from '../labels/sets.ts';
import { createLayout } from '../labels/layout.ts';
import { multiplySpace } from '../labels/multiply.ts';
import {
  createLabelSpace,
  listDimension,
  productOf,
  type Axis,
  type Dimension,
  type LabelSpace,
  type Layout,
} from '../labels/space.ts';
import { stepLiveSpace, type TimedChurn } from '../labels/turnover.ts';
import { allocateInts, isFilled } from '../series/allocate.ts';
import { createSharedFactors, type Replication, type SharedFactors } from '../series/factors.ts';
import {
  storedSeriesPerSlot,
  type DeclaredType,
  type Family,
  type SlotKeys,
  type States,
} from '../series/family.ts';
import { namedKey, type Key } from '../util/key.ts';
import { atOnce } from '../util/slices.ts';
import { deriveNames, printsAlike, type Names, type Prefixes } from '../wire/names.ts';
import {
  algorithmTypeOf,
  behaviourOf,
  generatorOf,
  isUnlabelled,
  seriesGeneratorsOf,
  statesOf,
  type Metric,
} from './metric.ts';
import type { Config } from './schema.ts';

/** One machine's share of a run: slots floor(index * N / count) to floor((index + 1) * N / count) of each family. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What is known of a family before it is made. Cheap whatever its size. */
export interface FamilyDescription {
  readonly name: string;
  readonly type: DeclaredType;
  readonly algorithm: string;
  readonly names: Names;
  /** The page prints another name than the declared one behind its prefix. */
  readonly renamed: boolean;
  /** Labels in order with the number of their values. */
  readonly labels: readonly {
    readonly name: string;
    readonly count: number;
    /** Its value follows from those of others, and it does not multiply them. */
    readonly dependent: boolean;
  }[];
  /** The most bytes that names and values of the labels of a series have together. */
  readonly labelBytes: number;
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
  /** By slot: 0 for the metric's own generator, i + 1 for that of `series[i]`; absent when there are no explicit series. */
  readonly generators: Uint32Array | undefined;
  /** Milliseconds between two ticks. */
  readonly intervalMs: number;
  /** Equal for families that have the same label sets in the same order, whatever their configuration. */
  readonly space: string;
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
  const product = productOf(layout) * explosionOf(metric);
  const names = namesOf(metric, prefixes);
  const states = statesIn(metric, prefixes);
  const own = states === undefined ? [] : [{ name: states.label, count: states.names.length }];
  const perSet = states?.names.length ?? 1;
  const slots = slotsOf(metric, profile, shard) * perSet;
  const { bounds, quantiles } = distributionShape(metric);
  return {
    name,
    type,
    algorithm,
    names,
    renamed: names.prometheus.name !== prefixes.prometheus + name,
    labels: [...countLabels(layout, metric), ...own.map((label) => ({ ...label, dependent: false }))],
    get labelBytes() {
      const tellsStates = states === undefined ? [] : [listDimension(states.label, states.names)];
      return longestLabels([...layout.dimensions, ...tellsStates], metric, profile);
    },
    axes: [...axes, ...own],
    product: product * perSet,
    slots,
    bounds,
    quantiles,
    differingBounds: [...bounds, ...quantiles].filter((bound) => !printsAlike(bound)),
    storedSeries:
      slots *
      storedSeriesPerSlot({
        type: behaviourOf(metric),
        bounds: Float64Array.from(bounds),
        quantiles: Float64Array.from(quantiles),
      }),
  };
}

/** Values of a label that are looked at one by one; of more the first and the last are, as ranges have. */
const MAX_VALUES_READ = 100_000;

/** The most bytes that names and values of the labels of a series have together; of every label the longest value counts. */
function longestLabels(
  dimensions: readonly Dimension[],
  { labels: own, series = [], exploded = [] }: Metric,
  profile: Profile | undefined,
): number {
  const lengths = new Map<string, number>();
  const look = (name: string, value: string): void => {
    lengths.set(name, Math.max(lengths.get(name) ?? 0, Buffer.byteLength(value)));
  };
  for (const dimension of dimensions) {
    const { name } = dimension;
    const declared = Object.hasOwn(own, name) ? undefined : profile?.labels[name];
    const isShared = declared !== undefined && declared.template === undefined;
    const length = (isShared ? longestOfShared.get(declared) : undefined) ?? longestValue(dimension);
    if (isShared) longestOfShared.set(declared, length);
    lengths.set(name, length);
  }
  for (const { labels } of series) for (const [name, value] of Object.entries(labels)) look(name, value);
  for (const { label, values } of exploded) look(label, String(values));
  return [...lengths].reduce((sum, [name, length]) => sum + name.length + length, 0);
}

/** Of labels of profiles, which many metrics have. What a template writes depends on other labels, which may be a metric's own. */
const longestOfShared = new WeakMap<Label, number>();

/** Bytes of the longest value of a dimension. */
function longestValue({ count, value }: Dimension): number {
  const step = count > MAX_VALUES_READ ? count - 1 : 1;
  let longest = 0;
  for (let index = 0; index < count; index += step)
    longest = Math.max(longest, Buffer.byteLength(value(index)));
  return longest;
}

/** Labels of the product with the number of their values; explicit series may have further ones. */
function countLabels(
  { dimensions, axes = dimensions }: Layout,
  { series = [], exploded = [] }: Metric,
): FamilyDescription['labels'] {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of series.flatMap(({ labels }) => Object.entries(labels)))
    values.set(name, (values.get(name) ?? new Set()).add(value));
  const free = new Set(axes.map(({ name }) => name));
  const made = dimensions.map(({ name, count }) => ({ name, count, dependent: !free.has(name) }));
  const known = new Set(made.map(({ name }) => name));
  const further = [...values].filter(([name]) => !known.has(name));
  return [
    ...made,
    ...further.map(([name, own]) => ({ name, count: own.size, dependent: true })),
    ...exploded.map(({ label, values: count }) => ({ name: label, count, dependent: false })),
  ];
}

/** How often each series of the file is there. */
function explosionOf({ exploded = [] }: Metric): number {
  return exploded.reduce((product, { values }) => product * values, 1);
}

/** Series, of a shard if there is one. */
function slotsOf(metric: Metric, profile: Profile | undefined, shard: Shard | undefined): number {
  const { made, explicit } = partsOf(metric, profile, productOf(createLayout(profile, metric)), shard);
  return (made.to - made.from + explicit.to - explicit.from) * explosionOf(metric);
}

/**
 * Makes the families in file order: label spaces, shared where two families have the same label sets, and keys when
 * they are first asked for; no columns. O(1) a family until then, O(slots) with keys and where
 * labels turn over.
 */
export function createFamilies(config: Config, shard?: Shard): ConfiguredFamily[] {
  return atOnce(stepFamilies(config, shard));
}

/** The same in steps, beside `known` families, whose spaces are shared, too. */
export function* stepFamilies(
  config: Config,
  shard?: Shard,
  known: Iterable<ConfiguredFamily> = [],
): Generator<void, ConfiguredFamily[]> {
  const prefixes = prefixesOf(config.exporters);
  const spaces = new Map<string, LabelSpace>();
  for (const { space, family } of known) spaces.set(space, family.labels);
  const replications = createReplications(config);
  const made: ConfiguredFamily[] = [];
  for (const metric of config.metrics) {
    const profile = profileOf(config, metric);
    const churns = profile === undefined ? [] : churnsOf(profile);
    const sets = identifySpace(metric, profile);
    const states = statesIn(metric, prefixes);
    const space = states === undefined ? sets : JSON.stringify([sets, states]);
    const labels =
      spaces.get(space) ?? (yield* stepFamilySpace(config, metric, profile, shard, churns, states));
    spaces.set(space, labels);
    const layout = createLayout(profile, metric);
    const replicate = () => replications(layout, labels);
    made.push({
      family: createFamily(config, metric, prefixes, labels, replicate),
      metric,
      space,
      intervalMs: config.global.tick_interval_s * 1000,
      get generators() {
        return metric.series && generatorsOf(metric, profile, labels.size, shard);
      },
    });
    yield;
  }
  return made;
}

/** Which generator each slot has. */
function generatorsOf(
  metric: Metric,
  profile: Profile | undefined,
  size: number,
  shard: Shard | undefined,
): Uint32Array {
  const { explicit } = partsOf(metric, profile, productOf(createLayout(profile, metric)), shard);
  const times = explosionOf(metric);
  const first = size / times - (explicit.to - explicit.from);
  return Uint32Array.from({ length: size }, (_, slot) => {
    const series = Math.floor(slot / times);
    return series < first ? 0 : explicit.from + series - first + 1;
  });
}

/** The churn of the file is there from the start to the end. */
function churnsOf({ churn, churns = [] }: Profile): readonly TimedChurn[] {
  if (churn === undefined) return churns;
  return [{ churn, fromTick: 0, untilTick: Number.POSITIVE_INFINITY }, ...churns];
}

/** Labels as declared say all about a space, beside the profile that names, caps and samples it. */
export function identifySpace(metric: Metric, profile: Profile | undefined): string {
  return JSON.stringify([
    metric.profile,
    profile && { ...profile, labels: Object.entries(profile.labels) },
    Object.entries(metric.labels),
    metric.label_sets,
    metric.series?.map((one) => one.labels),
    metric.exploded,
  ]);
}

/** The space of a metric; its labels turn over where its profile says so and the label is the profile's. */
function* stepFamilySpace(
  { global }: Pick<Config, 'global'>,
  metric: Metric,
  profile: Profile | undefined,
  shard: Shard | undefined,
  churns: readonly TimedChurn[],
  states: StateLabel | undefined,
): Generator<void, LabelSpace> {
  const still = createStillSpace(metric, profile, shard);
  const space =
    states === undefined
      ? still
      : multiplySpace(still, { ...listDimension(states.label, states.names), keyless: true });
  const own = churns.filter(({ churn }) => !Object.hasOwn(metric.labels, churn.label));
  const rampS = profile?.ramp_series;
  if (own.length === 0 && rampS === undefined) return space;
  const each = (states?.names.length ?? 1) * explosionOf(metric);
  const whole = slotsOf(metric, profile, undefined) * (states?.names.length ?? 1);
  const label = own[0]?.churn.label;
  return yield* stepLiveSpace(space, {
    churns: own,
    values: createLayout(profile, metric).dimensions.find(({ name }) => name === label)?.count,
    key: [global.seed, 'churn', metric.profile, label].join('\u0000'),
    intervalMs: global.tick_interval_s * 1000,
    ramp:
      rampS === undefined
        ? undefined
        : { ms: rampS * 1000, first: partOf(whole / each, shard).from * each, of: whole, each },
  });
}

function createStillSpace(
  metric: Metric,
  profile: Profile | undefined,
  shard: Shard | undefined,
): LabelSpace {
  const layout = createLayout(profile, metric);
  const { dimensions, axes = dimensions } = layout;
  const product = productOf(layout);
  const { made, explicit } = partsOf(metric, profile, product, shard);
  const space = createLabelSpace({
    ...layout,
    cap: profile?.series_cap,
    sampling: profile?.sampling_strategy,
    zipfAlpha: profile?.zipf_alpha,
    permutationKey: permutationKey(metric.profile ?? '', axes),
    part: made,
  });
  const sets = metric.series?.map(({ labels }) => labels);
  const listed = sets === undefined ? space : appendSets(space, sets, explicit);
  return (metric.exploded ?? []).reduce(
    (whole, { label, values }) =>
      multiplySpace(whole, { name: label, count: values, value: (index) => String(index + 1) }),
    listed,
  );
}

/** Explicit series, by index, whose label set is one that labels make, too. O(slots) time. */
export function findMadeSeries(metric: Metric, profile: Profile | undefined): number[] {
  const { series = [] } = metric;
  const space = createStillSpace(metric, profile, undefined);
  const { hi, lo } = createSlotKeys({ hi: 0, lo: 0 }, space);
  const first = space.size - series.length;
  const indexes = new Map(series.map((_, index) => [`${hi[first + index]}:${lo[first + index]}`, index]));
  const halves = new Set(hi.subarray(first));
  const found = new Set<number>();
  for (let slot = 0; slot < first; slot++) {
    if (!halves.has(hi[slot] as number)) continue;
    const index = indexes.get(`${hi[slot]}:${lo[slot]}`);
    if (index !== undefined) found.add(index);
  }
  return [...found].sort((a, b) => a - b);
}

/** The parts that a shard has of the label sets that labels make, and of those that are listed behind them. */
function partsOf(
  metric: Metric,
  profile: Profile | undefined,
  product: number,
  shard: Shard | undefined,
): Record<'made' | 'explicit', { readonly from: number; readonly to: number }> {
  const { series = [] } = metric;
  const isListed = series.length > 0 && isUnlabelled(metric);
  const made = isListed ? 0 : Math.min(product, profile?.series_cap ?? product);
  const { from, to } = partOf(made + series.length, shard);
  return {
    made: { from: Math.min(from, made), to: Math.min(to, made) },
    explicit: { from: Math.max(from, made) - made, to: Math.max(to, made) - made },
  };
}

/** Gives each space what its slots are members and replicas of. Spaces with the same replicas share the factors, so each is worked out once. */
function createReplications({
  factors,
  global,
}: Config): (layout: Layout, labels: LabelSpace) => Replication {
  const groups = new Map<string, SharedFactors>();
  const known = new Map<LabelSpace, Replication>();
  return ({ dimensions, axes = dimensions }, labels) => {
    const found = known.get(labels);
    if (found !== undefined) return found;
    const byName = new Map(dimensions.map((dimension) => [dimension.name, dimension]));
    // Labels that are chosen freely tell replicas apart; what hangs on them follows.
    const free = axes.flatMap(({ name }) => byName.get(name) ?? []);
    const space = createLabelSpace({ dimensions: free });
    const identity = JSON.stringify(
      free.map(({ name, count, value }) => [name, count, value(0), value(count - 1)]),
    );
    const hashes: KnownHashes = new Map();
    const shared =
      groups.get(identity) ??
      createSharedFactors({
        model: (name) => factors[name],
        intervalMs: global.tick_interval_s * 1000,
        replicas: space.size,
        keys: (name) =>
          createSlotKeys(
            namedKey(global.seed, name === undefined ? 'courses of factors' : `factor ${name}`),
            space,
            undefined,
            hashes,
          ),
      });
    groups.set(identity, shared);
    const members = new Uint32Array(labels.size);
    const replicas = new Uint32Array(labels.size);
    let member = 0;
    let first = 0;
    for (let slot = 0; slot < labels.size; slot++) {
      const index = labels.index?.(slot) ?? 0;
      // Neighbours have the same member for the most part.
      if (index < first || index >= first + space.size) {
        member = Math.floor(index / space.size);
        first = member * space.size;
      }
      members[slot] = member;
      replicas[slot] = index - first;
    }
    const replication = { members, replicas, factors: shared };
    known.set(labels, replication);
    return replication;
  };
}

function createFamily(
  config: Config,
  metric: Metric,
  prefixes: Prefixes,
  labels: LabelSpace,
  replicate: () => Replication,
): Family {
  const { name, type } = metric;
  const names = namesOf(metric, prefixes);
  const states = statesIn(metric, prefixes);
  const behaviour = behaviourOf(metric);
  const { bounds, quantiles } = distributionShape(metric);
  const intervalMs = config.global.tick_interval_s * 1000;
  const key = namedKey(metric.seed ?? config.global.seed, name);
  let keys: SlotKeys | undefined;
  return {
    name,
    type: behaviour,
    declared: type === behaviour ? undefined : type,
    key,
    help: metric.help ?? `Generated ${type} metric: ${name}`,
    ...names,
    labels,
    size: labels.size,
    get keys() {
      keys ??= createKeys(key, labels);
      return keys;
    },
    get replication() {
      return replicate();
    },
    bounds: Float64Array.from(bounds),
    quantiles: Float64Array.from(quantiles),
    decimals: metric.decimals,
    rawObservations: isRecordable(metric, intervalMs),
    hasGaps: lifetimeOf(algorithmTypeOf(metric), {
      algorithm: metric.algorithm,
      options: generatorOf(metric).options,
      intervalMs,
      own: { generators: seriesGeneratorsOf(metric), of: [] },
    }).hasGaps,
    states: states && { ...states, of: (slot) => slot % states.names.length },
  };
}

/** Fills the keys of families that were made in memory which somebody else fills (`withBuffers`), in steps. */
export function* fillKeys(configured: readonly ConfiguredFamily[]): Generator<void> {
  const hashes: KnownHashes = new Map();
  for (const { family } of configured)
    if (family.key !== undefined) yield* stepSlotKeys(family.key, family.labels, family.keys, hashes);
}

/** In memory that whoever advances the family reads, too. */
function createKeys(family: Key, labels: LabelSpace): SlotKeys {
  const keys = { hi: allocateInts(labels.size), lo: allocateInts(labels.size) };
  if (!isFilled()) createSlotKeys(family, labels, keys);
  if (labels.turnover === undefined) return keys;
  return { ...keys, refresh: (slots) => refreshSlotKeys(family, labels, keys, slots) };
}

/** Whether observations can be recorded one by one; a counter or gauge has none that could not. */
function isRecordable(metric: Metric, intervalMs: number): boolean {
  if (metric.type !== 'histogram' && metric.type !== 'summary') return true;
  const { definition } = generatorOf(metric);
  // Its arrivals are its own, and may be any number.
  if (definition.kind === 'distribution' && definition.arrivals !== undefined) return false;
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

type StateLabel = Pick<States, 'label' | 'names'>;

/** The label of a state set, with its values. */
function statesIn(metric: Metric, prefixes: Prefixes): StateLabel | undefined {
  const names = statesOf(metric);
  return names && { label: namesOf(metric, prefixes).prometheus.name, names };
}

function namesOf({ name, type, unit = '' }: Metric, prefixes: Prefixes): Names {
  return deriveNames({ name, type, unit }, prefixes);
}

function profileOf(config: Config, metric: Metric): Profile | undefined {
  return metric.profile === undefined ? undefined : config.profiles[metric.profile];
}

export function prefixesOf({ prometheus, otel }: Config['exporters']): Prefixes {
  return { prometheus: prometheus.prefix, otel: otel.prefix };
}

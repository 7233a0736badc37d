/**
 * The contract of generators and distributions. A plug-in is one file that owns its name, options and defaults,
 * and one line in builtin.ts; validation, `--help`, the JSON Schema and the conformance suite follow from the list.
 *
 * Who calls: a driver (drivers/), once a slice of slots and tick, never concurrently on one thread. Slices of one
 * tick may run on several threads, in any order, so nothing may pass from slot to slot except through the state
 * columns at the slot's own index. Draws come from `batch.rng` after a `seek` to the slot's own key and the tick.
 */
import type { z } from 'zod';
import type { AlgorithmType } from '../series/family.ts';
import type { Replication } from '../series/factors.ts';
import type { Factor, Mix } from '../series/modulation.ts';
import type { Rng } from '../util/rng.ts';

export { factorAt, type Mix } from '../series/modulation.ts';

/** Named state columns, full precision, one entry a slot. Kept when a generator is replaced by one with the same names. */
export type State = Readonly<Record<string, Float64Array>>;

/** The cells of one tick and one slice of slots. Reused from call to call: borrow, do not keep. */
export interface Batch {
  /** Index k of the tick; 0 is birth. */
  tick: number;
  /** Model time t_k in milliseconds since the Unix epoch. */
  modelMs: number;
  /** Seconds from t_{k-1} to t_k; 0 at birth, when no time has passed. */
  intervalS: number;
  /** Slots `from <= slot < to`. */
  from: number;
  to: number;
  readonly keysHi: Int32Array;
  readonly keysLo: Int32Array;
  readonly rng: Rng;
  readonly state: State;
  /**
   * Which label set and replica each slot is, and the shared factors: N(0, 1) values for (seed, factor name, replica labels,
   * tick), whatever series read them, worked out once a replica and tick on each thread. Any tick may be asked for, a later one
   * too. `undefined` for a family outside a configuration, which has one label set and no factors.
   */
  readonly replication: Replication | undefined;
}

/** Numbers for counters (increments) and gauges (levels). */
export interface ScalarGenerator {
  /** Names of the state columns it needs, whatever its options. */
  readonly state: readonly string[];
  /** Counters: increments may be fractions, so that the driver adds them with compensation and totals do not drift. */
  readonly fractional?: boolean;
  /** Whether a slot may have no value at a tick: NaN in `out`, and its series is absent then. */
  readonly absent?: boolean;
  /** Ticks after birth from which on a slot has no value any more. Absent: it always has one. */
  readonly lifetime?: number;
  /** Gauges: bounds of the level, to which the driver holds it again after the diurnal cycle. */
  readonly clamp?: readonly [min: number, max: number] | undefined;
  /** Sets the state of a slice at birth. Draws belong to the slot's key and the tick of birth. Absent: nothing to set. */
  start?(batch: Batch): void;
  /** Counters: writes totals at tick 0 to `out[s - batch.from]`, where they are not 0. Asked for after `start`, at tick 0 only. */
  total?(batch: Batch, out: Float64Array): void;
  /**
   * Writes slot `s` to `out[s - batch.from]`: for a counter the increment over (t_{k-1}, t_k] at `rate` times its own
   * rate, never negative; for a gauge the level at t_k before any modulation (rate is 1). At birth a gauge's
   * is asked for after `start`, a counter's is not asked for. NaN is a series that is absent (`absent`).
   */
  fill(batch: Batch, out: Float64Array, rate: Factor): void;
}

/** What one observation may be. All observations are >= 0: sums of histograms and summaries are counters. */
export interface Distribution {
  /** One observation. Takes as many draws as it likes from a stream that is already sought. */
  sample(rng: Rng): number;
  /** P(X <= x). */
  cdf(x: number): number;
  /** The x with cdf(x) = p, for 0 < p < 1: tails of bulk draws and the span of summary sketches. */
  quantile(p: number): number;
  /**
   * Mean and variance of X given lo < X <= hi, to draw a sum of many at once; `undefined` where the variance is
   * infinite or the interval has no mass, and then observations are drawn one by one.
   */
  moments(lo: number, hi: number): { mean: number; variance: number } | undefined;
  /** One observation given lo < X <= hi, where that is cheaper than through the quantile. */
  between?(rng: Rng, lo: number, hi: number): number;
  /** Where its options follow patterns; the rest is then what it is at their first tick. Made by following.ts. */
  readonly course?: Course;
}

/** How a distribution changes with the age of a series. */
export interface Course {
  /** What it is at a tick of the patterns, 0 being the first after birth; the same object while it stays the same. */
  at(since: number): Distribution;
  /** What it is at all ends of what its options come to. */
  readonly extremes: readonly Distribution[];
}

/** What a definition may need beyond its own options when it is made. */
export interface GeneratorContext {
  readonly type: AlgorithmType;
  /** Milliseconds between two ticks. */
  readonly intervalMs: number;
  /** What the families that the definition's `inputs` names show, a number a slot; those of a tick are there before it is asked. */
  readonly inputs?: ReadonlyMap<string, ArrayLike<number>> | undefined;
  /** State sets: the index of the state that a slot is of. */
  readonly stateOf?: ((slot: number) => number) | undefined;
}

/** How options tell situations apart. */
export interface Situated<Options> {
  /** Names of situations, the one that a run begins in first. */
  names(options: Options): readonly string[];
  /** Options in a mix of situations, for generators with the same state. At least one share is above 0. */
  mix(options: Options, mix: Mix): Options;
}

interface DefinitionBase<Name extends string, Options extends z.ZodObject> {
  /** `algorithm` in the file. */
  readonly name: Name;
  /** One sentence for help, schema and docs. */
  readonly summary: string;
  /** The types it serves; the first algorithm in builtin.ts that serves a type is its default. */
  readonly types: readonly AlgorithmType[];
  /** A strict object of its options, with a description and a default each; cross-checks included. */
  readonly options: Options;
  /** Options that draw every behaviour out, for the conformance suite. At least one. */
  readonly examples: readonly z.input<Options>[];
  /** Absent where options know one situation alone. */
  readonly situated?: Situated<z.output<Options>>;
}

export interface ScalarDefinition<
  Name extends string = string,
  Options extends z.ZodObject = z.ZodObject,
> extends DefinitionBase<Name, Options> {
  readonly kind: 'scalar';
  /**
   * Counters: increments are whole numbers that depend on key, tick and rate of a cell alone, so anybody can work them out, and a
   * share of them can be moved to another series.
   */
  readonly countsEvents?: boolean;
  /** Names of counters or gauges that its numbers follow from. They have the same label space, and are advanced before it. */
  inputs?(options: z.output<Options>): readonly string[];
  create(options: z.output<Options>, context: GeneratorContext): ScalarGenerator;
}

export interface DistributionDefinition<
  Name extends string = string,
  Options extends z.ZodObject = z.ZodObject,
> extends DefinitionBase<Name, Options> {
  readonly kind: 'distribution';
  create(options: z.output<Options>, context: GeneratorContext): Distribution;
  /** Options for each explicit label set, where they have distributions of their own; the last one serves all further ones. */
  members?(options: z.output<Options>): z.output<Options>[];
  /** Its own arrivals, as increments of a counter, in place of `observations_per_s`. */
  arrivals?(options: z.output<Options>): ScalarGenerator;
}

export type GeneratorDefinition = ScalarDefinition | DistributionDefinition;

/** Declares a scalar generator; only there for its types. */
export function defineScalar<Name extends string, Options extends z.ZodObject>(
  definition: Omit<ScalarDefinition<Name, Options>, 'kind'>,
): ScalarDefinition<Name, Options> {
  return { kind: 'scalar', ...definition };
}

/** Declares a distribution of observations; serves histograms and summaries alike. */
export function defineDistribution<Name extends string, Options extends z.ZodObject>(
  definition: Omit<DistributionDefinition<Name, Options>, 'kind' | 'types'>,
): DistributionDefinition<Name, Options> {
  return { kind: 'distribution', types: ['histogram', 'summary'], ...definition };
}

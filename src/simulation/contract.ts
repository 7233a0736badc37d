/** What the API, the commands and library users hold in their hands. */
import type { Config } from '../config/schema.ts';
import type { Shape } from '../engine/ramp.ts';
import type { Stats } from '../engine/stats.ts';
import type { Family } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import type { EffectStatus, Health, SpikeStatus, Status } from './status.ts';

export { SHAPES } from '../engine/ramp.ts';
export { TICK_DURATION_BOUNDS } from '../engine/stats.ts';

export interface SpikeRequest {
  /** Name of the family, as in the file. */
  readonly metric: string;
  /** More than 0. Counter: times its rate; gauge: times its level; histogram, summary: times each observation. */
  readonly multiplier: number;
  /** More than 0; rounded up to whole ticks, at least one. */
  readonly durationS: number;
}

/** What an effect changes, of which series, and when. */
export interface EffectRequest {
  /** Names the effect: one by the same id is replaced. Default: `effect-1`, `effect-2`, ... */
  readonly id?: string | undefined;
  /** Names of families as in the file, or patterns with `*` and `?`. */
  readonly metrics: readonly string[];
  /** Label matchers in PromQL's syntax, `{region="eu-west-1",status=~"5.."}`; none takes every series. */
  readonly series?: string | undefined;
  /** Multiplies arrivals and increments. From 0. */
  readonly rate?: number | undefined;
  /** Levels and observations become `x * scale + offset`. */
  readonly value?: { readonly scale?: number | undefined; readonly offset?: number | undefined } | undefined;
  /** First tick: its number, or the model time that it is not before. Default: the next one. */
  readonly at?: number | string | undefined;
  /** More than 0, ramps included; rounded up to whole ticks. None lasts until it is cancelled. */
  readonly durationS?: number | undefined;
  readonly rampUpS?: number | undefined;
  readonly rampDownS?: number | undefined;
  /** How ramps go. Default: `linear` with ramps, else `step`. */
  readonly shape?: Shape | undefined;
}

export interface Simulation {
  readonly config: Config;
  readonly families: readonly Family[];
  /** The engine's counters, for self-metrics. */
  readonly stats: Stats;
  /** Starts sinks, runs ticks until the last one or `stop`, delivers what is left. Rejects when the run fails. */
  run(): Promise<void>;
  /** Finishes the tick under way and ends. */
  stop(): void;
  /** Starts with the next tick. Throws `metric_not_found` with the list, `invalid_spike`, or `not_running` when there is none. */
  spike(request: SpikeRequest): Promise<SpikeStatus>;
  /** Ends a spike with the next tick. Throws `spike_not_found`, or `not_running` when there is none. */
  cancelSpike(id: string): Promise<SpikeStatus>;
  /**
   * Takes an effect, or replaces the one with its id; the same request again changes nothing. Throws `metric_not_found`,
   * `no_series`, `invalid_matcher`, `invalid_effect`, `effect_id_reserved`, `tick_past`, or `not_running`.
   */
  setEffect(request: EffectRequest): Promise<EffectAnswer>;
  /** Ends an effect with the next tick. Throws `effect_not_found`, or `not_running` when there is none. */
  cancelEffect(id: string): Promise<EffectStatus>;
  /** An effect that is not over. Throws `effect_not_found`. */
  effect(id: string): EffectStatus;
  status(): Status;
  health(): Health;
  /** Whether the first tick is done and sinks are open. */
  ready(): boolean;
  /** The start-up lines: what, where, how many series, which client and why, renames, what was left out. */
  describe(): readonly string[];
  /** Runs between two ticks with the last whole frame; the next tick waits, so copy and return. */
  read<T>(use: (frame: Frame) => T | Promise<T>): Promise<T>;
  /** By family, for self-metrics. */
  counters(): Counters;
}

/** What became of a request for an effect: `unchanged` when the same one was there already. */
export interface EffectAnswer {
  readonly outcome: 'created' | 'replaced' | 'unchanged';
  readonly effect: EffectStatus;
}

export interface Counters {
  /** Values shown so far, one a series and tick. */
  readonly points: ReadonlyMap<string, number>;
  /** Series shown at the last tick; none before the first. */
  readonly series: ReadonlyMap<string, number>;
}

/** What the API, the commands and library users hold in their hands. */
import type { MetricEdit } from '../config/edit.ts';
import type { Config } from '../config/schema.ts';
import type { EffectRequest } from '../control/effect.ts';
import type { FaultRequest } from '../control/fault.ts';
import type { SpikeRequest } from '../control/spike.ts';
import type { Stats } from '../engine/stats.ts';
import type { Family } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import type { Action, AnswerTo } from './actions.ts';
import type { ChurnStatus } from './churns.ts';
import type { ExplosionStatus } from './explosions.ts';
import type { Edited, ReloadRequest } from './reconfigure.ts';
import type { ConfigReport } from './report.ts';
import type { FaultAnswer, FaultStatus } from './faults.ts';
import type { ScenarioStatus } from './scenarios.ts';
import type { EffectAnswer, EffectStatus, Health, SpikeStatus, Status } from './status.ts';

export { FAULT_KINDS } from '../sinks/shared/faults.ts';
export { SHAPES } from '../engine/ramp.ts';
export { TICK_DURATION_BOUNDS } from '../engine/stats.ts';

export interface Simulation {
  readonly config: Config;
  readonly families: readonly Family[];
  /** The engine's counters, for self-metrics. */
  readonly stats: Stats;
  /** Starts sinks, runs ticks until the last one or `stop`, delivers what is left. Rejects when the run fails. */
  run(): Promise<void>;
  /** Finishes the tick under way and ends. */
  stop(): void;
  /**
   * Takes an action between two ticks, from the next one on; the methods below are actions, too. Throws what the kind of
   * action throws, or `not_running` when there is no next tick.
   */
  act<A extends Action>(action: A): Promise<AnswerTo<A>>;
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
  /**
   * Takes a fault of scrapes or pushes, or replaces the one with its id; the same request again changes nothing. Throws
   * `fault_without_exporter`, `invalid_fault`, `tick_past`, or `not_running`.
   */
  setFault(request: FaultRequest): Promise<FaultAnswer>;
  /** Ends a fault with the next tick. Throws `fault_not_found`, or `not_running` when there is none. */
  cancelFault(id: string): Promise<FaultStatus>;
  /** A fault that is not over. Throws `fault_not_found`. */
  fault(id: string): FaultStatus;
  /** An explosion that is not over. Throws `explosion_not_found`. */
  explosion(id: string): ExplosionStatus;
  /** A churn that is not over and not one of the file. Throws `churn_not_found`. */
  churn(id: string): ChurnStatus;
  /** Scenarios of the file, in its order. */
  scenarios(): readonly ScenarioStatus[];
  /**
   * Reads the file again and goes on with what it says from the next tick on, or from `at`, for which it waits; with `dryRun` it only
   * tells what would change. Throws a ConfigError with every mistake, `reload_refused` for what cannot change while it runs,
   * `client_cannot_express`, `no_file`, `tick_past`, `invalid_reload`, or `not_running`. Then nothing has changed.
   */
  reload(options?: ReloadRequest): Promise<ConfigReport>;
  /**
   * Changes a single metric from the next tick on. Throws a ConfigError whose paths begin in the definition that was given,
   * `metric_exists`, `metric_not_found`, `last_metric`, `series_exists`, `series_not_found`, `last_series`, `client_cannot_express`,
   * `state_not_saved`, or `not_running`. Then nothing has changed.
   */
  editMetrics(edit: MetricEdit): Promise<Edited>;
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

export interface Counters {
  /** Values shown so far, one a tick and series that is there. */
  readonly points: ReadonlyMap<string, number>;
  /** Series shown at the last tick; none before the first. */
  readonly series: ReadonlyMap<string, number>;
  /** Requests that faults spoilt so far, by kind of fault. */
  readonly faults: ReadonlyMap<string, number>;
}

/** What a running simulation says of itself: the shape of `GET /status`, and where health checks look. */
import type { Config } from '../config/schema.ts';
import type { ErrorRate } from '../control/effect.ts';
import type { Engine, Phase } from '../engine/engine.ts';
import type { Shape } from '../engine/ramp.ts';
import { storedSeriesOf, type Family } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import type { Account, Scrapes } from '../sinks/sink.ts';
import type { ParityReport } from '../verify/parity.ts';
import type { ChurnStatus } from './churns.ts';
import type { FaultStatus } from './faults.ts';
import type { Destination } from './destinations.ts';
import type { ExplosionStatus } from './explosions.ts';
import type { Tally } from './tally.ts';

/** A spike that is not over yet. */
export interface SpikeStatus {
  readonly id: string;
  readonly metric: string;
  readonly multiplier: number;
  /** First tick changed, and first no longer changed. */
  readonly from_tick: number;
  readonly until_tick: number;
  readonly duration_s: number;
  /** Seconds of model time still to come. */
  readonly remaining_seconds: number;
}

/** An effect that is not over yet. */
export interface EffectStatus {
  readonly id: string;
  /** Those that it changes. */
  readonly metrics: readonly string[];
  /** Label matchers; empty for none. */
  readonly series: string;
  /** At full strength. */
  readonly rate: number;
  readonly value: { readonly scale: number; readonly offset: number };
  /** At full strength, numeric options of the algorithm become `x * scale + add`: scale is 0 where a number takes their place. */
  readonly params: Readonly<Record<string, { readonly scale: number; readonly add: number }>>;
  readonly error_rate: ErrorRate | null;
  /** At full strength; null where it leads to none. */
  readonly situation: string | null;
  readonly freeze: boolean;
  readonly nan: boolean;
  readonly drop: boolean;
  readonly reset: boolean;
  /** In whole ticks, ramps included; null until it is cancelled. */
  readonly duration_s: number | null;
  readonly ramp_up_s: number;
  readonly ramp_down_s: number;
  readonly shape: Shape;
  /** First tick changed, and first no longer changed; null without an end. */
  readonly from_tick: number;
  readonly until_tick: number | null;
  /** Seconds of model time still to come; null without an end. */
  readonly remaining_seconds: number | null;
  /** At the tick last done: from 0, not there, to 1, in full. */
  readonly strength: number;
  /** How many series of each metric it changes. */
  readonly targets: readonly { readonly metric: string; readonly series: number; readonly of: number }[];
}

/** What became of a request for an effect: `unchanged` when the same one was there already. */
export interface EffectAnswer {
  readonly outcome: 'created' | 'replaced' | 'unchanged';
  readonly effect: EffectStatus;
}

/** Whether what a scrape shows and what the embedded receiver got are the same. */
export type ParityStatus = ParityReport;

/** One destination. */
export interface ExporterStatus {
  readonly name: string;
  readonly protocol: 'prometheus' | 'otel' | 'none';
  readonly client: 'library' | 'direct';
  /** Why this client: asked for, or what `auto` found. */
  readonly why: string;
  readonly description: string;
  readonly queue_depth: number;
  readonly points:
    | Pick<Account, 'accepted' | 'rejected' | 'lost' | 'unknown' | 'pending' | 'duplicates'>
    | undefined;
  readonly reasons: Readonly<Record<string, number>>;
  /** Pages served; only of an exporter that is asked. */
  readonly scrapes: Scrapes | undefined;
  readonly last_error: { readonly message: string; readonly at: string } | undefined;
}

export interface Status {
  readonly state: Phase;
  readonly uptime_seconds: number;
  /** The tick last done; -1 before birth. */
  readonly tick: number;
  readonly tick_count: number;
  readonly model_time: string | undefined;
  readonly active_metrics: number;
  readonly available_metrics: readonly string[];
  /** Series that the last tick shows, and what a backend keeps of them; before the first tick those that there can be. */
  readonly total_series: number;
  readonly stored_series: number;
  readonly active_spikes: readonly SpikeStatus[];
  /** Spikes included. */
  readonly active_effects: readonly EffectStatus[];
  readonly active_scenarios: readonly string[];
  /** Of scrapes and pushes. */
  readonly active_faults: readonly FaultStatus[];
  readonly active_explosions: readonly ExplosionStatus[];
  /** Those of the file are not among them. */
  readonly active_churn: readonly ChurnStatus[];
  readonly lateness: {
    readonly last_seconds: number;
    readonly max_seconds: number;
    readonly late_ticks: number;
    readonly skipped_ticks: number;
    readonly last_tick_seconds: number;
    /** Ticks begin on time. When false, the generator is the bottleneck. */
    readonly on_time: boolean;
  };
  readonly exporters: readonly ExporterStatus[];
  readonly parity: ParityStatus | undefined;
  readonly config: {
    readonly file: string | undefined;
    readonly tick_interval_s: number;
    readonly seed: number;
  };
}

/** Whether the engine is alive and no later than three intervals. */
export interface Health {
  readonly healthy: boolean;
  readonly reason: string;
}

const MAX_OVERDUE_INTERVALS = 3;

export function healthOf(engine: Engine, intervalMs: number): Health {
  const { phase } = engine;
  if (phase === 'failed')
    return { healthy: false, reason: `the run failed: ${engine.failure?.message ?? 'unknown'}` };
  if (phase === 'stopped') return { healthy: false, reason: 'the run has ended' };
  const overdueMs = engine.overdueMs();
  if (overdueMs > MAX_OVERDUE_INTERVALS * intervalMs) {
    return { healthy: false, reason: `the next tick is ${(overdueMs / 1000).toFixed(1)} s overdue` };
  }
  return { healthy: true, reason: phase };
}

/** What a status is put together from. */
export interface StatusSources {
  readonly config: Config;
  readonly file: string | undefined;
  readonly families: readonly Family[];
  readonly shown: Tally['totals'];
  readonly destinations: readonly Destination[];
  readonly engine: Engine;
  readonly frame: Frame;
  readonly spikes: readonly SpikeStatus[];
  readonly effects: readonly EffectStatus[];
  readonly faults: readonly FaultStatus[];
  readonly scenarios: readonly string[];
  readonly explosions: readonly ExplosionStatus[];
  readonly churns: readonly ChurnStatus[];
  readonly parity: ParityStatus | undefined;
  readonly uptimeMs: number;
}

export function statusOf(sources: StatusSources): Status {
  const { config, families, shown, engine, frame } = sources;
  const { stats } = engine;
  const intervalMs = config.global.tick_interval_s * 1000;
  return {
    state: engine.phase,
    uptime_seconds: sources.uptimeMs / 1000,
    tick: frame.tick,
    tick_count: stats.ticks,
    model_time: frame.tick < 0 ? undefined : new Date(frame.modelMs).toISOString(),
    active_metrics: families.length,
    available_metrics: families.map(({ name }) => name),
    total_series: shown?.series ?? families.reduce((total, { size }) => total + size, 0),
    stored_series: shown?.stored ?? storedSeriesOf(families),
    active_spikes: sources.spikes,
    active_effects: sources.effects,
    active_scenarios: sources.scenarios,
    active_faults: sources.faults,
    active_explosions: sources.explosions,
    active_churn: sources.churns,
    lateness: {
      last_seconds: stats.lastLateMs / 1000,
      max_seconds: stats.maxLateMs / 1000,
      late_ticks: stats.lateTicks,
      skipped_ticks: stats.skippedTicks,
      last_tick_seconds: stats.lastTickMs / 1000,
      on_time: stats.lastLateMs < intervalMs && engine.overdueMs() < intervalMs,
    },
    exporters: sources.destinations.map(exporterStatus),
    parity: sources.parity,
    config: { file: sources.file, tick_interval_s: config.global.tick_interval_s, seed: config.global.seed },
  };
}

export function exporterStatus({ definition, why, sink }: Destination): ExporterStatus {
  const account = sink.account?.();
  return {
    name: sink.name,
    protocol: definition.protocol,
    client: definition.client,
    why,
    description: sink.describe(),
    queue_depth: account?.queueDepth ?? 0,
    points: account && {
      accepted: account.accepted,
      rejected: account.rejected,
      lost: account.lost,
      unknown: account.unknown,
      pending: account.pending,
      duplicates: account.duplicates,
    },
    reasons: account?.reasons ?? {},
    scrapes: sink.scrapes?.(),
    last_error: account?.lastError && {
      message: account.lastError.message,
      at: new Date(account.lastError.atMs).toISOString(),
    },
  };
}

/** What a running simulation says of itself: the shape of `GET /status`, and where health checks look. */
import type { Engine, Phase } from '../engine/engine.ts';
import type { Account } from '../sinks/sink.ts';

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

/** Whether what a scrape shows and what the embedded receiver got are the same. */
export interface ParityStatus {
  readonly state: 'identical' | 'waiting' | 'differing';
  /** The tick last compared; -1 while waiting. */
  readonly tick: number;
  readonly series: number;
  readonly samples: number;
  readonly differing: number;
  /** Up to a few of the differences, or why nothing was compared, in words. */
  readonly examples: readonly string[];
}

/** One destination. */
export interface ExporterStatus {
  readonly name: string;
  readonly protocol: 'prometheus' | 'otel' | 'none';
  readonly client: 'library' | 'direct';
  /** Why this client: asked for, or what `auto` found. */
  readonly why: string;
  readonly description: string;
  readonly queue_depth: number;
  readonly points: Pick<Account, 'accepted' | 'rejected' | 'lost' | 'unknown' | 'pending'> | undefined;
  readonly reasons: Readonly<Record<string, number>>;
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
  readonly total_series: number;
  readonly stored_series: number;
  readonly active_spikes: readonly SpikeStatus[];
  readonly active_scenarios: readonly string[];
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

/** What the engine knows of itself: for `/status`, self-metrics and the end-of-run lines. */

/** Upper bounds in seconds of the tick duration histogram (`gen_tick_duration_seconds`). */
export const TICK_DURATION_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] as const;

export interface Stats {
  /** Ticks done, birth not counted. */
  ticks: number;
  /** Time from the start of the last tick's work to its end, sinks' copies included. */
  lastTickMs: number;
  /** Ticks by duration bucket, the last one above every bound; and their total time. */
  readonly tickBuckets: number[];
  tickSeconds: number;
  /** How late the last tick began, the most that one did, and how many began a whole interval late or more. */
  lastLateMs: number;
  maxLateMs: number;
  lateTicks: number;
  /** Ticks left out under `late: skip`. */
  skippedTicks: number;
  /** When the last tick ended, on the engine's monotonic clock. */
  lastTickEndMs: number;
}

export function createStats(): Stats {
  return {
    ticks: 0,
    lastTickMs: 0,
    tickBuckets: Array.from({ length: TICK_DURATION_BOUNDS.length + 1 }, () => 0),
    tickSeconds: 0,
    lastLateMs: 0,
    maxLateMs: 0,
    lateTicks: 0,
    skippedTicks: 0,
    lastTickEndMs: 0,
  };
}

/** Counts one tick. */
export function recordTick(
  stats: Stats,
  tick: { durationMs: number; lateMs: number; intervalMs: number; endMs: number },
): void {
  const seconds = tick.durationMs / 1000;
  const found = TICK_DURATION_BOUNDS.findIndex((bound) => seconds <= bound);
  const bucket = found === -1 ? TICK_DURATION_BOUNDS.length : found;
  stats.tickBuckets[bucket] = (stats.tickBuckets[bucket] ?? 0) + 1;
  stats.tickSeconds += seconds;
  stats.ticks += 1;
  stats.lastTickMs = tick.durationMs;
  stats.lastLateMs = tick.lateMs;
  stats.maxLateMs = Math.max(stats.maxLateMs, tick.lateMs);
  if (tick.lateMs >= tick.intervalMs) stats.lateTicks += 1;
  stats.lastTickEndMs = tick.endMs;
}

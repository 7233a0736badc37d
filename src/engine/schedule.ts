/**
 * When which tick runs: a pure function of elapsed time and ticks done, so that the loop that sleeps is a few dull
 * lines and every case is a row in a table (test/engine/schedule.test.ts).
 *
 *   elapsed  0        1        2        3        4   (intervals since tick 0 was due)
 *   due      t0       t1       t2       t3       t4
 *   next=2            done ───►wait until 2
 *   next=2, elapsed 3.5        run 2 (1.5 late), then 3 (0.5 late), then wait until 4
 */

export interface Schedule {
  readonly intervalMs: number;
  /** Whole intervals that a tick may be late before the run gives up, or skips. */
  readonly maxLag: number;
  /** What happens past `maxLag`: the run fails, or jumps to the newest due tick and records the gap. */
  readonly late: 'run' | 'skip';
}

export type Decision =
  | { readonly do: 'wait'; readonly ms: number }
  /** Run the next tick, which is late by so much. */
  | { readonly do: 'run'; readonly lateMs: number }
  /** Leave out ticks: the next one to run is `tick`. */
  | { readonly do: 'skip'; readonly tick: number; readonly lateMs: number }
  | { readonly do: 'fail'; readonly lag: number };

/** Decides about tick `next` when `elapsedMs` have passed since tick 0 was due (negative before it). */
export function decide(schedule: Schedule, next: number, elapsedMs: number): Decision {
  const { intervalMs, maxLag, late } = schedule;
  const lateMs = elapsedMs - next * intervalMs;
  if (lateMs < 0) return { do: 'wait', ms: -lateMs };
  const lag = Math.floor(lateMs / intervalMs);
  if (lag <= maxLag) return { do: 'run', lateMs };
  if (late === 'run') return { do: 'fail', lag };
  const tick = Math.floor(elapsedMs / intervalMs);
  return { do: 'skip', tick, lateMs: elapsedMs - tick * intervalMs };
}

/** The tick that a run with a shared epoch joins at: the newest one that is due. */
export function tickAt(startMs: number, intervalMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - startMs) / intervalMs));
}

/** The times of a run as milliseconds, from the seconds and dates of its config. */
import type { Config } from '../config/schema.ts';
import { tickAt } from '../engine/schedule.ts';

/** Milliseconds between two ticks; a whole number by validation. */
export function intervalMsOf(config: Config): number {
  return Math.round(config.global.tick_interval_s * 1000);
}

/** t_0 in milliseconds since the Unix epoch, where the config fixes it. */
export function startMsOf(config: Config): number | undefined {
  const { start_time: start } = config.global;
  return start === undefined ? undefined : Date.parse(start);
}

/** The tick that a run begins at whose ticks are counted from a shared epoch; `undefined` where it counts from its own start. */
export function joinTickOf(config: Config, nowMs: number): number | undefined {
  const startMs = startMsOf(config);
  if (config.global.epoch !== 'wall' || startMs === undefined) return undefined;
  return tickAt(startMs, intervalMsOf(config), nowMs);
}

/** Whole ticks in so many seconds, at least one: the last tick that is touched counts. */
export function ticksIn(seconds: number, intervalMs: number): number {
  // A thousandth of a tick of slack, so that 0.3 s at 100 ms is three ticks in spite of 0.30000000000000004.
  return Math.max(1, Math.ceil((seconds * 1000) / intervalMs - 0.001));
}

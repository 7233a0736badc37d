/** The times of a run as milliseconds, from the seconds and dates of its config. */
import type { Config } from '../config/schema.ts';
import { tickAt } from '../engine/schedule.ts';
import type { Frame } from '../series/frame.ts';
import { LyrebirdError } from '../util/errors.ts';

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

/**
 * The first tick of a request: the next one, the one that is named, or the first whose model time is not before the named
 * one. Throws `tick_past`, or `code` when `at` is neither.
 */
export function startTickOf(
  at: number | string | undefined,
  { tick, modelMs }: Pick<Frame, 'tick' | 'modelMs'>,
  intervalMs: number,
  code: string,
): number {
  if (at === undefined) return tick + 1;
  const ms = typeof at === 'number' ? 0 : Date.parse(at);
  if (Number.isNaN(ms)) {
    throw new LyrebirdError(
      code,
      `at is ${JSON.stringify(at)}; allowed: a tick, or a time such as 2026-01-01T00:05:00Z`,
    );
  }
  const wanted = typeof at === 'number' ? at : tick + Math.ceil((ms - modelMs) / intervalMs);
  if (!Number.isSafeInteger(wanted))
    throw new LyrebirdError(code, `at is ${at}; allowed: the whole number of a tick, or a time`);
  if (wanted <= tick) {
    throw new LyrebirdError('tick_past', `at is tick ${wanted}; the next tick is ${tick + 1}`, {
      details: { at: wanted, next_tick: tick + 1 },
    });
  }
  return wanted;
}

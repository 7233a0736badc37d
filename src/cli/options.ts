/** Parsers of option values, for every command. A value that is refused ends the command with what is allowed. */
import { InvalidArgumentError } from 'commander';

import { globalFields } from '../config/global.ts';
import { parseDurationMs } from '../util/duration.ts';

/** The value of `--set`, which may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A whole number from `min` to `max`. */
export function parseWhole(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new InvalidArgumentError(`It needs a whole number, ${range}.`);
  };
}

/** `i/n`, the part of the run that a process is. */
export function parseShard(text: string): { readonly index: number; readonly count: number } {
  const [, index = NaN, count = NaN] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index < count) return { index, count };
  throw new InvalidArgumentError('It needs i/n, the part i (from 0) of n, such as 0/3.');
}

export const parsePort = parseWhole(0, 65_535);

/** A duration above 0 in milliseconds. A number alone is seconds, as in the file. */
export function parseDuration(text: string): number {
  const ms = parseDurationMs(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('It needs a duration above 0, such as 90s, 5m or 1h30m.');
}

/** A time in milliseconds since the Unix epoch, in any form that `global.start_time` has. */
export function parseTime(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  const result = globalFields.shape.start_time.safeParse(value);
  if (result.success && result.data !== undefined) return Date.parse(result.data);
  throw new InvalidArgumentError(
    'It needs a time with its zone (2026-01-01T00:00:00Z), a date, or seconds since 1970.',
  );
}

/** A log level, in any form that `global.log_level` has. */
export function parseLogLevel(text: string): string {
  const result = globalFields.shape.log_level.safeParse(text);
  if (result.success) return result.data;
  throw new InvalidArgumentError(`It ${result.error.issues[0]?.message ?? 'is no level'}.`);
}

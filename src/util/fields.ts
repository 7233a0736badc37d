/** Pieces of schema that several stages share. */
import { z } from 'zod';
import { parseDurationMs } from './duration.ts';
import { parseSize } from './size.ts';

/** A duration in the file, a number of seconds or `"500ms"`, `"15s"`, `"2m"`, `"1h30m"`; seconds when parsed. */
export function durationSeconds() {
  return z.union([z.number(), z.string()]).transform((value, context) => {
    const ms = parseDurationMs(value);
    if (ms !== undefined) return ms / 1000;
    const message = `is ${JSON.stringify(value)}; needs a duration: seconds as a number, or with units as "500ms", "15s", "2m", "1h30m"`;
    context.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  });
}

/** A duration above 0; seconds when parsed. */
export function positiveSeconds() {
  return durationSeconds().refine((seconds) => seconds > 0, {
    error: ({ input }) => `is ${String(input)} s; needs more than 0`,
  });
}

/** A finite number in the file, or a size such as `"250m"`, `"5k"`, `"1.5G"`; a number when parsed. */
export function size() {
  return z.union([z.number(), z.string()]).transform((value, context) => {
    const number = parseSize(value);
    if (number !== undefined) return number;
    const isQuoted = String(value).trim() !== '' && Number.isFinite(Number(value));
    const needs = isQuoted ? 'a number, without quotes' : 'a number, or a size such as "250m", "5k", "1.5G"';
    const message = `is ${JSON.stringify(value)}; needs ${needs}`;
    context.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  });
}

/** A size of 0 or more. */
export function sizeFromZero() {
  return size().refine((number) => number >= 0, {
    error: ({ input }) => `is ${String(input)}; needs at least 0`,
  });
}

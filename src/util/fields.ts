/** Pieces of schema that several stages share. */
import { z } from 'zod';
import { parseDurationMs } from './duration.ts';
import { parseSize } from './size.ts';

const DURATION = 'needs a duration: seconds as a number, or with units as "500ms", "15s", "2m", "1h30m"';
const SIZE = 'a number, or a size such as "250m", "5k", "1.5G"';

/** What is read further when it is one of both. */
function numberOrText(needs: string) {
  return z.union([z.number(), z.string()], {
    // That a number must be finite is said of all numbers alike.
    error: ({ input }) =>
      typeof input === 'number'
        ? undefined
        : `${input === undefined ? 'is missing' : `is ${inShort(input)}`}; ${needs}`,
  });
}

/** What is neither a number nor text. */
function inShort(value: unknown): string {
  if (value === null) return 'empty';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a mapping';
  return JSON.stringify(value);
}

/** A duration in the file, a number of seconds or `"500ms"`, `"15s"`, `"2m"`, `"1h30m"`; seconds when parsed. */
export function durationSeconds() {
  return numberOrText(DURATION).transform((value, context) => {
    const ms = parseDurationMs(value);
    if (ms !== undefined) return ms / 1000;
    const message = `is ${JSON.stringify(value)}; ${DURATION}`;
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
  return numberOrText(`needs ${SIZE}`).transform((value, context) => {
    const number = parseSize(value);
    if (number !== undefined) return number;
    const isQuoted = String(value).trim() !== '' && Number.isFinite(Number(value));
    const needs = isQuoted ? 'a number, without quotes' : SIZE;
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

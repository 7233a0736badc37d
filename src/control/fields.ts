/** Pieces of schema that several kinds of request share. */
import { z } from 'zod';
import { parseDurationMs } from '../util/duration.ts';

/** Seconds above 0, or a duration with units; seconds when parsed. */
export function durationAboveZero() {
  return duration('needs seconds above 0, or a duration such as "90s" or "5m"', (ms) => ms > 0);
}

/** Seconds from 0, or a duration with units; seconds when parsed. */
export function durationFromZero() {
  return duration('needs seconds from 0, or a duration such as "90s" or "5m"', (ms) => ms >= 0);
}

function duration(needs: string, isAllowed: (ms: number) => boolean) {
  return z.union([z.number(), z.string()], { error: needs }).transform((value, context) => {
    const ms = parseDurationMs(value);
    if (ms !== undefined && isAllowed(ms)) return ms / 1000;
    context.addIssue({ code: 'custom', message: `is ${JSON.stringify(value)}; ${needs}` });
    return z.NEVER;
  });
}

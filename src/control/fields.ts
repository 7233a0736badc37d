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

/** A tick, or a model time: when something begins, or is done. */
function tickOrTime() {
  return z.union([z.int(), z.string()], { error: 'needs a tick, or a time such as 2026-01-01T00:05:00Z' });
}

/** When something is there, as the requests of several kinds have it. */
export const timeFields = {
  at: tickOrTime()
    .optional()
    .describe('The first tick, or the model time that it is not before. Default: the next tick.')
    .meta({ example: 120 }),
  duration_s: durationAboveZero()
    .optional()
    .describe('Seconds, or a duration with units; rounded up to whole ticks. Default: until it is cancelled.')
    .meta({ example: '5m' }),
};

/** When something is there that always has an end. */
export const boundedTimeFields = {
  at: timeFields.at,
  duration_s: durationAboveZero()
    .describe('Seconds, or a duration with units; rounded up to whole ticks.')
    .meta({ example: 30 }),
};

/** A share of what there is: above 0, up to 1. */
export function share() {
  const needs = { error: 'needs a number above 0, up to 1' };
  return z.number(needs).gt(0, needs).max(1, needs);
}

function duration(needs: string, isAllowed: (ms: number) => boolean) {
  return z.union([z.number(), z.string()], { error: needs }).transform((value, context) => {
    const ms = parseDurationMs(value);
    if (ms !== undefined && isAllowed(ms)) return ms / 1000;
    context.addIssue({ code: 'custom', message: `is ${JSON.stringify(value)}; ${needs}` });
    return z.NEVER;
  });
}

/** What periodic gauges share: options, and where in its period each series is. */
import { z } from 'zod';
import { positiveSeconds, size } from '../util/fields.ts';
import { turnOf } from '../util/waves.ts';
import type { Batch, ScalarGenerator } from './generator.ts';

const TWO_POW_MINUS_32 = 2 ** -32;

export const waveOptions = z
  .strictObject({
    min: size().default(0).describe('Lowest level.'),
    max: size().default(1).describe('Highest level.'),
    period_s: positiveSeconds()
      .default(3600)
      .describe('Length of the period: seconds, or with a unit as 2m.'),
    phase: z.number().default(0).describe('Shift as a fraction of the period; 0.25 is a quarter ahead.'),
    phase_spread: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('How far apart series may be, as a fraction of the period: 0 together, 1 anywhere.'),
  })
  .refine(({ min, max }) => min <= max, {
    path: ['max'],
    error: ({ input }) => {
      const { min, max } = input as { min: number; max: number };
      return `is ${max}; it must be min (${min}) or more`;
    },
  });

/** The option that turns a wave upside down. */
export function invertField(meaning: string) {
  return z.boolean().default(false).describe(meaning);
}

/** The level of a wave whose height goes from 0, min, to 1, max; upside down when inverted. */
export function levelBetween(
  { min, max, invert = false }: { readonly min: number; readonly max: number; readonly invert?: boolean },
  heightAt: (turn: number) => number,
): (turn: number) => number {
  const [from, to] = invert ? [max, min] : [min, max];
  return (turn) => {
    const height = heightAt(turn);
    // At full height the very number that was asked for, whatever rounding makes of the sum.
    return height === 1 ? to : from + (to - from) * height;
  };
}

/** A generator of `level(turn)`, turn from 0 to 1 within the period, at the model time of the tick. */
export function createWave(
  options: z.output<typeof waveOptions>,
  level: (turn: number) => number,
): ScalarGenerator {
  const { period_s: periodS, phase, phase_spread: spread } = options;
  const periodMs = periodS * 1000;
  return {
    state: [],
    fill({ modelMs, from, to, keysHi }: Batch, out) {
      const turn = (modelMs % periodMs) / periodMs + phase;
      if (spread === 0) {
        out.fill(level(turnOf(turn)), 0, to - from);
        return;
      }
      for (let slot = from; slot < to; slot++) {
        // Keys are hashes: their bits are a uniform number as they are.
        const own = turn + spread * ((keysHi[slot] as number) >>> 0) * TWO_POW_MINUS_32;
        out[slot - from] = level(turnOf(own));
      }
    },
  };
}

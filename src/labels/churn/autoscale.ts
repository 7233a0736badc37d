/**
 * Autoscaling: the number of positions that are alive goes from `min` to `max` and back in a period, the first positions being those
 * that are always there. One that comes back has a new value.
 */
import { z } from 'zod';
import { positiveSeconds } from '../../util/fields.ts';
import { lowerBound, type Positions, type Process } from './process.ts';

export const autoscaleFields = z.strictObject({
  kind: z.literal('autoscale').describe('The number of values that are there goes up and down.'),
  label: z.string().describe('The label whose values come and go, one of the profile.'),
  min: z.int().min(0).describe('How many of the values are there at the low point, where a period begins.'),
  max: z.int().min(1).describe('How many are there at the high point.'),
  period: positiveSeconds().describe('Time from low point to low point.'),
  shape: z
    .enum(['sine', 'triangle', 'square'])
    .default('sine')
    .describe('How the number goes: smoothly, evenly, or at once after half a period and back at its end.'),
});

/** Share of a period after which position `level` of 0 (the lowest) to 1 (the highest) is there; as long before the end it goes. */
const RISE = {
  sine: (level: number) => Math.acos(1 - 2 * level) / (2 * Math.PI),
  triangle: (level: number) => level / 2,
  square: () => 0.5,
} as const;

export function createAutoscale(
  { min, max, period, shape }: z.output<typeof autoscaleFields>,
  { used }: Positions,
): Process {
  const periodMs = period * 1000;
  const span = max - min;
  return {
    renews: true,
    lifeAt(position, ms, out) {
      out.generation = 0;
      out.alive = position < min;
      if (position >= min && position < max) {
        // It is there when the number, rounded to the nearest, is above it.
        const rise = RISE[shape]((position - min + 0.5) / span);
        const fall = shape === 'square' ? 1 : 1 - rise;
        const periods = Math.floor(ms / periodMs);
        const share = ms / periodMs - periods;
        out.alive = share >= rise && share < fall;
        out.generation = periods + Number(share >= rise);
      }
      out.births = 1 + out.generation;
    },
    changed: () => [[lowerBound(used, min), lowerBound(used, max)]],
  };
}

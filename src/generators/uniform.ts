import { z } from 'zod';
import { defineDistribution } from './generator.ts';
import { createPoint } from './point.ts';

/** Anywhere from min to max. */
export const uniform = defineDistribution({
  name: 'uniform',
  summary: 'Anywhere between two values, all equally likely.',
  options: z
    .strictObject({
      min: z.number().min(0).default(0).describe('Smallest observation.'),
      max: z.number().min(0).default(1).describe('Largest observation.'),
    })
    .refine(({ min, max }) => min <= max, {
      path: ['max'],
      error: ({ input }) => {
        const { min, max } = input as { min: number; max: number };
        return `is ${max}; it must be min (${min}) or more`;
      },
    }),
  examples: [{}, { min: 2, max: 7.5 }, { min: 4, max: 4 }],
  create({ min, max }) {
    const width = max - min;
    if (width === 0) return createPoint(min);
    return {
      sample: (rng) => min + width * rng.float(),
      cdf: (x) => Math.min(1, Math.max(0, (x - min) / width)),
      quantile: (p) => min + width * p,
      moments(lo, hi) {
        const from = Math.max(min, lo);
        const to = Math.min(max, hi);
        return from < to ? { mean: (from + to) / 2, variance: (to - from) ** 2 / 12 } : undefined;
      },
    };
  },
});

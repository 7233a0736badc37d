import { z } from 'zod';
import { normal } from '../util/draws.ts';
import { normalCdf, normalMoments, normalQuantile } from './gaussian.ts';
import { defineDistribution } from './generator.ts';
import { createPoint } from './point.ts';

/** Standard deviations that a draw can be away from the mean (util/draws.ts). */
const FARTHEST_DRAW = 13;
/** exp of more is beyond a double. */
const LARGEST_LOG = 700;

/** exp(mu + sigma N(0, 1)). */
export const lognormal = defineDistribution({
  name: 'lognormal',
  summary: 'Latencies and sizes: the logarithm is normal, so the upper tail is long.',
  options: z
    .strictObject({
      mu: z.number().default(0).describe('Mean of the logarithm; the median is exp(mu).'),
      sigma: z
        .number()
        .min(0)
        .default(1)
        .describe('Standard deviation of the logarithm; 0 is always the median.'),
    })
    .refine(({ mu, sigma }) => Math.abs(mu) + FARTHEST_DRAW * sigma <= LARGEST_LOG, {
      path: ['sigma'],
      error: `makes observations that no number holds; |mu| + ${FARTHEST_DRAW} sigma must be ${LARGEST_LOG} or less`,
    }),
  examples: [{}, { mu: -3, sigma: 0.5 }, { mu: 2, sigma: 0 }, { mu: -1, sigma: 3 }],
  create({ mu, sigma }) {
    if (sigma === 0) return createPoint(Math.exp(mu));
    const standard = (x: number): number => (x > 0 ? (Math.log(x) - mu) / sigma : Number.NEGATIVE_INFINITY);
    const value = (deviations: number): number => Math.exp(mu + sigma * deviations);
    return {
      sample: (rng) => Math.exp(mu + sigma * normal(rng)),
      cdf: (x) => normalCdf(standard(x)),
      quantile: (p) => value(normalQuantile(p)),
      moments: (lo, hi) => normalMoments(standard(lo), standard(hi), value, 2 * sigma),
    };
  },
});

import { z } from 'zod';
import { normal as draw } from '../util/draws.ts';
import { normalCdf, normalMass, normalMoments, normalQuantile } from './gaussian.ts';
import { defineDistribution } from './generator.ts';
import { createPoint } from './point.ts';

/** mu + sigma N(0, 1) given that it is not negative. */
export const normal = defineDistribution({
  name: 'normal',
  summary: 'Scattered evenly around a mean; truncated at zero, since observations are never negative.',
  options: z.strictObject({
    mu: z.number().min(0).default(1).describe('Mean before truncation at zero.'),
    sigma: z
      .number()
      .min(0)
      .default(0.2)
      .describe('Standard deviation before truncation at zero; 0 is always mu.'),
  }),
  examples: [{}, { mu: 0, sigma: 2 }, { mu: 5, sigma: 4 }, { mu: 3, sigma: 0 }],
  create({ mu, sigma }) {
    if (sigma === 0) return createPoint(mu);
    const zero = -mu / sigma;
    const kept = normalCdf(-zero);
    const value = (deviations: number): number => mu + sigma * deviations;
    return {
      sample(rng) {
        // At least every second draw is kept, since mu is not negative.
        for (;;) {
          const x = value(draw(rng));
          if (x >= 0) return x;
        }
      },
      cdf: (x) => (x > 0 ? normalMass(zero, (x - mu) / sigma) / kept : 0),
      // Counted from above, where nothing is cut off.
      quantile: (p) => Math.max(0, value(-normalQuantile((1 - p) * kept))),
      moments: (lo, hi) => normalMoments(Math.max(zero, (lo - mu) / sigma), (hi - mu) / sigma, value),
    };
  },
});

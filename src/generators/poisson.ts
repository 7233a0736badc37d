import { z } from 'zod';
import { poisson as draw } from '../util/draws.ts';
import { sizeFromZero } from '../util/fields.ts';
import { defineScalar } from './generator.ts';

/** Increment over a tick: a Poisson count with mean base_rate x seconds x modulation. */
export const poisson = defineScalar({
  name: 'poisson',
  summary: 'Counts of independent events: a whole number of them a tick, at a mean rate.',
  types: ['counter'],
  options: z.strictObject({
    base_rate: sizeFromZero().default(1).describe('Mean events per second and series.'),
  }),
  examples: [{}, { base_rate: 0 }, { base_rate: 0.02 }, { base_rate: 5 }, { base_rate: 2e4 }],
  create: ({ base_rate: baseRate }) => ({
    state: [],
    fill({ tick, intervalS, from, to, keysHi, keysLo, rng }, out, rate) {
      const base = baseRate * intervalS;
      let mean = -1;
      let expMinusMean = 0;
      for (let slot = from; slot < to; slot++) {
        const own = base * (typeof rate === 'number' ? rate : (rate[slot] as number));
        // Most slots share their mean with the one before: the exponential is taken once.
        if (own !== mean) {
          mean = own;
          expMinusMean = Math.exp(-own);
        }
        rng.seek(keysHi[slot] as number, keysLo[slot] as number, tick);
        out[slot - from] = draw(rng, own, expMinusMean);
      }
    },
  }),
});

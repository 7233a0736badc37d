import { z } from 'zod';
import { defineScalar } from './generator.ts';

/** Level: 1 with probability p, else 0, anew every tick. */
export const bernoulli = defineScalar({
  name: 'bernoulli',
  summary: 'Is 1 by chance, else 0, anew every tick.',
  types: ['gauge'],
  options: z.strictObject({ p: z.number().min(0).max(1).default(0.5).describe('Probability of 1.') }),
  examples: [{}, { p: 0 }, { p: 1 }, { p: 0.03 }],
  create: ({ p }) => ({
    state: [],
    fill({ tick, from, to, keysHi, keysLo, rng }, out) {
      for (let slot = from; slot < to; slot++) {
        rng.seek(keysHi[slot] as number, keysLo[slot] as number, tick);
        out[slot - from] = rng.float() < p ? 1 : 0;
      }
    },
  }),
});

import { z } from 'zod';
import { normal } from '../util/draws.ts';
import { size, sizeFromZero } from '../util/fields.ts';
import { defineScalar } from './generator.ts';

/** Level: mean + sigma N(0, 1), anew every tick, held within the clamp. */
export const gaussianLevel = defineScalar({
  name: 'gaussian',
  summary: 'A normal number around a mean, anew every tick: noise without memory.',
  types: ['gauge'],
  options: z
    .strictObject({
      mean: size().default(0).describe('The mean level.'),
      sigma: sizeFromZero().default(1).describe('Standard deviation of the level.'),
      clamp: z
        .tuple([size(), size()])
        .optional()
        .describe('Bounds [min, max] of the level; what is beyond is shown as the bound. Default: none.'),
    })
    .refine(({ clamp }) => clamp === undefined || clamp[0] <= clamp[1], {
      path: ['clamp'],
      error: ({ input }) => {
        const { clamp } = input as { clamp: [number, number] };
        return `is [${clamp[0]}, ${clamp[1]}]; the first bound is the lower one: [${clamp[1]}, ${clamp[0]}]`;
      },
    }),
  examples: [{}, { mean: 50, sigma: 0 }, { mean: -3, sigma: 20, clamp: [-10, 5] }],
  create: ({ mean, sigma, clamp }) => ({
    state: [],
    clamp,
    fill({ tick, from, to, keysHi, keysLo, rng }, out) {
      for (let slot = from; slot < to; slot++) {
        rng.seek(keysHi[slot] as number, keysLo[slot] as number, tick);
        out[slot - from] = mean + sigma * normal(rng);
      }
    },
  }),
});

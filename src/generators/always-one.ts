import { z } from 'zod';
import { defineScalar } from './generator.ts';

/** Level: 1. What an info says is in its labels. */
export const alwaysOne = defineScalar({
  name: 'one',
  summary: 'Is 1 and stays so.',
  types: ['info'],
  options: z.strictObject({}),
  examples: [{}],
  create: () => ({
    state: [],
    fill({ from, to }, out) {
      out.fill(1, 0, to - from);
    },
  }),
});

import { z } from 'zod';
import { stepAt } from '../util/waves.ts';
import { defineScalar } from './generator.ts';
import { createWave, invertField, levelBetween, waveOptions } from './wave.ts';

/** Level: min + (max - min) floor(turn steps) / (steps - 1), from max downwards when inverted. */
export const step = defineScalar({
  name: 'step',
  summary: 'Climbs from one level to another in equal steps, each held as long, and begins again.',
  types: ['gauge'],
  options: waveOptions.safeExtend({
    steps: z.int().min(2).max(1_000_000).default(4).describe('Levels of a period, min and max among them.'),
    invert: invertField('Goes down from max to min instead.'),
  }),
  examples: [
    {},
    { min: 10, max: 40, period_s: 8, steps: 3 },
    { period_s: '9s', steps: 2, invert: true, phase_spread: 1 },
  ],
  create: (options) =>
    createWave(
      options,
      levelBetween(options, (turn) => stepAt(turn, options.steps)),
    ),
});

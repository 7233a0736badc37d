import { z } from 'zod';
import { squareAt } from '../util/waves.ts';
import { defineScalar } from './generator.ts';
import { createWave, invertField, levelBetween, waveOptions } from './wave.ts';

/** Level: max while turn < duty_cycle, then min; the other way round when inverted. */
export const square = defineScalar({
  name: 'square',
  summary: 'Is at its high level for a share of each period, then at its low one.',
  types: ['gauge'],
  options: waveOptions.safeExtend({
    duty_cycle: z
      .number()
      .min(0, { error: explainShare })
      .max(1, { error: explainShare })
      .default(0.5)
      .describe('Share of the period at max, from 0 (never) to 1 (always).'),
    invert: invertField('Begins at min: duty_cycle is then the share at min.'),
  }),
  examples: [
    {},
    { min: -5, max: 20, period_s: 8, duty_cycle: 0.25 },
    { period_s: '5s', duty_cycle: 0.2, invert: true, phase: 0.1 },
    { period_s: 10, duty_cycle: 0.7, phase_spread: 1 },
    { duty_cycle: 0 },
    { duty_cycle: 1 },
  ],
  create: (options) =>
    createWave(
      options,
      levelBetween(options, (turn) => squareAt(turn, options.duty_cycle)),
    ),
});

function explainShare({ input }: { readonly input?: unknown }): string {
  return `is ${String(input)}; needs a share from 0 to 1: a quarter (25 %) is 0.25`;
}

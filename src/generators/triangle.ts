import { triangleAt } from '../util/waves.ts';
import { defineScalar } from './generator.ts';
import { createWave, levelBetween, waveOptions } from './wave.ts';

/** Level: from min to max in the first half of the period, and back in the second. */
export const triangle = defineScalar({
  name: 'triangle',
  summary: 'Rises evenly from one level to another for half a period, and falls evenly for the other half.',
  types: ['gauge'],
  options: waveOptions,
  examples: [{}, { min: -10, max: 0, period_s: '90s', phase: 0.25 }, { period_s: 7, phase_spread: 1 }],
  create: (options) => createWave(options, levelBetween(options, triangleAt)),
});

import { rampAt } from '../util/waves.ts';
import { defineScalar } from './generator.ts';
import { createWave, invertField, levelBetween, waveOptions } from './wave.ts';

/** Level: min + (max - min) turn, or max - (max - min) turn when inverted: a sawtooth that may fall. */
export const ramp = defineScalar({
  name: 'ramp',
  summary: 'Rises evenly from one level to another and begins again; falls when inverted.',
  types: ['gauge'],
  options: waveOptions.safeExtend({ invert: invertField('Falls from max to min instead.') }),
  examples: [
    {},
    { min: -1, max: 4, period_s: 10, phase: -0.5 },
    { min: 100, max: 200, period_s: '1m30s', invert: true, phase_spread: 0.5 },
  ],
  create: (options) => createWave(options, levelBetween(options, rampAt)),
});

import { defineScalar } from './generator.ts';
import { createWave, waveOptions } from './wave.ts';

/** Level: (max + min) / 2 + (max - min) / 2 sin(2 pi turn), turn = t_k / period_s + phase. */
export const sine = defineScalar({
  name: 'sine',
  summary: 'Swings between two levels as a sine of model time.',
  types: ['gauge'],
  options: waveOptions,
  examples: [
    {},
    { min: -10, max: 0, period_s: '90s', phase: 0.25 },
    { period_s: 7, phase_spread: 1 },
    { min: 3, max: 3 },
  ],
  create(options) {
    const middle = (options.max + options.min) / 2;
    const amplitude = (options.max - options.min) / 2;
    return createWave(options, (turn) => middle + amplitude * Math.sin(2 * Math.PI * turn));
  },
});

import { defineScalar } from './generator.ts';
import { createWave, waveOptions } from './wave.ts';

/** Level: (max + min) / 2 + (max - min) / 2 cos(2 pi turn): a sine that begins at its top. */
export const cosine = defineScalar({
  name: 'cosine',
  summary: 'Swings between two levels as a cosine of model time: a sine that begins at max.',
  types: ['gauge'],
  options: waveOptions,
  examples: [{}, { min: -10, max: 0, period_s: '90s', phase: 0.25 }, { period_s: 7, phase_spread: 1 }],
  create(options) {
    const middle = (options.max + options.min) / 2;
    const amplitude = (options.max - options.min) / 2;
    return createWave(options, (turn) => middle + amplitude * Math.cos(2 * Math.PI * turn));
  },
});

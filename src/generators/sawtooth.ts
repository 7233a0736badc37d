import { defineScalar } from './generator.ts';
import { createWave, waveOptions } from './wave.ts';

/** Level: min + (max - min) turn, turn = the fraction of t_k / period_s + phase. */
export const sawtooth = defineScalar({
  name: 'sawtooth',
  summary: 'Rises from one level to another and falls back at once, over and over in model time.',
  types: ['gauge'],
  options: waveOptions,
  examples: [
    {},
    { min: -1, max: 4, period_s: 10, phase: -0.5 },
    { period_s: '1m30s', phase_spread: 0.5 },
    { min: 0, max: 0 },
  ],
  create: (options) => createWave(options, (turn) => options.min + (options.max - options.min) * turn),
});

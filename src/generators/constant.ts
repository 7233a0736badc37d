import { z } from 'zod';
import { size, sizeFromZero } from '../util/fields.ts';
import { defineScalar, factorAt } from './generator.ts';

/** Increment over a tick: base_rate x seconds x modulation, fractions included. */
export const constantRate = defineScalar({
  name: 'constant',
  summary: 'Grows by the same amount every second.',
  types: ['counter'],
  options: z.strictObject({
    base_rate: sizeFromZero().default(1).describe('Increase per second and series.'),
  }),
  examples: [{}, { base_rate: 0 }, { base_rate: 0.1 }, { base_rate: 1e6 }],
  create: ({ base_rate: baseRate }) => ({
    state: [],
    fractional: true,
    fill({ intervalS, from, to }, out, rate) {
      const base = baseRate * intervalS;
      if (typeof rate === 'number') {
        out.fill(base * rate, 0, to - from);
        return;
      }
      for (let slot = from; slot < to; slot++) out[slot - from] = base * factorAt(rate, slot);
    },
  }),
});

/** Level: always `start`. */
export const constantLevel = defineScalar({
  name: 'constant',
  summary: 'Stays at one level.',
  types: ['gauge'],
  options: z.strictObject({ start: size().default(0).describe('The level.') }),
  examples: [{}, { start: -2.5 }],
  create: ({ start }) => ({
    state: [],
    fill({ from, to }, out) {
      out.fill(start, 0, to - from);
    },
  }),
});

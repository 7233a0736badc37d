import { z } from 'zod';
import { defineDistribution } from './generator.ts';

/** The smallest uniform number that is drawn. */
const SMALLEST_UNIFORM = 2 ** -53;
/** Intervals of a smaller ratio are as good as uniform, and differences of their moments would cancel. */
const NARROW = 1e-4;

/** P(X > x) = (x_min / x)^alpha for x >= x_min. */
export const pareto = defineDistribution({
  name: 'pareto',
  summary: 'A heavy tail: few observations are so large that they carry much of the sum.',
  options: z
    .strictObject({
      alpha: z
        .number()
        .gt(0)
        .default(1.5)
        .describe('Weight of the tail: the mean is infinite up to 1, the variance up to 2.'),
      x_min: z.number().gt(0).default(1).describe('Smallest observation.'),
    })
    .refine(
      ({ alpha, x_min: xMin }) => alpha <= 0 || Number.isFinite(xMin * SMALLEST_UNIFORM ** (-1 / alpha)),
      {
        path: ['alpha'],
        error: 'makes observations that no number holds; x_min * 2^(53 / alpha) must be below 1e308',
      },
    ),
  examples: [{}, { alpha: 0.8, x_min: 0.002 }, { alpha: 2, x_min: 0.1 }, { alpha: 4 }],
  create({ alpha, x_min: xMin }) {
    return {
      sample: (rng) => xMin * rng.floatOpen() ** (-1 / alpha),
      cdf: (x) => (x > xMin ? -Math.expm1(alpha * Math.log(xMin / x)) : 0),
      quantile: (p) => xMin * Math.exp(-Math.log1p(-p) / alpha),
      moments(lo, hi) {
        const from = Math.max(xMin, lo);
        if (!(from < hi) || (hi === Number.POSITIVE_INFINITY && alpha <= 2)) return undefined;
        if (hi - from < NARROW * from) return { mean: (from + hi) / 2, variance: (hi - from) ** 2 / 12 };
        const mass = part(alpha, from / hi);
        const mean = (from * part(alpha - 1, from / hi)) / mass;
        const square = (from * from * part(alpha - 2, from / hi)) / mass;
        const variance = Math.max(0, square - mean * mean);
        return Number.isFinite(variance) ? { mean, variance } : undefined;
      },
    };
  },
});

/** (1 - ratio^power) / power, the integral of u^(power - 1) from ratio to 1; -log(ratio) at power 0. */
function part(power: number, ratio: number): number {
  if (power === 0) return -Math.log(ratio);
  return ratio === 0 ? 1 / power : -Math.expm1(power * Math.log(ratio)) / power;
}

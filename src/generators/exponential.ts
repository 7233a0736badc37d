import { z } from 'zod';
import { exponential as draw } from '../util/draws.ts';
import { defineDistribution } from './generator.ts';

/** Below this width closed forms cancel and their series are used. */
const NARROW = 0.1;

/** P(X > x) = exp(-lam x). */
export const exponential = defineDistribution({
  name: 'exponential',
  summary: 'Waiting times without memory: most are short, and long ones rarer at a constant rate.',
  options: z.strictObject({
    lam: z.number().gt(0).default(1).describe('Rate: the mean is 1 / lam.'),
  }),
  examples: [{}, { lam: 25 }, { lam: 0.01 }],
  create: ({ lam }) => ({
    sample: (rng) => draw(rng) / lam,
    cdf: (x) => (x > 0 ? -Math.expm1(-lam * x) : 0),
    quantile: (p) => -Math.log1p(-p) / lam,
    moments(lo, hi) {
      const from = Math.max(0, lo);
      const width = lam * (hi - from);
      if (!(width > 0) || Math.exp(-lam * from) === 0) return undefined;
      const { mean, variance } = cutOff(width);
      return { mean: from + mean / lam, variance: variance / (lam * lam) };
    },
  }),
});

/** Mean and variance of a standard exponential number given that it is at most w. */
function cutOff(w: number): { mean: number; variance: number } {
  if (w < NARROW) {
    const square = w * w;
    return {
      mean: w / 2 - (square / 12) * (1 - square / 60),
      variance: (square / 12) * (1 - (square / 20) * (1 - (5 * square) / 126)),
    };
  }
  const halfSine = 2 * Math.sinh(w / 2);
  const ratio = halfSine === Number.POSITIVE_INFINITY ? 0 : w / halfSine;
  return { mean: w === Number.POSITIVE_INFINITY ? 1 : 1 - w / Math.expm1(w), variance: 1 - ratio * ratio };
}

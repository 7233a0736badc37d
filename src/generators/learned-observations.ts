import { z } from 'zod';
import { defineDistribution, type Distribution } from './generator.ts';
import { createRate, rateFields } from './learned-rate.ts';
import { createPoint } from './point.ts';

const model = z
  .strictObject({
    edges: z
      .array(z.number().min(0))
      .min(1)
      .default([0, 1])
      .describe('Where observations can lie: ends of intervals, ascending. A single one is always that.'),
    weights: z
      .array(z.number().min(0))
      .default([1])
      .describe('Shares of the intervals between edges, relative to their sum.'),
    lean: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('Where observations lie within an interval on average: 0 at its low end, 1 at its high end.'),
    ...rateFields,
    rates: rateFields.rates.describe('Observations per second: quantiles at evenly spaced probabilities.'),
    integer: z.literal(true).default(true).describe('Observations are whole.'),
  })
  .superRefine(({ edges, weights }, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (edges.some((edge, i) => edge <= (edges[i - 1] ?? -1))) refuse('edges', 'must ascend without repeats');
    if (edges.length > 1 && weights.length !== edges.length - 1)
      refuse(
        'weights',
        `are ${weights.length}; ${edges.length} edges have ${edges.length - 1} intervals between them`,
      );
    if (edges.length > 1 && weights.every((weight) => weight === 0))
      refuse('weights', 'sum to 0; one must be above');
  });

/** Uniform within each of several intervals, or within the part of it that `lean` leaves. Arrivals are those of a learnt counter. */
export const learnedObservations = defineDistribution({
  name: 'learned',
  summary: 'Observations as learnt from samples: their shares of intervals, and how their number moves.',
  options: z.strictObject({
    models: z
      .array(model)
      .min(1)
      .prefault([{ rates: [1] }])
      .describe('One for each of label_sets, in their order; the last one serves those that have none.'),
  }),
  examples: [
    {},
    { models: [{ edges: [0, 0.1, 0.5, 3], weights: [5, 2, 1], rates: [0, 3, 9], every_s: 2 }] },
    { models: [{ edges: [2], rates: [3] }] },
    {
      models: [{ edges: [1, 2, 8], weights: [1, 4], rates: [50, 90], memory_s: 20, factors: { a: 0.6 } }],
    },
  ],
  create: ({ models }) => createPieces(models[0] as z.output<typeof model>),
  members: ({ models }) => models.map((one) => ({ models: [one] })),
  arrivals: ({ models }) => createRate(models),
});

function createPieces({ edges, weights, lean }: z.output<typeof model>): Distribution {
  if (edges.length === 1) return createPoint(edges[0] as number);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  /** The part of an interval that is used, from its low end on and up to its high end. */
  const [begin, end] =
    lean < 0.5 ? [0, Math.max(2 * lean, NARROWEST)] : [Math.min(2 * lean - 1, 1 - NARROWEST), 1];
  const pieces: { lo: number; hi: number; below: number; mass: number }[] = [];
  let below = 0;
  for (const [i, weight] of weights.entries()) {
    if (weight === 0) continue;
    const edge = edges[i] as number;
    const width = (edges[i + 1] as number) - edge;
    const mass = weight / total;
    pieces.push({ lo: edge + begin * width, hi: edge + end * width, below, mass });
    below += mass;
  }
  const quantile = (p: number): number => {
    let piece = pieces[0] as (typeof pieces)[number];
    for (const one of pieces) if (one.below < p) piece = one;
    return piece.lo + Math.min(1, Math.max(0, (p - piece.below) / piece.mass)) * (piece.hi - piece.lo);
  };
  return {
    sample: (rng) => quantile(rng.floatOpen()),
    cdf(x) {
      let sum = 0;
      for (const { lo, hi, mass } of pieces) sum += mass * Math.min(1, Math.max(0, (x - lo) / (hi - lo)));
      return Math.min(1, sum > 1 - 1e-12 ? 1 : sum);
    },
    quantile,
    moments(lo, hi) {
      let mass = 0;
      let first = 0;
      let second = 0;
      for (const piece of pieces) {
        const from = Math.max(lo, piece.lo);
        const to = Math.min(hi, piece.hi);
        if (from >= to) continue;
        const own = (piece.mass * (to - from)) / (piece.hi - piece.lo);
        const mean = (from + to) / 2;
        mass += own;
        first += own * mean;
        second += own * (mean * mean + (to - from) ** 2 / 12);
      }
      if (mass === 0) return undefined;
      const mean = first / mass;
      return { mean, variance: Math.max(0, second / mass - mean * mean) };
    },
  };
}

/** Least part of an interval in which observations lie. */
const NARROWEST = 0.01;

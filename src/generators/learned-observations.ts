import { z } from 'zod';
import { defineDistribution, type Distribution } from './generator.ts';
import { createRate, mixRates, rateFields } from './learned-rate.ts';
import { createPoint } from './point.ts';
import { modelFields, separate, situatedBy, type Part } from './situations.ts';

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
  options: z.strictObject(modelFields(model, { rates: [1] })),
  situated: situatedBy(mixObservations),
  examples: [
    {},
    { models: [{ edges: [0, 0.1, 0.5, 3], weights: [5, 2, 1], rates: [0, 3, 9], every_s: 2 }] },
    { models: [{ edges: [2], rates: [3] }] },
    {
      models: [{ edges: [1, 2, 8], weights: [1, 4], rates: [50, 90], memory_s: 20, factors: { a: 0.6 } }],
    },
    {
      models: [{ edges: [0, 0.1, 0.5], weights: [5, 2], rates: [3, 9] }],
      situations: { slow: [{ edges: [0.2, 3, 8], weights: [1, 1], lean: 0.2, rates: [1, 2] }] },
    },
  ],
  create: ({ models }) => createPieces(models[0] as z.output<typeof model>),
  members: (options) => separate(options),
  arrivals: ({ models }) => createRate(models),
});

/** A part of the line over which observations are uniform. */
interface Piece {
  readonly lo: number;
  readonly hi: number;
  readonly mass: number;
}

/** In order, without overlap. */
function piecesOf({ edges, weights, lean }: z.output<typeof model>): Piece[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  /** The part of an interval that is used, from its low end on and up to its high end. */
  const [begin, end] =
    lean < 0.5 ? [0, Math.max(2 * lean, NARROWEST)] : [Math.min(2 * lean - 1, 1 - NARROWEST), 1];
  return weights.flatMap((weight, i) => {
    if (weight === 0) return [];
    const edge = edges[i] as number;
    const width = (edges[i + 1] as number) - edge;
    return [{ lo: edge + begin * width, hi: edge + end * width, mass: weight / total }];
  });
}

/** Observations of each part in proportion to how many it brings. */
function mixObservations(parts: readonly Part<z.output<typeof model>>[]): z.output<typeof model> {
  const rates = mixRates(parts);
  const busy = parts.map(({ model: { rates: own }, weight }) => weight * meanRateOf(own));
  const total = busy.reduce((sum, share) => sum + share, 0);
  const shares = total > 0 ? busy.map((share) => share / total) : parts.map(({ weight }) => weight);
  const used = parts.flatMap((part, i) => ((shares[i] as number) > 0 ? [part.model] : []));
  const [first] = used as [z.output<typeof model>];
  const shapeOf = ({ edges, weights, lean }: z.output<typeof model>): string =>
    JSON.stringify([edges, weights, lean]);
  if (used.every((one) => shapeOf(one) === shapeOf(first)))
    return { ...rates, integer: true, edges: first.edges, weights: first.weights, lean: first.lean };
  const pieces = parts.flatMap(({ model: own }, i) => {
    const [point = 0] = own.edges;
    const alone =
      own.edges.length === 1 ? [{ lo: beside(point), hi: Math.max(point, LEAST), mass: 1 }] : piecesOf(own);
    return alone.map(({ lo, hi, mass }) => ({ lo, hi, mass: mass * (shares[i] as number) }));
  });
  const edges = [...new Set(pieces.flatMap(({ lo, hi }) => [lo, hi]))].toSorted((a, b) => a - b);
  const weights = edges.slice(1).map((hi, i) => {
    const lo = edges[i] as number;
    return pieces.reduce(
      (sum, piece) =>
        piece.lo <= lo && hi <= piece.hi ? sum + (piece.mass * (hi - lo)) / (piece.hi - piece.lo) : sum,
      0,
    );
  });
  return { ...rates, integer: true, edges, weights, lean: 0.5 };
}

/** Observations that are always one number lie this near below it in a mix with others. */
const LEAST = 1e-9;

function beside(point: number): number {
  return Math.max(0, point * (1 - LEAST));
}

function meanRateOf(rates: readonly number[]): number {
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
}

function createPieces(of: z.output<typeof model>): Distribution {
  if (of.edges.length === 1) return createPoint(of.edges[0] as number);
  let below = 0;
  const pieces = piecesOf(of).map((piece) => {
    const placed = { ...piece, below };
    below += piece.mass;
    return placed;
  });
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

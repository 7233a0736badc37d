import { z } from 'zod';
import { nearest } from '../util/errors.ts';
import { drawBetween } from './between.ts';
import { defineDistribution, type Distribution, type DistributionDefinition } from './generator.ts';

/** Halvings of an interval after which its ends are neighbours, or as good as. */
const BISECTIONS = 64;

interface Component {
  readonly weight: number;
  readonly distribution: Distribution;
}

/** A component of each given definition: its `type`, a `weight`, and its own options on one level with them. */
function componentOptions(definition: DistributionDefinition) {
  return definition.options.safeExtend({
    type: z.literal(definition.name).describe(definition.summary),
    weight: z.number().min(0).default(1).describe('Its share, relative to the sum of all weights.'),
  });
}

/** One of several distributions, chosen anew for each observation. `parts` are those that may be components. */
export function defineMixture(parts: readonly DistributionDefinition[]) {
  const names = parts.map(({ name }) => name);
  const [first, ...others] = parts.map(componentOptions);
  if (first === undefined) throw new RangeError('a mixture needs distributions to mix');
  const component = z.discriminatedUnion('type', [first, ...others], {
    error: ({ code, input }) => (code === 'invalid_union' ? explainType(input, names) : undefined),
  });
  return defineDistribution({
    name: 'mixture',
    summary: 'One of several distributions for each observation, as fast hits and slow misses of a cache.',
    options: z.strictObject({
      components: z
        .array(component)
        .min(1)
        .refine((list) => list.some(({ weight }) => (weight as number) > 0), {
          error: 'have weights that sum to 0; at least one must be above 0',
        })
        .default([{ type: 'lognormal', weight: 1, mu: 0, sigma: 1 }])
        .describe('Distributions with a type, a weight and the options of that type.'),
    }),
    examples: [
      {
        components: [
          { type: 'lognormal', weight: 9, mu: -4, sigma: 0.3 },
          { type: 'exponential', weight: 1, lam: 2 },
        ],
      },
      {
        components: [
          { type: 'uniform', weight: 0.5, min: 1, max: 2 },
          { type: 'normal', weight: 0, mu: 9 },
          { type: 'pareto', weight: 0.5, alpha: 1.2 },
        ],
      },
    ],
    create: ({ components }, { intervalMs }) =>
      createMixture(
        components.map(({ type, weight, ...options }) => {
          const definition = parts.find(({ name }) => name === type) as DistributionDefinition;
          return {
            weight: weight as number,
            distribution: definition.create(options, { type: 'histogram', intervalMs }),
          };
        }),
      ),
  });
}

function explainType(input: unknown, names: readonly string[]): string {
  const type: unknown = (input as { type?: unknown } | null)?.type;
  const meant = typeof type === 'string' ? nearest(type, names) : undefined;
  const found = type === undefined ? 'a component needs a type' : `unknown type ${JSON.stringify(type)}`;
  return `${found}${meant === undefined ? '' : `, did you mean ${meant}?`}; a component is one of ${names.join(', ')}`;
}

function createMixture(given: readonly Component[]): Distribution {
  const kept = given.filter(({ weight }) => weight > 0);
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  const components = kept.map(({ weight, distribution }) => ({ weight: weight / total, distribution }));
  const cdf = (x: number): number =>
    components.reduce((sum, { weight, distribution }) => sum + weight * distribution.cdf(x), 0);
  const massBetween = ({ weight, distribution }: Component, lo: number, hi: number): number =>
    weight * (distribution.cdf(hi) - distribution.cdf(lo));

  /** Running sums of weights, and of masses within the interval of the draw. */
  const weights = runningSums(components.map(({ weight }) => weight));
  const masses = new Float64Array(components.length);
  const pick = (sums: Float64Array, at: number): Distribution => {
    let chosen = 0;
    while (chosen < sums.length - 1 && at >= (sums[chosen] as number)) chosen++;
    return (components[chosen] as Component).distribution;
  };
  return {
    sample: (rng) => pick(weights, rng.float()).sample(rng),
    cdf: (x) => Math.min(1, cdf(x)),
    quantile(p) {
      const own = components.map(({ distribution }) => distribution.quantile(p));
      let low = Math.min(...own);
      let high = Math.max(...own);
      for (let i = 0; i < BISECTIONS; i++) {
        const middle = low > 0 ? Math.sqrt(low) * Math.sqrt(high) : high / 2;
        if (cdf(middle) < p) low = middle;
        else high = middle;
      }
      return high;
    },
    moments(lo, hi) {
      let mass = 0;
      let first = 0;
      let second = 0;
      for (const component of components) {
        const own = massBetween(component, lo, hi);
        if (own === 0) continue;
        const moments = component.distribution.moments(lo, hi);
        if (moments === undefined) return undefined;
        mass += own;
        first += own * moments.mean;
        second += own * (moments.variance + moments.mean * moments.mean);
      }
      if (mass === 0) return undefined;
      const mean = first / mass;
      return { mean, variance: Math.max(0, second / mass - mean * mean) };
    },
    between(rng, lo, hi) {
      let sum = 0;
      for (const [i, component] of components.entries()) {
        sum += massBetween(component, lo, hi);
        masses[i] = sum;
      }
      return drawBetween(pick(masses, rng.float() * sum), rng, lo, hi);
    },
  };
}

function runningSums(numbers: readonly number[]): Float64Array {
  let sum = 0;
  return Float64Array.from(numbers, (number) => (sum += number));
}

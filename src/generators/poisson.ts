import { z } from 'zod';
import { poisson as draw } from '../util/draws.ts';
import { sizeFromZero } from '../util/fields.ts';
import { defineScalar } from './generator.ts';

/** Means of a tick and exp(-mean), from which a draw begins; one, or one for each group of slots. */
interface Laws {
  readonly base: number;
  readonly factors: number | Float64Array;
  readonly means: Float64Array;
  readonly exponentials: Float64Array;
}

function lawsOf(base: number, factors: number | Float64Array): Laws {
  const byGroup = typeof factors === 'number' ? Float64Array.of(factors) : factors;
  const means = byGroup.map((factor) => base * factor);
  return { base, factors, means, exponentials: means.map((mean) => Math.exp(-mean)) };
}

/** Increment over a tick: a Poisson count with mean base_rate x seconds x modulation. */
export const poisson = defineScalar({
  name: 'poisson',
  summary: 'Counts of independent events: a whole number of them a tick, at a mean rate.',
  types: ['counter'],
  countsEvents: true,
  options: z.strictObject({
    base_rate: sizeFromZero().default(1).describe('Mean events per second and series.'),
  }),
  examples: [{}, { base_rate: 0 }, { base_rate: 0.02 }, { base_rate: 5 }, { base_rate: 2e4 }],
  create({ base_rate: baseRate }) {
    let laws = lawsOf(0, 1);
    return {
      state: [],
      fill({ tick, intervalS, from, to, keysHi, keysLo, rng }, out, rate) {
        const base = baseRate * intervalS;
        const [groups, factors] = typeof rate === 'number' ? [undefined, rate] : [rate.of, rate.byGroup];
        if (laws.base !== base || laws.factors !== factors) laws = lawsOf(base, factors);
        const { means, exponentials } = laws;
        for (let slot = from; slot < to; slot++) {
          const group = groups === undefined ? 0 : (groups[slot] as number);
          rng.seek(keysHi[slot] as number, keysLo[slot] as number, tick);
          out[slot - from] = draw(rng, means[group] as number, exponentials[group] as number);
        }
      },
    };
  },
});

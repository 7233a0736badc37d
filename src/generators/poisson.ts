import { z } from 'zod';
import { poisson as draw } from '../util/draws.ts';
import { sizeFromZero } from '../util/fields.ts';
import { defineScalar } from './generator.ts';

const KEPT_BITS = 12;

/** exp(-mean), looked up by the bits of the mean: effects on parts of a family give it a mean for each group of series. */
function createExponentials(): (mean: number) => number {
  /** A mean and its exponential in turn: both lie in one line of the cache. */
  const kept = new Float64Array(2 << KEPT_BITS).fill(Number.NaN);
  const number = new Float64Array(1);
  const bits = new Uint32Array(number.buffer);
  return (mean) => {
    number[0] = mean;
    const hash = Math.imul((bits[0] as number) ^ Math.imul(bits[1] as number, 0x9e3779b1), 0x85ebca6b);
    const at = (hash >>> (32 - KEPT_BITS)) << 1;
    if (kept[at] !== mean) {
      kept[at] = mean;
      kept[at + 1] = Math.exp(-mean);
    }
    return kept[at + 1] as number;
  };
}

const exponentials = createExponentials();

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
  create: ({ base_rate: baseRate }) => ({
    state: [],
    fill({ tick, intervalS, from, to, keysHi, keysLo, rng }, out, rate) {
      const base = baseRate * intervalS;
      let mean = -1;
      let expMinusMean = 0;
      for (let slot = from; slot < to; slot++) {
        const own = base * (typeof rate === 'number' ? rate : (rate[slot] as number));
        // Most slots share their mean with the one before, nearly all with some: the exponential is taken once for each.
        if (own !== mean) {
          mean = own;
          expMinusMean = exponentials(own);
        }
        rng.seek(keysHi[slot] as number, keysLo[slot] as number, tick);
        out[slot - from] = draw(rng, own, expMinusMean);
      }
    },
  }),
});

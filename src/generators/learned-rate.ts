import { z } from 'zod';
import {
  addFactors,
  byModel,
  createLatent,
  createMarginal,
  latentFields,
  nextNoise,
  quantileList,
  startNoise,
} from './copula.ts';
import { defineScalar, type ScalarGenerator } from './generator.ts';
import {
  mainOf,
  meanOf,
  mixLoadings,
  mixQuantiles,
  modelFields,
  situatedBy,
  type Part,
} from './situations.ts';

/** A whole number may come so much before it is due: parts of it that were added up are not exact. */
const EARLY = 1e-9;

/** How one series counts. */
export const rateFields = {
  rates: quantileList('Increase per second'),
  every_s: z
    .number()
    .positive()
    .default(1)
    .describe('Seconds for which a rate lasts before the next is drawn.'),
  integer: z.boolean().default(false).describe('Whether it counts in whole numbers.'),
  ...latentFields,
};

type RateFields = z.output<z.ZodObject<typeof rateFields>>;
type RateOptions = RateFields & { readonly start?: number };

const model = z.strictObject({
  start: z
    .number()
    .min(0)
    .default(0)
    .describe('Total at tick 0. A series that is born later, or reset, begins at 0.'),
  ...rateFields,
});

/**
 * Increment over a tick: Q(Phi(z)) x seconds x modulation, where Q has the quantiles of the rate, and z = sum of loading x factor
 * + own noise lasts for `every_s`. Noise is AR(1) from one period to the next; factors are those of the period's last tick.
 */
export const learnedRate = defineScalar({
  name: 'learned',
  summary: 'Rates as learnt from samples: their quantiles, memory, and what they share with other series.',
  types: ['counter'],
  options: z.strictObject(modelFields(model, {})),
  situated: situatedBy((parts: readonly Part<z.output<typeof model>>[]) => ({
    ...mainOf(parts),
    ...mixRates(parts),
  })),
  examples: [
    {},
    {
      models: [
        { rates: [0, 0, 0.5, 4], every_s: 3, memory_s: 9 },
        { rates: [7], integer: true },
      ],
    },
    { models: [{ rates: [0, 1, 2.5, 1e6], integer: true, factors: { a: 0.8, b: -0.5 }, memory_s: 40 }] },
    {
      models: [{ rates: [1, 2], integer: true }],
      situations: { busy: [{ rates: [80, 90, 200], integer: true, every_s: 2 }] },
    },
  ],
  create: ({ models, situations }) => ({
    ...createRate(models),
    // Of all situations, since what adds increments up is made once.
    fractional: [models, ...Object.values(situations)].flat().some(({ integer }) => !integer),
  }),
});

/** Rates between those of the parts; each lasts as long as those of the part with the largest share. */
export function mixRates(parts: readonly Part<RateFields>[]): RateFields {
  return {
    rates: mixQuantiles(parts, ({ rates }) => rates),
    every_s: mainOf(parts).every_s,
    integer: parts.every((part) => part.model.integer),
    memory_s: meanOf(parts, ({ memory_s: memoryS }) => memoryS),
    factors: mixLoadings(parts),
  };
}

/** Increments of series that each have a model. */
export function createRate(options: readonly RateOptions[]): ScalarGenerator {
  const models = options.map((one) => ({
    ...one,
    marginal: createMarginal(one.rates),
    latent: createLatent(one),
  }));
  let sums = new Float64Array(0);
  return {
    state: ['noise', 'part'],
    fractional: models.some(({ integer }) => !integer),
    start(batch) {
      const { from, to, tick, state } = batch;
      (state['part'] as Float64Array).fill(0, from, to);
      startNoise(batch, tick);
    },
    total(batch, out) {
      byModel(models, batch, ({ start = 0 }, from, to) =>
        out.fill(start, from - batch.from, to - batch.from),
      );
    },
    fill(batch, out, rate) {
      const { tick, intervalS, state } = batch;
      const noise = state['noise'] as Float64Array;
      const part = state['part'] as Float64Array;
      if (sums.length < batch.to - batch.from) sums = new Float64Array(batch.to - batch.from);
      byModel(models, batch, ({ marginal, latent, integer, every_s: everyS }, from, to) => {
        const ticks = Math.max(1, Math.round(everyS / intervalS));
        const isNew = (tick - 1) % ticks === 0;
        const seconds = ticks * intervalS;
        const memory = Math.exp(-seconds / latent.memoryS);
        const fresh = Math.sqrt(1 - memory * memory);
        const { only } = marginal;
        if (only === undefined) {
          sums.fill(0, 0, to - from);
          addFactors(latent, batch, (Math.floor((tick - 1) / ticks) + 1) * ticks, from, to, sums);
        }
        for (let slot = from; slot < to; slot++) {
          let perSecond = only ?? 0;
          if (only === undefined) {
            const own = isNew ? nextNoise(batch, noise, slot, tick, memory, fresh) : (noise[slot] as number);
            perSecond = marginal.at((sums[slot - from] as number) + latent.own * own);
          }
          if (integer) perSecond = Math.round(perSecond * seconds) / seconds;
          const increment =
            perSecond * intervalS * (typeof rate === 'number' ? rate : (rate[slot] as number));
          if (integer) {
            const due = increment + (part[slot] as number);
            const whole = Math.floor(due + EARLY);
            part[slot] = due - whole;
            out[slot - batch.from] = whole;
          } else {
            out[slot - batch.from] = increment;
          }
        }
      });
    },
  };
}

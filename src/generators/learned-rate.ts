import { z } from 'zod';
import {
  advanceNoise,
  byModel,
  createLatent,
  createMarginal,
  latentFields,
  quantileList,
  startNoise,
  writeLatents,
} from './copula.ts';
import { defineScalar, factorAt, type ScalarGenerator } from './generator.ts';
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
  let perSecond = new Float64Array(0);
  return {
    state: ['noise', 'part'],
    fractional: models.some(({ integer }) => !integer),
    start(batch) {
      (batch.state['part'] as Float64Array).fill(0, batch.from, batch.to);
      startNoise(batch);
    },
    total(batch, out) {
      byModel(models, batch, ({ start = 0 }, from, to) =>
        out.fill(start, from - batch.from, to - batch.from),
      );
    },
    fill(batch, out, rate) {
      const { tick, intervalS, state } = batch;
      const part = state['part'] as Float64Array;
      if (perSecond.length < batch.to - batch.from) perSecond = new Float64Array(batch.to - batch.from);
      byModel(models, batch, ({ marginal, latent, integer, every_s: everyS }, from, to) => {
        const ticks = Math.max(1, Math.round(everyS / intervalS));
        const seconds = ticks * intervalS;
        const count = to - from;
        if (marginal.only === undefined) {
          if ((tick - 1) % ticks === 0) advanceNoise(latent, batch, { from, to, tick }, seconds);
          const last = (Math.floor((tick - 1) / ticks) + 1) * ticks;
          writeLatents(latent, batch, { from, to, tick: last }, perSecond);
        }
        marginal.apply(perSecond, count);
        const first = from - batch.from;
        for (let i = 0; i < count; i++) {
          let own = perSecond[i] as number;
          if (integer) own = Math.round(own * seconds) / seconds;
          out[first + i] = own * intervalS * factorAt(rate, from + i);
        }
        if (!integer) return;
        for (let i = 0; i < count; i++) {
          const due = (out[first + i] as number) + (part[from + i] as number);
          const whole = Math.floor(due + EARLY);
          part[from + i] = due - whole;
          out[first + i] = whole;
        }
      });
    },
  };
}

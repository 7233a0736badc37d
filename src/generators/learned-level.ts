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
import { defineScalar } from './generator.ts';
import { meanOf, mixLoadings, mixQuantiles, modelFields, situatedBy, type Part } from './situations.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24;

const model = z.strictObject({
  values: quantileList('Levels'),
  integer: z.boolean().default(false).describe('Whether levels are whole numbers.'),
  changes_per_s: z
    .number()
    .min(0)
    .optional()
    .describe(
      'How often it steps to another level, and stays there until the next. Default: it moves every tick.',
    ),
  trend_per_s: z.number().default(0).describe('What is added for each second since tick 0.'),
  hours: z
    .array(z.number())
    .length(HOURS)
    .optional()
    .describe('What is added at each full hour of a day in UTC, and in between in proportion.'),
  ...latentFields,
});

/**
 * Level: Q(Phi(z)) + trend x seconds + hours(t), where Q has the quantiles of the level and z = sum of loading x factor + own noise.
 * Noise is AR(1), an Ornstein-Uhlenbeck process seen at ticks. A level that steps keeps its z until the next change.
 */
export const learnedLevel = defineScalar({
  name: 'learned',
  summary:
    'Levels as learnt from samples: their quantiles, memory, steps and trend, and what they share with other series.',
  types: ['gauge'],
  options: z.strictObject(modelFields(model, {})),
  situated: situatedBy(mixLevels),
  examples: [
    {},
    {
      models: [
        { values: [-2, 0, 0.5, 4], memory_s: 9, factors: { a: 0.8 } },
        { values: [7], trend_per_s: 1 },
      ],
    },
    {
      models: [
        {
          values: [0, 1, 2.5, 1e6],
          integer: true,
          changes_per_s: 0.3,
          hours: Array.from({ length: HOURS }, (_, h) => h / 2),
        },
      ],
    },
    {
      models: [{ values: [1, 2, 3], memory_s: 5, factors: { a: 0.5 } }],
      situation: 'calm',
      situations: { busy: [{ values: [50, 90], factors: { b: -0.9 } }] },
    },
  ],
  create({ models: options }) {
    const models = options.map((one) => ({
      ...one,
      marginal: createMarginal(one.values),
      latent: createLatent(one),
    }));
    let latents = new Float64Array(0);
    let chances = latents;
    return {
      state: ['noise', 'held'],
      start: startNoise,
      fill(batch, out) {
        const { tick, intervalS, modelMs, state } = batch;
        const held = state['held'] as Float64Array;
        const isBirth = intervalS === 0;
        if (latents.length < batch.to - batch.from) {
          latents = new Float64Array(batch.to - batch.from);
          chances = new Float64Array(batch.to - batch.from);
        }
        byModel(models, batch, (model, from, to) => {
          const { marginal, latent, integer, hours, changes_per_s: changesPerS } = model;
          const added =
            model.trend_per_s * tick * intervalS + (hours === undefined ? 0 : hourly(hours, modelMs));
          const { only } = marginal;
          if (only !== undefined) {
            const level = only + added;
            out.fill(integer ? Math.round(level) : level, from - batch.from, to - batch.from);
            return;
          }
          const stretch = { from, to, tick };
          const steps = changesPerS !== undefined;
          if (!isBirth) advanceNoise(latent, batch, stretch, intervalS, steps ? chances : undefined);
          writeLatents(latent, batch, stretch, latents);
          if (steps) {
            const rests = Math.exp(-changesPerS * intervalS);
            for (let slot = from; slot < to; slot++) {
              const i = slot - from;
              if (!isBirth && (chances[i] as number) < rests) latents[i] = held[slot] as number;
              else held[slot] = latents[i] as number;
            }
          }
          marginal.apply(latents, to - from);
          const first = from - batch.from;
          for (let i = 0; i < to - from; i++) {
            const level = (latents[i] as number) + added;
            out[first + i] = integer ? Math.round(level) : level;
          }
        });
      },
    };
  },
});

function mixLevels(parts: readonly Part<z.output<typeof model>>[]): z.output<typeof model> {
  /** Mean time at a level: 0 for one that moves every tick. */
  const restS = meanOf(parts, ({ changes_per_s: perS }) => (perS === undefined ? 0 : 1 / perS));
  const isDaily = parts.some((part) => part.model.hours !== undefined);
  return {
    values: mixQuantiles(parts, ({ values }) => values),
    integer: parts.every((part) => part.model.integer),
    changes_per_s: restS === 0 ? undefined : 1 / restS,
    trend_per_s: meanOf(parts, ({ trend_per_s: perS }) => perS),
    hours: isDaily
      ? Array.from({ length: HOURS }, (_, hour) => meanOf(parts, ({ hours }) => hours?.[hour] ?? 0))
      : undefined,
    memory_s: meanOf(parts, ({ memory_s: memoryS }) => memoryS),
    factors: mixLoadings(parts),
  };
}

/** The daily profile at a time. */
function hourly(hours: readonly number[], modelMs: number): number {
  const at = (modelMs / HOUR_MS) % HOURS;
  const hour = Math.floor(at);
  const before = hours[hour] as number;
  return before + (at - hour) * ((hours[(hour + 1) % HOURS] as number) - before);
}

/**
 * Situations: learnt series have a model for each, and a mix of situations is a model again that lies between theirs. Draws and
 * states stay what they are while a mix moves, so series go from one situation to another without a jump.
 */
import { z } from 'zod';
import type { Mix, Situated } from './generator.ts';

/** A model with its share of a mix. */
export interface Part<Model> {
  readonly model: Model;
  /** Above 0; those of a mix sum to 1. */
  readonly weight: number;
}

/** Options of an algorithm whose series have models. `fallback` is a model that a metric without any has. */
export function modelFields<Model extends z.ZodType>(model: Model, fallback: z.input<Model>) {
  return {
    models: z
      .array(model)
      .min(1)
      .prefault([fallback] as never)
      .describe('One for each of label_sets, in their order; the last one serves those that have none.'),
    situation: z.string().default('normal').describe('The situation that models are of.'),
    situations: z
      .record(z.string(), z.array(model).min(1))
      .default({})
      .describe('Models in other situations by name, which effects with `situation` lead to.'),
  };
}

interface ModelOptions<Model> {
  readonly models: Model[];
  readonly situation: string;
  readonly situations: Record<string, Model[]>;
}

/** Options in a mix, from models in a mix. `mix` is given two parts or more. */
export function situatedBy<Model>(
  mix: (parts: readonly Part<Model>[]) => Model,
): Situated<ModelOptions<Model>> {
  return {
    names: ({ situation, situations }) => [situation, ...Object.keys(situations)],
    mix(options, weights) {
      const parts = partsOf(options, weights);
      const count = Math.max(...parts.map(({ models }) => models.length));
      const models = Array.from({ length: count }, (_, i) => {
        const own = parts.map(({ models: all, weight }) => ({
          model: all[Math.min(i, all.length - 1)] as Model,
          weight,
        }));
        const [first] = own as [Part<Model>];
        return own.length === 1 ? first.model : mix(own);
      });
      return { ...options, models };
    },
  };
}

/** Options of each label set alone. */
export function separate<Model, Options extends ModelOptions<Model>>(options: Options): Options[] {
  const { models, situations } = options;
  const lists = [models, ...Object.values(situations)];
  return Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, i) => {
    const own = (list: readonly Model[]): Model[] => [list[Math.min(i, list.length - 1)] as Model];
    return {
      ...options,
      models: own(models),
      situations: Object.fromEntries(Object.entries(situations).map(([name, list]) => [name, own(list)])),
    };
  });
}

/** The situations that have a share, in their order; what no share names is left to the one that models are of. */
function partsOf<Model>(
  { models, situation, situations }: ModelOptions<Model>,
  mix: Mix,
): { readonly models: readonly Model[]; readonly weight: number }[] {
  const others = Object.entries(situations).map(([name, own]) => ({ models: own, weight: mix[name] ?? 0 }));
  const rest = 1 - others.reduce((sum, { weight }) => sum + weight, 0);
  const all = [{ name: situation, models, weight: rest }, ...others].filter(({ weight }) => weight > NOTHING);
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  return all.map((part) => ({ models: part.models, weight: part.weight / total }));
}

/** Shares below it are what rounding has left. */
const NOTHING = 1e-12;

/** The weighted mean of a number. */
export function meanOf<Model>(parts: readonly Part<Model>[], pick: (model: Model) => number): number {
  return parts.reduce((sum, { model, weight }) => sum + weight * pick(model), 0);
}

/** What the part with the largest share has. */
export function mainOf<Model>(parts: readonly Part<Model>[]): Model {
  return parts.reduce((most, part) => (part.weight > most.weight ? part : most)).model;
}

/** Most quantiles of a mix. */
const MOST_QUANTILES = 1025;

/**
 * Quantiles between those of the parts, each read at the same probabilities. A table of every probability that one of the parts has
 * is exact; where that is too many, it is as fine as it may be.
 */
export function mixQuantiles<Model>(
  parts: readonly Part<Model>[],
  pick: (model: Model) => readonly number[],
): number[] {
  const steps = parts.flatMap(({ model }) => (pick(model).length > 1 ? [pick(model).length - 1] : []));
  const count = steps.length === 0 ? 1 : Math.min(steps.reduce(leastCommon) + 1, MOST_QUANTILES);
  const table = Array.from({ length: count }, (_, i) => {
    const p = count === 1 ? 0 : i / (count - 1);
    return meanOf(parts, (model) => quantileAt(pick(model), p));
  });
  // Rounding must not turn two neighbours round.
  for (let i = 1; i < count; i++) table[i] = Math.max(table[i] as number, table[i - 1] as number);
  return table;
}

function quantileAt(table: readonly number[], p: number): number {
  const last = table.length - 1;
  const at = p * last;
  const below = Math.min(Math.floor(at + 1e-9), Math.max(0, last - 1));
  const low = table[below] as number;
  return low + Math.max(0, at - below) * ((table[Math.min(below + 1, last)] as number) - low);
}

function leastCommon(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

/** Loadings between those of the parts. Their squares sum to at most what the parts' do. */
export function mixLoadings<Model extends { readonly factors: Readonly<Record<string, number>> }>(
  parts: readonly Part<Model>[],
): Record<string, number> {
  const names = new Set(parts.flatMap(({ model }) => Object.keys(model.factors)));
  return Object.fromEntries(
    Array.from(names, (name) => [name, meanOf(parts, ({ factors }) => factors[name] ?? 0)]),
  );
}

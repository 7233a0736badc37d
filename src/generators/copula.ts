/**
 * What learnt generators share: a latent z ~ N(0, 1) for each series, made of shared factors and noise of its own, and the
 * quantiles that turn it into a value. Series that share a factor move together, each over its own range.
 */
import { z } from 'zod';
import { normal } from '../util/draws.ts';
import { normalCdf } from './gaussian.ts';
import type { Batch } from './generator.ts';

/** Latents farther out are taken for this one. */
const REACH = 4;
const CELLS = 512;
const SCALE = CELLS / (2 * REACH);

const LATENT_PROBABILITIES = Float64Array.from({ length: CELLS + 1 }, (_, i) => normalCdf(i / SCALE - REACH));

/** Options of a model that say how its series moves. */
export const latentFields = {
  memory_s: z
    .number()
    .min(0)
    .default(0)
    .describe('Seconds in which the correlation of its own noise falls to 1/e; 0 is drawn anew each time.'),
  factors: z
    .record(z.string(), z.number().min(-1).max(1))
    .default({})
    .refine((loadings) => sumOfSquares(Object.values(loadings)) <= 1 + 1e-9, {
      error: 'have squares that sum to more than 1, the whole of what moves a series',
    })
    .describe('Shared factors by name, each with its loading: the correlation of the series with it.'),
};

/** Quantiles at evenly spaced probabilities, from the least value to the greatest. */
export const quantileList = (what: string) =>
  z
    .array(z.number())
    .min(1)
    .refine((list) => list.every((value, i) => i === 0 || value >= (list[i - 1] as number)), {
      error: 'must not descend: they are quantiles, the least value first',
    })
    .default([0])
    .describe(`${what}: quantiles at evenly spaced probabilities, the least first and the greatest last.`);

/** A marginal law over latents; `only` when it is a single value. */
export interface Marginal {
  readonly only: number | undefined;
  at(latent: number): number;
}

export function createMarginal(quantiles: readonly number[]): Marginal {
  const [first = 0] = quantiles;
  if (quantiles.every((value) => value === first)) return { only: first, at: () => first };
  const last = quantiles.length - 1;
  const table = Float64Array.from(LATENT_PROBABILITIES, (p) => {
    const at = Math.min(p * last, last);
    const below = Math.min(Math.floor(at), last - 1);
    const low = quantiles[below] as number;
    return low + (at - below) * ((quantiles[below + 1] as number) - low);
  });
  table[0] = first;
  table[CELLS] = quantiles[last] as number;
  return {
    only: undefined,
    at(latent) {
      const position = (latent + REACH) * SCALE;
      if (!(position > 0)) return table[0] as number;
      if (position >= CELLS) return table[CELLS] as number;
      const cell = Math.floor(position);
      const low = table[cell] as number;
      return low + (position - cell) * ((table[cell + 1] as number) - low);
    },
  };
}

/** How a latent is made. */
export interface Latent {
  readonly names: readonly string[];
  readonly loadings: readonly number[];
  /** Weight of the series' own noise. */
  readonly own: number;
  readonly memoryS: number;
}

export function createLatent(options: { memory_s: number; factors: Record<string, number> }): Latent {
  const entries = Object.entries(options.factors).filter(([, loading]) => loading !== 0);
  const loadings = entries.map(([, loading]) => loading);
  return {
    names: entries.map(([name]) => name),
    loadings,
    own: Math.sqrt(Math.max(0, 1 - sumOfSquares(loadings))),
    memoryS: options.memory_s,
  };
}

/** Adds what factors have at a tick to `sums[0 ..]` for the slots [from, to) of a batch. */
export function addFactors(
  { names, loadings }: Latent,
  { replication }: Batch,
  tick: number,
  from: number,
  to: number,
  sums: Float64Array,
): void {
  if (names.length === 0 || replication === undefined) return;
  const { replicas, factors } = replication;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let slot = from; slot < to; slot++) {
    const replica = replicas[slot] as number;
    if (replica < least) least = replica;
    if (replica > most) most = replica;
  }
  for (const [i, name] of names.entries()) {
    const values = factors.at(name, tick, least, most + 1);
    const loading = loadings[i] as number;
    for (let slot = from; slot < to; slot++)
      sums[slot - from] =
        (sums[slot - from] as number) + loading * (values[replicas[slot] as number] as number);
  }
}

/** Calls `run` for each run of slots of a batch that have the same model. */
export function byModel<Model>(
  models: readonly Model[],
  { replication, from, to }: Batch,
  run: (model: Model, from: number, to: number) => void,
): void {
  const members = replication?.members;
  const modelOf = (slot: number): Model => models[Math.min(members?.[slot] ?? 0, models.length - 1)] as Model;
  let begin = from;
  while (begin < to) {
    const model = modelOf(begin);
    let end = begin + 1;
    if (members === undefined || models.length === 1) end = to;
    else while (end < to && modelOf(end) === model) end++;
    run(model, begin, end);
    begin = end;
  }
}

/** The next noise of a slot: AR(1) with a coefficient, started from N(0, 1). Seeks the cell of the tick. */
export function nextNoise(
  { keysHi, keysLo, rng }: Batch,
  noise: Float64Array,
  slot: number,
  tick: number,
  coefficient: number,
  fresh: number,
): number {
  rng.seek(keysHi[slot] as number, keysLo[slot] as number, tick);
  const next = coefficient * (noise[slot] as number) + fresh * normal(rng);
  noise[slot] = next;
  return next;
}

/** Noise at birth. */
export function startNoise(batch: Batch, tick: number): void {
  const noise = batch.state['noise'] as Float64Array;
  noise.fill(0, batch.from, batch.to);
  for (let slot = batch.from; slot < batch.to; slot++) nextNoise(batch, noise, slot, tick, 0, 1);
}

function sumOfSquares(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number * number, 0);
}

/**
 * What learnt generators share: a latent z ~ N(0, 1) for each series, made of shared factors and noise of its own, and the
 * quantiles that turn it into a value. Series that share a factor move together, each over its own range.
 */
import { z } from 'zod';
import { addNormals, normal } from '../util/draws.ts';
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
  /** Puts values in the place of the first `count` latents. */
  apply(latents: Float64Array, count: number): void;
}

export function createMarginal(quantiles: readonly number[]): Marginal {
  const [first = 0] = quantiles;
  if (quantiles.every((value) => value === first))
    return { only: first, apply: (latents, count) => void latents.fill(first, 0, count) };
  const last = quantiles.length - 1;
  const table = Float64Array.from(LATENT_PROBABILITIES, (p) => {
    const at = Math.min(p * last, last);
    const below = Math.min(Math.floor(at), last - 1);
    const low = quantiles[below] as number;
    return low + (at - below) * ((quantiles[below + 1] as number) - low);
  });
  const greatest = quantiles[last] as number;
  table[0] = first;
  table[CELLS] = greatest;
  return {
    only: undefined,
    apply(latents, count) {
      for (let i = 0; i < count; i++) {
        const position = ((latents[i] as number) + REACH) * SCALE;
        if (!(position > 0)) latents[i] = first;
        else if (position >= CELLS) latents[i] = greatest;
        else {
          const cell = Math.floor(position);
          const low = table[cell] as number;
          latents[i] = low + (position - cell) * ((table[cell + 1] as number) - low);
        }
      }
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

/** Neighbouring slots of a batch, and a tick that need not be the batch's. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly tick: number;
}

/** Writes the latents of slots to `out[0 ..]`: what factors have at the tick, and their own noise as it is. */
export function writeLatents(
  { names, loadings, own }: Latent,
  { replication, state }: Batch,
  { from, to, tick }: Stretch,
  out: Float64Array,
): void {
  out.fill(0, 0, to - from);
  if (names.length > 0 && replication !== undefined) {
    const { replicas, factors } = replication;
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (let slot = from; slot < to; slot++) {
      const replica = replicas[slot] as number;
      if (replica < least) least = replica;
      if (replica > most) most = replica;
    }
    for (let f = 0; f < names.length; f++) {
      const values = factors.at(names[f] as string, tick, least, most + 1);
      const loading = loadings[f] as number;
      for (let slot = from; slot < to; slot++)
        out[slot - from] =
          (out[slot - from] as number) + loading * (values[replicas[slot] as number] as number);
    }
  }
  const noise = state['noise'] as Float64Array;
  for (let slot = from; slot < to; slot++)
    out[slot - from] = (out[slot - from] as number) + own * (noise[slot] as number);
}

/** Calls `run` for each run of slots of a batch that have the same model. */
export function byModel<Model>(
  models: readonly Model[],
  { replication, from, to }: Batch,
  run: (model: Model, from: number, to: number) => void,
): void {
  const members = replication?.members;
  const last = models.length - 1;
  let begin = from;
  while (begin < to) {
    const index = Math.min(members?.[begin] ?? 0, last);
    let end = begin + 1;
    if (members === undefined || last === 0) end = to;
    else while (end < to && Math.min(members[end] as number, last) === index) end++;
    run(models[index] as Model, begin, end);
    begin = end;
  }
}

/**
 * Takes the noise of slots to a tick that is so many seconds after the one that it is of: AR(1), with variance 1. `chances[0 ..]` get
 * a uniform number each, which is drawn after it.
 */
export function advanceNoise(
  { memoryS }: Latent,
  { keysHi, keysLo, rng, state }: Batch,
  { from, to, tick }: Stretch,
  seconds: number,
  chances?: Float64Array,
): void {
  const kept = Math.exp(-seconds / memoryS);
  const fresh = Math.sqrt(1 - kept * kept);
  const noise = (state['noise'] as Float64Array).subarray(from, to);
  for (let i = 0; i < noise.length; i++) noise[i] = kept * (noise[i] as number);
  if (chances === undefined) {
    addNormals(rng, { keysHi, keysLo, from, to, tick }, fresh, noise);
    return;
  }
  for (let i = 0; i < noise.length; i++) {
    rng.seek(keysHi[from + i] as number, keysLo[from + i] as number, tick);
    noise[i] = (noise[i] as number) + fresh * normal(rng);
    chances[i] = rng.float();
  }
}

/** Noise at birth. */
export function startNoise(batch: Batch): void {
  const noise = (batch.state['noise'] as Float64Array).subarray(batch.from, batch.to);
  noise.fill(0);
  addNormals(batch.rng, batch, 1, noise);
}

function sumOfSquares(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number * number, 0);
}

/** The batch that a driver lends its generator. */
import { allocateDoubles } from '../../series/allocate.ts';
import type { Family } from '../../series/family.ts';
import type { Moment } from '../../series/source.ts';
import { Rng } from '../../util/rng.ts';
import type { Batch, ScalarGenerator } from '../generator.ts';

/** Slots that a generator fills at once: their scratch stays in the first-level cache. */
export const BLOCK = 2048;

/** A batch over a family's keys, with state columns for the generator. */
export function createBatch(family: Pick<Family, 'size' | 'keys'>, generator: ScalarGenerator): Batch {
  const { hi, lo } = family.keys;
  const state = Object.fromEntries(generator.state.map((name) => [name, allocateDoubles(family.size)]));
  return { tick: 0, modelMs: 0, intervalS: 0, from: 0, to: 0, keysHi: hi, keysLo: lo, rng: new Rng(), state };
}

/** Calls `run` for each block of slots [from, to) with the batch set to it. `intervalMs` is 0 at birth. */
export function inBlocks(
  batch: Batch,
  moment: Moment,
  from: number,
  to: number,
  run: (batch: Batch) => void,
): void {
  batch.tick = moment.tick;
  batch.modelMs = moment.modelMs;
  batch.intervalS = moment.intervalMs / 1000;
  for (let at = from; at < to; at += BLOCK) {
    batch.from = at;
    batch.to = Math.min(at + BLOCK, to);
    run(batch);
  }
}

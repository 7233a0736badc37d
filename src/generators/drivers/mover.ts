/** Increments that move from one series to another, drawn with the key of the one that they are taken from. */
import { pickFactor, type Factor, type Moves } from '../../series/modulation.ts';
import { binomial } from '../../util/draws.ts';
import { Rng } from '../../util/rng.ts';
import type { Batch, ScalarGenerator } from '../generator.ts';
import { BLOCK, createGathered, followTick, type Cells } from './batch.ts';
import type { Instances } from './instances.ts';

/** Of a cell, beside stream 0, from which the increment itself is drawn. */
const MOVE_STREAM = 1;

export interface Mover {
  /**
   * Takes from the increments of a block what moves away, and adds what comes. The increment of whoever it comes from is worked out
   * once more, since another thread or another machine may have it.
   */
  move(
    moves: Moves,
    instances: Instances<ScalarGenerator>,
    block: Batch,
    increments: Float64Array,
    rate: Factor,
  ): void;
}

export function createMover(cells: Cells): Mover {
  const rng = new Rng();
  const values = new Float64Array(BLOCK);
  const groups = new Uint32Array(BLOCK);
  const sourced = createGathered({});

  return {
    move(moves, instances, block, increments, rate) {
      const { of, shares, targets, sources, foreignHi, foreignLo } = moves;
      const { from, to, keysHi, keysLo, tick } = block;
      for (let slot = from; slot < to; slot++) {
        const own = shares[of[slot] as number] as readonly number[];
        if (own.length === 0) continue;
        rng.seek(keysHi[slot] as number, keysLo[slot] as number, tick, MOVE_STREAM);
        const increment = increments[slot - from] as number;
        increments[slot - from] = increment - movedUpTo(rng, increment, own, own.length);
      }

      followTick(sourced, block);
      for (let at = firstFrom(targets, from); at < targets.length && (targets[at] as number) < to;) {
        let count = 0;
        while (count < BLOCK && at + count < targets.length && (targets[at + count] as number) < to) {
          const source = sources[at + count] as number;
          const foreign = source - (of.length - foreignHi.length);
          sourced.keysHi[count] = (foreign < 0 ? keysHi[source] : foreignHi[foreign]) as number;
          sourced.keysLo[count] = (foreign < 0 ? keysLo[source] : foreignLo[foreign]) as number;
          count += 1;
        }
        const first = at;
        sourced.to = count;
        const rates = pickFactor(rate, sources.subarray(at, at + count), groups);
        cells.fill(ofSources(instances, sources, at), sourced, values, rates);
        for (let i = 0; i < count; i++) {
          const own = shares[of[sources[first + i] as number] as number] as readonly number[];
          const move = moves.moves[first + i] as number;
          rng.seek(sourced.keysHi[i] as number, sourced.keysLo[i] as number, tick, MOVE_STREAM);
          const before = movedUpTo(rng, values[i] as number, own, move);
          const left = (values[i] as number) - before;
          const target = (targets[first + i] as number) - from;
          const moved = binomial(rng, left, conditional(own, move));
          increments[target] = (increments[target] as number) + moved;
        }
        at += count;
      }
    },
  };
}

/** The generators of sources from an index on, in the place of slots. */
function ofSources(
  { all, only, indexOf }: Instances<ScalarGenerator>,
  sources: Uint32Array,
  first: number,
): Instances<ScalarGenerator> {
  return { all, only, indexOf: (index) => indexOf(sources[first + index] as number) };
}

/** What the first `count` moves take of an increment: each a binomial part of what those before it have left. */
function movedUpTo(rng: Rng, increment: number, shares: readonly number[], count: number): number {
  let left = increment;
  for (let move = 0; move < count; move++) left -= binomial(rng, left, conditional(shares, move));
  return increment - left;
}

/** The share that a move takes of what is left by those before it. */
function conditional(shares: readonly number[], move: number): number {
  let rest = 1;
  for (let before = 0; before < move; before++) rest -= shares[before] as number;
  const share = shares[move] as number;
  return share <= 0 ? 0 : rest <= share ? 1 : share / rest;
}

/** Index of the first entry that is not below `slot`; entries ascend. */
function firstFrom(ascending: Uint32Array, slot: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Shared factors: what makes series move together. A factor is a name and the labels of a replica; it has a value at every
 * tick whether or not any series reads it, so it stays what it is when members come and go (invariant 1).
 *
 * Its values are a stationary Ornstein-Uhlenbeck process: N(0, 1) at each tick, correlated exp(-time / memory) between two.
 * They come without history, from nodes that are halved: ticks that are multiples of a power of two far beyond the memory
 * are independent, and each middle is drawn given both ends. The draw of a node depends on (key, tick) alone.
 */
import { normal } from '../util/draws.ts';
import { Rng } from '../util/rng.ts';

/** 64-bit keys by replica. */
interface ReplicaKeys {
  readonly hi: Int32Array;
  readonly lo: Int32Array;
}

export interface SharedFactors {
  /** Values of a factor at a tick by replica, of which `from <= replica < to` are there. Borrowed until the next call. */
  at(name: string, tick: number, from: number, to: number): Float64Array;
}

/** Which of its family's explicit label sets a slot has, and of which replica it is. */
export interface Replication {
  /** Index into the label sets, by slot; 0 everywhere without label sets. */
  readonly members: Uint32Array;
  /** Index of the combination of all other labels, by slot. */
  readonly replicas: Uint32Array;
  readonly factors: SharedFactors;
}

export interface FactorOptions {
  /** Seconds in which the correlation of a factor falls to 1/e; 0 is drawn anew every tick. `undefined`: no such factor. */
  memoryS(name: string): number | undefined;
  readonly intervalMs: number;
  /** Number of replicas, and their keys for a factor. */
  readonly replicas: number;
  keys(name: string): ReplicaKeys;
}

/** Coarse nodes are so many memories apart: a correlation of e^-8 is taken for none. */
const MEMORIES_APART = 8;
/** Values of so many ticks are kept: those of levels now and of rates at the end of their period. */
const TICKS_KEPT = 4;
const BLOCK = 256;

interface Row {
  tick: number;
  readonly values: Float64Array;
  /** 1 for blocks of replicas that are there. */
  readonly done: Uint8Array;
}

interface Factor {
  readonly keys: ReplicaKeys;
  readonly path: Path;
  readonly rows: Row[];
  oldest: number;
}

/** The factors of one group of replicas. Each value is worked out once a tick, however many series read it. */
export function createSharedFactors({ memoryS, intervalMs, replicas, keys }: FactorOptions): SharedFactors {
  const factors = new Map<string, Factor>();
  const rng = new Rng();
  const factorOf = (name: string): Factor => {
    let factor = factors.get(name);
    if (factor === undefined) {
      const memory = memoryS(name);
      if (memory === undefined) throw new RangeError(`there is no factor ${name}`);
      factor = { keys: keys(name), path: createPath((memory * 1000) / intervalMs), rows: [], oldest: 0 };
      factors.set(name, factor);
    }
    return factor;
  };
  const rowOf = (factor: Factor, tick: number): Row => {
    for (const row of factor.rows) if (row.tick === tick) return row;
    let row = factor.rows[factor.oldest];
    if (row === undefined) {
      row = {
        tick,
        values: new Float64Array(replicas),
        done: new Uint8Array(Math.ceil(replicas / BLOCK)),
      };
      factor.rows.push(row);
    }
    row.tick = tick;
    row.done.fill(0);
    factor.oldest = (factor.oldest + 1) % TICKS_KEPT;
    return row;
  };
  return {
    at(name, tick, from, to) {
      const factor = factorOf(name);
      const { values, done } = rowOf(factor, tick);
      const { hi, lo } = factor.keys;
      for (let block = Math.floor(from / BLOCK); block * BLOCK < to; block++) {
        if (done[block] === 1) continue;
        done[block] = 1;
        const end = Math.min((block + 1) * BLOCK, replicas);
        for (let replica = block * BLOCK; replica < end; replica++)
          values[replica] = factor.path(rng, hi[replica] as number, lo[replica] as number, tick);
      }
      return values;
    },
  };
}

/** The value of the process with a key at a tick. */
export type Path = (rng: Rng, keyHi: number, keyLo: number, tick: number) => number;

/** A process whose correlation falls to 1/e in so many ticks. */
export function createPath(memoryTicks: number): Path {
  let span = 1;
  if (memoryTicks > 0.05) while (span < memoryTicks * MEMORIES_APART) span *= 2;
  /** By halving: what a middle has of each end, and what is new. */
  const weights: number[] = [];
  const news: number[] = [];
  for (let half = span / 2; half >= 1; half /= 2) {
    const correlation = Math.exp(-half / memoryTicks);
    const square = correlation * correlation;
    weights.push(correlation / (1 + square));
    news.push(Math.sqrt((1 - square) / (1 + square)));
  }
  return (rng, hi, lo, tick) => {
    const node = (at: number): number => {
      rng.seek(hi, lo, at);
      return normal(rng);
    };
    let before = Math.floor(tick / span) * span;
    let valueBefore = node(before);
    if (tick === before) return valueBefore;
    let valueAfter = node(before + span);
    for (let level = 0, half = span / 2; ; level++, half /= 2) {
      const middle = before + half;
      const value =
        (weights[level] as number) * (valueBefore + valueAfter) + (news[level] as number) * node(middle);
      if (tick === middle) return value;
      if (tick < middle) valueAfter = value;
      else {
        before = middle;
        valueBefore = value;
      }
    }
  };
}

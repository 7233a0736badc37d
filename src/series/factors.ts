/**
 * Shared factors: what makes series move together. A factor is a name and the labels of a replica; it has a value at every
 * tick whether or not any series reads it, so it stays what it is when members come and go (invariant 1).
 *
 * Its values are a stationary Ornstein-Uhlenbeck process: N(0, 1) at each tick, correlated exp(-time / memory) between two.
 * They come without history, from nodes that are halved: ticks that are multiples of a power of two far beyond the memory
 * are independent, and each middle is drawn given both ends. The draw of a node depends on (key, tick) alone.
 *
 * Or it has a course that was seen, gone through forth and back. Where a replica begins is drawn for all its factors at once and
 * anew for each pass: their courses stay beside one another as they were seen.
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

/** How the values of a factor come about. */
export interface FactorModel {
  /** Seconds in which its correlation falls to 1/e; 0 is drawn anew every tick. Of no account beside a course. */
  readonly memory_s: number;
  /** Values so many seconds apart, of mean 0 and spread 1. */
  readonly course?: readonly number[] | undefined;
  readonly every_s?: number | undefined;
}

export interface FactorOptions {
  /** `undefined`: no such factor. */
  model(name: string): FactorModel | undefined;
  readonly intervalMs: number;
  /** Number of replicas, and their keys for a factor; without a name for where they are in their courses. */
  readonly replicas: number;
  keys(name: string | undefined): ReplicaKeys;
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
export function createSharedFactors({ model, intervalMs, replicas, keys }: FactorOptions): SharedFactors {
  const factors = new Map<string, Factor>();
  const rng = new Rng();
  let places: ReplicaKeys | undefined;
  const make = (name: string): Factor => {
    const found = model(name);
    if (found === undefined) throw new RangeError(`there is no factor ${name}`);
    const { memory_s: memoryS, course, every_s: everyS = 1 } = found;
    const ticks = (seconds: number): number => (seconds * 1000) / intervalMs;
    const own =
      course === undefined
        ? { keys: keys(name), path: createPath(ticks(memoryS)) }
        : { keys: (places ??= keys(undefined)), path: createCourse(course, ticks(everyS)) };
    return { ...own, rows: [], oldest: 0 };
  };
  const factorOf = (name: string): Factor => {
    let factor = factors.get(name);
    if (factor === undefined) factors.set(name, (factor = make(name)));
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

/**
 * A course of values so many ticks apart, forth and back without end. Its place is drawn with the key for each pass of both ways.
 * Between two values it is as spread as at them.
 */
export function createCourse(values: readonly number[], ticksApart: number): Path {
  const { length } = values;
  const points = 2 * length;
  const valueAt = (point: number): number => {
    const at = point % points;
    return values[at < length ? at : points - 1 - at] as number;
  };
  let square = 0;
  let product = 0;
  for (let point = 0; point < points; point++) {
    square += valueAt(point) ** 2;
    product += valueAt(point) * valueAt(point + 1);
  }
  const correlation = square > 0 ? product / square : 1;
  return (rng, hi, lo, tick) => {
    const position = tick / ticksApart;
    const point = Math.floor(position);
    const part = position - point;
    rng.seek(hi, lo, Math.floor(point / points));
    const place = point + Math.floor(rng.float() * points);
    const before = valueAt(place);
    if (part === 0) return before;
    const spread = Math.sqrt(part * part + (1 - part) ** 2 + 2 * part * (1 - part) * correlation);
    return ((1 - part) * before + part * valueAt(place + 1)) / Math.max(spread, LEAST_SPREAD);
  };
}

/** Halfway between values that are each other's opposites nothing is left to spread. */
const LEAST_SPREAD = 0.1;

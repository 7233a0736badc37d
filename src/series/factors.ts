/**
 * Shared factors: what makes series move together. A factor is a name and the labels of a replica; it has a value at every
 * tick whether or not any series reads it, so it stays what it is when members come and go (invariant 1).
 */
import { Rng } from '../util/rng.ts';
import { createCourse, createProcess, type Keys, type Path, type PathOf } from './path.ts';

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
  keys(name: string | undefined): Keys;
}

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
  readonly keys: Keys;
  readonly pathOf: PathOf;
  /** By block of replicas. */
  readonly paths: Path[];
  /** That of the tick which was asked for last comes last. */
  readonly rows: Row[];
}

/** The factors of one group of replicas. Each value is worked out once a tick, however many series read it. */
export function createSharedFactors({ model, intervalMs, replicas, keys }: FactorOptions): SharedFactors {
  const factors = new Map<string, Factor>();
  const rng = new Rng();
  let places: Keys | undefined;
  const make = (name: string): Factor => {
    const found = model(name);
    if (found === undefined) throw new RangeError(`there is no factor ${name}`);
    const { memory_s: memoryS, course, every_s: everyS = 1 } = found;
    const ticks = (seconds: number): number => (seconds * 1000) / intervalMs;
    const own =
      course === undefined
        ? { keys: keys(name), pathOf: createProcess(ticks(memoryS)) }
        : { keys: (places ??= keys(undefined)), pathOf: createCourse(course, ticks(everyS)) };
    return { ...own, paths: [], rows: [] };
  };
  const factorOf = (name: string): Factor => {
    let factor = factors.get(name);
    if (factor === undefined) factors.set(name, (factor = make(name)));
    return factor;
  };
  const rowOf = ({ rows }: Factor, tick: number): Row => {
    const known = rows.findIndex((row) => row.tick === tick);
    let row =
      known < 0 && rows.length >= TICKS_KEPT ? rows.shift() : rows.splice(known, Number(known >= 0))[0];
    row ??= {
      tick,
      values: new Float64Array(replicas),
      done: new Uint8Array(Math.ceil(replicas / BLOCK)),
    };
    if (row.tick !== tick) row.done.fill(0);
    row.tick = tick;
    rows.push(row);
    return row;
  };
  return {
    at(name, tick, from, to) {
      const factor = factorOf(name);
      const { values, done } = rowOf(factor, tick);
      for (let block = Math.floor(from / BLOCK); block * BLOCK < to; block++) {
        if (done[block] === 1) continue;
        done[block] = 1;
        const begin = block * BLOCK;
        const end = Math.min(begin + BLOCK, replicas);
        const path = (factor.paths[block] ??= factor.pathOf(factor.keys, begin, end));
        path(rng, tick, values.subarray(begin, end));
      }
      return values;
    },
  };
}

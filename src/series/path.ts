/**
 * How the values of shared factors come about, for the replicas of a block at once: what their ticks have in common is worked out once.
 *
 * A process is a stationary Ornstein-Uhlenbeck process: N(0, 1) at each tick, correlated exp(-time / memory) between two.
 * Its values come without history, from nodes that are halved: ticks that are multiples of a power of two far beyond the memory
 * are independent, and each middle is drawn given both ends. The draw of a node depends on (key, tick) alone.
 *
 * A course was seen, and is gone through forth and back. Where a replica begins is drawn for all its factors at once and anew for
 * each pass: their courses stay beside one another as they were seen.
 */
import { addNormals } from '../util/draws.ts';
import type { Rng } from '../util/rng.ts';

/** 64-bit keys by replica. */
export interface Keys {
  readonly hi: Int32Array;
  readonly lo: Int32Array;
}

/** Writes the value at a tick of each replica of a block. */
export type Path = (rng: Rng, tick: number, out: Float64Array) => void;

/** The path of replicas [from, to). */
export type PathOf = (keys: Keys, from: number, to: number) => Path;

/** Coarse nodes are so many memories apart: a correlation of e^-8 is taken for none. */
const MEMORIES_APART = 8;

/** Values at a tick from which those of later ticks follow. */
interface Node {
  at: number;
  readonly values: Float64Array;
}

/** A process whose correlation falls to 1/e in so many ticks. */
export function createProcess(memoryTicks: number): PathOf {
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
  return ({ hi: keysHi, lo: keysLo }, from, to) => {
    const createNode = (): Node => ({ at: -1, values: new Float64Array(to - from) });
    const ends = [createNode(), createNode()] as const;
    // The last middles are ticks themselves, from which nothing follows.
    const middles = weights.slice(1).map(createNode);
    const endAt = (rng: Rng, at: number): Float64Array => {
      const end = ends[(at / span) % 2] as Node;
      if (end.at !== at) {
        end.values.fill(0);
        addNormals(rng, { keysHi, keysLo, from, to, tick: at }, 1, end.values);
        end.at = at;
      }
      return end.values;
    };
    return (rng, tick, out) => {
      let before = Math.floor(tick / span) * span;
      let valuesBefore = endAt(rng, before);
      if (tick === before) {
        out.set(valuesBefore);
        return;
      }
      let valuesAfter = endAt(rng, before + span);
      for (let level = 0, half = span / 2; ; level++, half /= 2) {
        const middle = before + half;
        const node = middles[level];
        const values = node?.values ?? out;
        if (node?.at !== middle) {
          const weight = weights[level] as number;
          for (let i = 0; i < values.length; i++)
            values[i] = weight * ((valuesBefore[i] as number) + (valuesAfter[i] as number));
          addNormals(rng, { keysHi, keysLo, from, to, tick: middle }, news[level] as number, values);
          if (node !== undefined) node.at = middle;
        }
        if (tick === middle) {
          if (values !== out) out.set(values);
          return;
        }
        if (tick < middle) valuesAfter = values;
        else {
          before = middle;
          valuesBefore = values;
        }
      }
    };
  };
}

/**
 * A course of values so many ticks apart, forth and back without end. Its place is drawn with the key for each pass of both ways.
 * Between two values it is as spread as at them.
 */
export function createCourse(values: readonly number[], ticksApart: number): PathOf {
  const both = Float64Array.from([...values, ...values.toReversed()]);
  const points = both.length;
  let square = 0;
  let product = 0;
  for (let point = 0; point < points; point++) {
    square += (both[point] as number) ** 2;
    product += (both[point] as number) * (both[(point + 1) % points] as number);
  }
  const correlation = square > 0 ? product / square : 1;
  return ({ hi, lo }, from, to) => {
    const places = new Uint32Array(to - from);
    let placed = -1;
    return (rng, tick, out) => {
      const position = tick / ticksApart;
      const point = Math.floor(position);
      const part = position - point;
      const pass = Math.floor(point / points);
      if (pass !== placed) {
        for (let i = 0; i < places.length; i++) {
          rng.seek(hi[from + i] as number, lo[from + i] as number, pass);
          places[i] = Math.floor(rng.float() * points);
        }
        placed = pass;
      }
      const spread = Math.sqrt(part * part + (1 - part) ** 2 + 2 * part * (1 - part) * correlation);
      const width = Math.max(spread, LEAST_SPREAD);
      const first = point - pass * points;
      for (let i = 0; i < places.length; i++) {
        let at = first + (places[i] as number);
        if (at >= points) at -= points;
        const before = both[at] as number;
        const after = both[at + 1 === points ? 0 : at + 1] as number;
        out[i] = part === 0 ? before : ((1 - part) * before + part * after) / width;
      }
    };
  };
}

/** Halfway between values that are each other's opposites nothing is left to spread. */
const LEAST_SPREAD = 0.1;

/**
 * A source: a family that can be advanced. The engine knows sources alone; which generator is inside, and of which
 * type the family is, is the source's own business. Made by generators/registry.ts.
 */
import type { Column } from './column.ts';
import type { Family } from './family.ts';
import type { Modulation } from './modulation.ts';
import type { States } from './state.ts';

/** When: one tick's model times. */
export interface Moment {
  /** Index k. */
  readonly tick: number;
  /** t_k, milliseconds since the Unix epoch. */
  readonly modelMs: number;
  /** t_k - t_{k-1} in milliseconds. */
  readonly intervalMs: number;
}

/** An algorithm with its options. */
export interface GeneratorSpec {
  /** One that serves the family's type. */
  readonly algorithm: string;
  /** Its options, as in the file or parsed; what is missing has its default. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Source {
  readonly family: Family;
  /** What its numbers come from, for those who ask what may be changed: the family's first, then those of single series. */
  readonly generators?: readonly GeneratorSpec[] | undefined;
  /** The shown values; the same object for the source's life. */
  readonly column: Column;
  /** Sources whose columns it reads, slot by slot; they are advanced before it. */
  readonly inputs?: readonly Source[];
  /**
   * 1 where the slot has a value after the last tick, 0 where it is absent of itself: a gap, or the end of its pattern. Shared as the
   * column is. `undefined` where every slot always has one.
   */
  readonly presence?: Uint8Array | undefined;
  /** Slots that take about a millisecond together: the engine's slices are built of them. */
  readonly slotsPerMs: number;
  /** Birth of slots [from, to): counters 0, gauges at their start, histograms empty. */
  start(moment: Moment, from: number, to: number): void;
  /**
   * One tick of slots [from, to). Slices come in slot order on one thread; every slot is advanced exactly once a
   * tick. Afterwards `column` shows the state after this tick for these slots.
   */
  advance(moment: Moment, from: number, to: number, modulation: Modulation): void;
  /**
   * After a tick that is done, shows of slots [from, to) what follows from inputs that have begun anew since; what has a state of its
   * own stays. Absent where levels follow from nothing.
   */
  follow?(moment: Moment, from: number, to: number, modulation: Modulation): void;
  /** What it keeps of each slot, by names that sources of its type have in common. */
  readonly states: States;
  /**
   * Takes over, between two ticks, the state and what is shown of a source of the same type that this one replaces. `from[slot]` is
   * the slot there, -1 for a new series; without `from`, every slot that both have. All slots have been started before; states that
   * the other one does not have stay as they are at birth. Of slots [begin, end); slices come one after the other.
   */
  adopt(before: Source, from: Int32Array | undefined, begin: number, end: number): void;
}

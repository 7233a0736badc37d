/** What the event loop and its workers say to each other. Sources have numbers, which are never given twice. */
import type { Modulation } from '../series/modulation.ts';
import type { Moment } from '../series/source.ts';

/** Given once, at the worker's start. */
export interface WorkerData {
  /** This worker owns slots floor(index * size / count) to floor((index + 1) * size / count) of every source. */
  readonly index: number;
  readonly count: number;
}

/** What a worker makes sources from. */
export interface WorkerBlueprint {
  /** Whatever the worker builds them from. */
  readonly model: unknown;
  /** The memory of keys, columns and states, in the order of its allocation. */
  readonly buffers: readonly SharedArrayBuffer[];
  /** Numbers of the sources that they may follow from, and of those that are made, in their order. */
  readonly known: readonly number[];
  readonly made: readonly number[];
}

export type WorkerRequest =
  /** Makes sources, while others are advanced. */
  | { readonly do: 'build'; readonly blueprint: WorkerBlueprint }
  /** Lets go of sources that are not advanced. */
  | { readonly do: 'release'; readonly made: readonly number[] }
  /** The sources from now on. Those before that are not among them are let go of. */
  | { readonly do: 'change'; readonly order: readonly number[] }
  /** Of the given sources, or of all. */
  | { readonly do: 'start'; readonly moment: Moment; readonly only: readonly number[] | undefined }
  /** Of all, in their order. */
  | { readonly do: 'advance'; readonly moment: Moment; readonly modulations: readonly Modulation[] };

/** A request with what its reply is told by. */
export interface Asked {
  readonly id: number;
  readonly request: WorkerRequest;
}

export type WorkerReply = { readonly id: number; readonly failed?: string };

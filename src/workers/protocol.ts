/** What the event loop and its workers say to each other. */
import type { Modulation } from '../series/modulation.ts';
import type { Moment } from '../series/source.ts';

/** Given once, at the worker's start. */
export interface WorkerData {
  /** Whatever the worker builds its sources from. */
  readonly model: unknown;
  /** The memory of keys, columns and states, in the order of its allocation. */
  readonly buffers: readonly SharedArrayBuffer[];
  /** This worker owns slots floor(index * size / count) to floor((index + 1) * size / count) of every source. */
  readonly index: number;
  readonly count: number;
}

/** What a worker makes further sources from. */
export type WorkerBlueprint = Pick<WorkerData, 'model' | 'buffers'>;

export type WorkerRequest =
  /** Of the sources at the given indices, or of all. */
  | { readonly do: 'start'; readonly moment: Moment; readonly only: readonly number[] | undefined }
  | { readonly do: 'advance'; readonly moment: Moment; readonly modulations: readonly Modulation[] }
  /** The sources from now on, by index: first those that there are, then those that the blueprints make, one after the other. */
  | {
      readonly do: 'change';
      readonly blueprints: readonly WorkerBlueprint[];
      readonly order: readonly number[];
    };

/** Sent after building, and after each request. */
export type WorkerReply = { readonly done: true } | { readonly failed: string };

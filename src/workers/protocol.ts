/** What the event loop and its workers say to each other. */
import type { Modulation } from '../series/modulation.ts';
import type { Moment } from '../series/source.ts';

/** Given once, at the worker's start. */
export interface WorkerData {
  /** Whatever the worker builds its sources from. */
  readonly model: unknown;
  /** The columns' memory, in the order of its allocation. */
  readonly buffers: readonly SharedArrayBuffer[];
  /** This worker owns slots floor(index * size / count) to floor((index + 1) * size / count) of every source. */
  readonly index: number;
  readonly count: number;
}

export type WorkerRequest =
  | { readonly do: 'start'; readonly moment: Moment }
  | { readonly do: 'advance'; readonly moment: Moment; readonly modulations: readonly Modulation[] };

/** Sent after building, and after each request. */
export type WorkerReply = { readonly done: true } | { readonly failed: string };

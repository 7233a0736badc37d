/** Executors advance all sources by one tick: on this thread in slices, or on workers (workers/pool.ts). */
import type { Modulation } from '../series/modulation.ts';
import { inputsFirst } from '../series/order.ts';
import type { Moment, Source } from '../series/source.ts';
import { realClock } from './clock.ts';

/** Longest time on the event loop before timers, sockets and scrapes get their turn. */
export const SLICE_MS = 10;

/** From what other threads make sources of their own over the same memory. */
export interface Blueprint {
  /** Sources made here, in the order in which others make theirs. */
  readonly sources: readonly Source[];
  /** Those that they may follow from. */
  readonly known: readonly Source[];
  /** What others make them from: plain data. */
  readonly model: unknown;
  /** The memory that was allocated meanwhile, in order. */
  readonly buffers: readonly SharedArrayBuffer[];
}

/** Sources from the next tick on. */
export interface SourcesChange {
  /** In page order. Those that go on are the same objects. */
  readonly sources: readonly Source[];
  /** Of those that are new; none are needed where no other thread advances them. */
  readonly blueprints: readonly Blueprint[];
}

export interface Executor {
  /** Has other threads make sources of a blueprint while ticks go on, so that a change with it need not wait for them. */
  prepare(blueprint: Blueprint): Promise<void>;
  /** Lets go of what was made of a blueprint that no change has come with. */
  release(blueprint: Blueprint): Promise<void>;
  /** Births every slot of every source, or of those given. */
  start(moment: Moment, only?: ReadonlySet<Source>): Promise<void>;
  /** Advances every slot of every source once; `modulations[i]` is for source i, borrowed for the call. */
  advance(moment: Moment, modulations: readonly Modulation[]): Promise<void>;
  /** Other sources, between two ticks. */
  change(change: SourcesChange): Promise<void>;
  close(): Promise<void>;
}

/** Runs on this thread, yielding every 10 ms. `nowMs` measures slices only; no value depends on it. */
export function createLocalExecutor(
  initial: readonly Source[],
  yieldNow: () => Promise<void>,
  nowMs: () => number = realClock.nowMs,
): Executor {
  let sources = initial;
  let order = inputsFirst(sources);
  const inSlices = async (
    run: (source: Source, index: number, from: number, to: number) => void,
  ): Promise<void> => {
    let sliceStart = nowMs();
    for (const index of order) {
      const source = sources[index] as Source;
      const { size } = source.family;
      const step = Math.max(1, Math.floor(source.slotsPerMs));
      for (let from = 0; from < size; from += step) {
        run(source, index, from, Math.min(from + step, size));
        if (nowMs() - sliceStart < SLICE_MS) continue;
        await yieldNow();
        sliceStart = nowMs();
      }
    }
  };
  return {
    prepare: () => Promise.resolve(),
    release: () => Promise.resolve(),
    start: (moment, only) =>
      inSlices((source, _, from, to) => {
        if (only?.has(source) !== false) source.start(moment, from, to);
      }),
    advance: (moment, modulations) =>
      inSlices((source, index, from, to) =>
        source.advance(moment, from, to, modulations[index] as Modulation),
      ),
    change(change) {
      sources = change.sources;
      order = inputsFirst(sources);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

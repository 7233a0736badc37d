/** Executors advance all sources by one tick: on this thread in slices, or on workers (workers/pool.ts). */
import type { Modulation } from '../series/modulation.ts';
import type { Moment, Source } from '../series/source.ts';
import { realClock } from './clock.ts';

/** Longest time on the event loop before timers, sockets and scrapes get their turn. */
export const SLICE_MS = 10;

export interface Executor {
  /** Births every slot of every source. */
  start(moment: Moment): Promise<void>;
  /** Advances every slot of every source once; `modulations[i]` is for source i, borrowed for the call. */
  advance(moment: Moment, modulations: readonly Modulation[]): Promise<void>;
  close(): Promise<void>;
}

/** Runs on this thread, yielding every 10 ms. `nowMs` measures slices only; no value depends on it. */
export function createLocalExecutor(
  sources: readonly Source[],
  yieldNow: () => Promise<void>,
  nowMs: () => number = realClock.nowMs,
): Executor {
  const inSlices = async (
    run: (source: Source, index: number, from: number, to: number) => void,
  ): Promise<void> => {
    let sliceStart = nowMs();
    for (const [index, source] of sources.entries()) {
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
    start: (moment) => inSlices((source, _, from, to) => source.start(moment, from, to)),
    advance: (moment, modulations) =>
      inSlices((source, index, from, to) =>
        source.advance(moment, from, to, modulations[index] as Modulation),
      ),
    close: () => Promise.resolve(),
  };
}

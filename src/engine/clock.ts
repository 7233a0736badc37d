/** Clocks: the engine is handed one, so that a run can go by real time, by a test's hand, or not wait at all. */
import type { Slicing } from '../util/slices.ts';
import { yieldFirst, yieldNow } from '../util/turns.ts';

export interface Clock {
  /** Milliseconds on a monotonic clock. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. Read once, at the start of a run. */
  wallMs(): number;
  /** Resolves after `ms`, or as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** setTimeout counts in int32 milliseconds; a longer wait wakes up and asks again. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(ms, 0), LONGEST_SLEEP_MS));
      signal.addEventListener('abort', done);
    }),
};

/** How work takes turns with others by real time: what is made beside ticks, and what ticks wait for. No value depends on it. */
export const SLICING: Slicing = { nowMs: realClock.nowMs, yieldNow };
export const TICK_SLICING: Slicing = { nowMs: realClock.nowMs, yieldNow: yieldFirst };

/** A clock that stands still until told. Sleepers wake in the order of their times. */
export interface ManualClock extends Clock {
  /** Moves time on, waking sleepers on the way and letting each run until it sleeps again. */
  advance(ms: number): Promise<void>;
  /** Moves time on at once, as if the process had been stopped: sleepers wake late. */
  stall(ms: number): void;
}

export function createManualClock(wallStartMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  const earliest = (limit: number) => {
    let first: { readonly at: number; readonly wake: () => void } | undefined;
    for (const sleeper of sleepers)
      if (sleeper.at <= limit && (first === undefined || sleeper.at < first.at)) first = sleeper;
    return first;
  };
  /** Lets everything that can run without time passing run: promises, and the immediates that slices yield to. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  };

  return {
    nowMs: () => now,
    wallMs: () => wallStartMs + now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || ms <= 0) {
          resolve();
          return;
        }
        const sleeper = {
          at: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal.addEventListener('abort', sleeper.wake);
      }),
    async advance(ms) {
      const target = now + ms;
      await settle();
      for (let next = earliest(target); next !== undefined; next = earliest(target)) {
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      // A stall on the way may have gone further.
      now = Math.max(now, target);
      await settle();
    },
    stall(ms) {
      now += ms;
    },
  };
}

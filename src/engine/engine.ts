/** The loop: sleeps until a tick is due, runs it whole, shows the frame to every sink, and ends in good order. */
import type { Logger } from 'pino';
import type { FamiliesChange } from '../series/change.ts';
import type { Frame } from '../series/frame.ts';
import type { Sink } from '../sinks/sink.ts';
import { formatDuration } from '../util/duration.ts';
import { LyrebirdError } from '../util/errors.ts';
import { createMutex } from '../util/mutex.ts';
import { yieldNow } from '../util/turns.ts';
import type { Clock } from './clock.ts';
import { SLICE_MS } from './executor.ts';
import { decide, type Schedule } from './schedule.ts';
import { createStats, recordTick, type Stats } from './stats.ts';
import type { Ticker } from './ticker.ts';

export interface EngineOptions {
  readonly ticker: Ticker;
  readonly sinks: readonly Sink[];
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** Wall time of tick 0 when it is known beforehand (`epoch: wall`); else the start, rounded down to the interval. */
  readonly wallStartMs?: number | undefined;
  /** With a shared epoch: the first tick shown, or the newest due when all before it have been run silently. */
  readonly joinTick?: number | undefined;
  /** Ends after this tick. None: runs until stopped. */
  readonly lastTick?: number | undefined;
  /** Keeps serving the last tick after `lastTick`, until stopped. */
  readonly hold?: boolean | undefined;
  /** How long sinks may take to deliver what is left at the end. */
  readonly graceMs?: number | undefined;
  readonly logger: Logger;
}

export type Phase = 'starting' | 'running' | 'holding' | 'stopping' | 'stopped' | 'failed';

export interface Engine {
  /** Runs until the last tick, `stop`, or a failure, which it throws. Call once. */
  run(): Promise<void>;
  /** Asks the run to end: the tick under way is finished, sinks deliver what is left. */
  stop(): void;
  /** Runs between two ticks with the last whole frame; the next tick waits for it. Rejects before the first and after a failure. */
  read<T>(use: (frame: Frame) => T | Promise<T>): Promise<T>;
  /** The same between a tick and the one before it, however late; when no such tick comes, after the last one. */
  readBefore<T>(tick: number, use: (frame: Frame) => T | Promise<T>): Promise<T>;
  readonly phase: Phase;
  /** What ended the run, when it failed. */
  readonly failure: Error | undefined;
  readonly stats: Stats;
  /** Milliseconds since the next tick was due, or 0: what health checks look at. */
  overdueMs(): number;
}

const DEFAULT_GRACE_MS = 10_000;

export function createEngine(options: EngineOptions): Engine {
  const { ticker, sinks, clock, schedule, logger } = options;
  const { intervalMs } = schedule;
  const stats = createStats();
  const mutex = createMutex();
  const stopping = new AbortController();
  let phase: Phase = 'starting';
  let failure: Error | undefined;
  let wallStartMs = 0;
  let startedAtMs = 0;

  const elapsedMs = (): number => clock.nowMs() - startedAtMs;

  /** Tick 0 is due now, rounded down to the interval, unless it is fixed. */
  const startClock = (): void => {
    const wallNow = clock.wallMs();
    wallStartMs = options.wallStartMs ?? Math.floor(wallNow / intervalMs) * intervalMs;
    startedAtMs = clock.nowMs() - (wallNow - wallStartMs);
  };

  const startSinks = async (): Promise<void> => {
    const families = ticker.frame.families.map((entry) => entry.family);
    for (const [index, sink] of sinks.entries()) {
      try {
        await sink.start(families);
      } catch (error) {
        await stopSinks(sinks.slice(0, index));
        throw error;
      }
    }
  };

  const stopSinks = async (started: readonly Sink[]): Promise<void> => {
    for (const sink of started.toReversed()) {
      try {
        await sink.stop(options.graceMs ?? DEFAULT_GRACE_MS);
      } catch (error) {
        logger.error({ err: error, sink: sink.name }, `sink ${sink.name} did not stop cleanly`);
      }
    }
  };

  const flushSinks = async (): Promise<void> => {
    for (const sink of sinks) {
      try {
        await sink.flush?.();
      } catch (error) {
        logger.error({ err: error, sink: sink.name }, `sink ${sink.name} could not export the last tick`);
      }
    }
  };

  /** Says that families are others from the next frame on. Whoever asks for such a change makes sure that every sink can follow. */
  const tell = async (families: FamiliesChange | undefined): Promise<void> => {
    if (families === undefined) return;
    for (const sink of sinks) {
      if (sink.change === undefined)
        throw new TypeError(`sink ${sink.name} cannot follow a change of families`);
      await sink.change(families);
    }
  };

  const show = async (): Promise<void> => {
    for (const sink of sinks) {
      await sink.frame(ticker.frame);
    }
  };

  /** Changes columns while nobody looks. When it fails half way, nobody looks any more. */
  const change = (task: () => Promise<void>): Promise<void> =>
    mutex.run(async () => {
      try {
        await task();
      } catch (error) {
        failure = toError(error);
        throw failure;
      }
    });

  const read = <T>(use: (frame: Frame) => T | Promise<T>): Promise<T> =>
    mutex.run(() => {
      if (failure !== undefined) {
        throw new LyrebirdError('run_failed', `the run has failed: ${failure.message}`, { cause: failure });
      }
      if (ticker.frame.tick < 0) throw new LyrebirdError('not_ready', 'the first tick is not done yet');
      return use(ticker.frame);
    });

  /** Reads that wait for their tick. */
  let waiting: readonly { readonly tick: number; run(): Promise<void> }[] = [];
  const runWaiting = async (tick: number): Promise<void> => {
    const due = waiting.filter((one) => one.tick <= tick);
    if (due.length === 0) return;
    waiting = waiting.filter((one) => one.tick > tick);
    for (const { run } of due) await run();
  };

  let lastTurnMs = Number.NEGATIVE_INFINITY;
  /** Between ticks that follow each other without sleep: signals, scrapes and timers get their turn. */
  const letOthersIn = async (): Promise<void> => {
    if (clock.nowMs() - lastTurnMs < SLICE_MS) return;
    await yieldNow();
    lastTurnMs = clock.nowMs();
  };

  /** Runs one tick whole and shows it. */
  const runTick = async (tick: number, lateMs: number): Promise<void> => {
    // What waits for a tick that is left out.
    await runWaiting(tick);
    await change(async () => {
      const began = clock.nowMs();
      await tell(await ticker.advance(wallStartMs + tick * intervalMs, tick));
      await show();
      const endMs = clock.nowMs();
      recordTick(stats, { durationMs: endMs - began, lateMs, intervalMs, endMs });
    });
    await runWaiting(tick + 1);
    await letOthersIn();
  };

  /** The tick to join at: a replay takes time, and what has become due meanwhile is replayed, too. */
  const joinTick = (): number => {
    if (options.joinTick === undefined) return 0;
    const due = Math.max(options.joinTick, Math.floor(elapsedMs() / intervalMs));
    return Math.min(due, options.lastTick ?? due);
  };

  /** Birth, and with a shared epoch the silent ticks up to the one to join at. */
  const begin = (): Promise<void> =>
    change(async () => {
      await ticker.birth(wallStartMs);
      if (options.wallStartMs === undefined && elapsedMs() >= intervalMs) {
        // Memory is touched for the first time and code is not compiled yet: no lateness of the ticks to come.
        startClock();
        await ticker.birth(wallStartMs);
      }
      const ticks = joinTick();
      if (ticks > 0) logger.info({ ticks }, `replaying ${ticks} ticks to join the shared epoch`);
      while (ticker.frame.tick < joinTick() && !stopping.signal.aborted) {
        const tick = ticker.frame.tick + 1;
        await tell(await ticker.advance(wallStartMs + tick * intervalMs, tick));
        await letOthersIn();
      }
      await show();
      stats.lastTickEndMs = clock.nowMs();
    });

  const isDone = (): boolean =>
    stopping.signal.aborted || (options.lastTick !== undefined && ticker.frame.tick >= options.lastTick);

  const loop = async (): Promise<void> => {
    while (!isDone()) {
      const next = ticker.frame.tick + 1;
      const decision = decide(schedule, next, elapsedMs());
      switch (decision.do) {
        case 'wait':
          await clock.sleep(decision.ms, stopping.signal);
          break;
        case 'run':
          if (decision.lateMs >= intervalMs) warnLate(next, decision.lateMs);
          await runTick(next, decision.lateMs);
          break;
        case 'skip': {
          const tick = Math.min(decision.tick, options.lastTick ?? decision.tick);
          stats.skippedTicks += tick - next;
          logger.warn(
            { from: next, to: tick - 1 },
            `ticks ${next} to ${tick - 1} left out: the generator was late (late: skip)`,
          );
          await runTick(tick, decision.lateMs);
          break;
        }
        case 'fail':
          throw new LyrebirdError(
            'too_late',
            `tick ${next} is ${decision.lag} intervals late, more than global.max_lag (${schedule.maxLag}): this machine ` +
              `cannot generate the load at this interval. Lower the series count, raise global.tick_interval_s, or set global.late: skip.`,
          );
      }
    }
  };

  let warned = false;
  const warnLate = (tick: number, lateMs: number): void => {
    if (warned) return;
    warned = true;
    logger.warn(
      { tick, lateMs },
      `tick ${tick} is ${formatDuration(Math.round(lateMs))} late: the generator is the bottleneck, not the backend (said once; see gen_tick_lateness_seconds)`,
    );
  };

  return {
    async run() {
      try {
        await startSinks();
        startClock();
        try {
          await begin();
          phase = 'running';
          await loop();
          if (options.hold === true && !stopping.signal.aborted) {
            phase = 'holding';
            await runWaiting(Number.POSITIVE_INFINITY);
            await mutex.run(flushSinks);
            await aborted(stopping.signal);
          }
        } finally {
          phase = 'stopping';
          await runWaiting(Number.POSITIVE_INFINITY);
          await mutex.run(async () => {
            // A tick that failed half way is not to be exported.
            if (failure === undefined) await flushSinks();
            await stopSinks(sinks);
          });
        }
        phase = 'stopped';
      } catch (error) {
        phase = 'failed';
        failure = toError(error);
        throw failure;
      }
    },
    stop: () => {
      stopping.abort();
    },
    read,
    readBefore: (tick, use) =>
      tick <= ticker.frame.tick + 1 || !['starting', 'running'].includes(phase)
        ? read(use)
        : new Promise((resolve, reject) => {
            waiting = [...waiting, { tick, run: () => read(use).then(resolve, reject) }];
          }),
    get phase() {
      return phase;
    },
    get failure() {
      return failure;
    },
    stats,
    overdueMs: () =>
      phase === 'running' ? Math.max(0, elapsedMs() - (ticker.frame.tick + 1) * intervalMs) : 0,
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

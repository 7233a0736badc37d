/** One tick after the other, without a clock: what `render` runs as fast as it can and the engine runs by time. */
import type { FamilyFrame, Frame } from '../series/frame.ts';
import type { Modulation } from '../series/modulation.ts';
import type { Source } from '../series/source.ts';
import type { Effects } from './effects.ts';
import type { Executor } from './executor.ts';

export interface Ticker {
  /** The state after the last tick; whole only between calls. The same object always. */
  readonly frame: Frame;
  /** Tick 0: counters 0, gauges at their start. `wallMs` becomes every birth. A second call is a new beginning. */
  birth(wallMs: number): Promise<void>;
  /** The next tick, or a later one when ticks are left out (`gap` in the record). */
  advance(wallMs: number, tick?: number): Promise<void>;
}

export interface TickerOptions {
  readonly sources: readonly Source[];
  readonly executor: Executor;
  readonly effects: Effects;
  /** t_0, milliseconds since the Unix epoch. Default: the wall time of birth. */
  readonly startMs?: number | undefined;
  readonly intervalMs: number;
}

export function createTicker(options: TickerOptions): Ticker {
  const { sources, executor, effects, intervalMs } = options;
  let startMs = options.startMs ?? 0;
  const families = sources.map((source) => ({
    family: source.family,
    column: source.column,
    presence: undefined,
    births: undefined,
    birthMs: 0,
    turned: undefined,
  }));
  const modulations: Modulation[] = sources.map(() => ({ rate: 1, level: 1, scale: 1, offset: 0 }));
  const frame = { tick: -1, modelMs: startMs, wallMs: 0, families: families as readonly FamilyFrame[] };

  const show = (tick: number, wallMs: number): void => {
    frame.tick = tick;
    frame.modelMs = startMs + tick * intervalMs;
    frame.wallMs = wallMs;
  };

  return {
    frame,
    async birth(wallMs) {
      startMs = options.startMs ?? wallMs;
      for (const family of families) family.birthMs = wallMs;
      await executor.start({ tick: 0, modelMs: startMs, intervalMs });
      show(0, wallMs);
    },
    async advance(wallMs, tick = frame.tick + 1) {
      for (const [index, source] of sources.entries())
        effects.modulate(source.family, tick, modulations[index] as Modulation);
      await executor.advance({ tick, modelMs: startMs + tick * intervalMs, intervalMs }, modulations);
      effects.forget(tick + 1);
      show(tick, wallMs);
    },
  };
}

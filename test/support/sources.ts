/** Sources, sinks and an engine around them, made by hand: what they did is on record, and nothing is random. */
import { pino } from 'pino';

import { createManualClock, type ManualClock } from '../../src/engine/clock.ts';
import { createEffects, type Effects } from '../../src/engine/effects.ts';
import { createEngine, type Engine, type EngineOptions } from '../../src/engine/engine.ts';
import { createLocalExecutor } from '../../src/engine/executor.ts';
import type { Schedule } from '../../src/engine/schedule.ts';
import { createTicker, type Ticker } from '../../src/engine/ticker.ts';
import type { ScalarColumn } from '../../src/series/column.ts';
import type { Family, MetricType } from '../../src/series/family.ts';
import type { Frame } from '../../src/series/frame.ts';
import type { Modulation } from '../../src/series/modulation.ts';
import type { Moment, Source } from '../../src/series/source.ts';
import { adoptStates } from '../../src/series/state.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { yieldNow } from '../../src/util/turns.ts';
import { createFrame } from './frames.ts';

// ---- Sources

export interface TestSourceOptions {
  readonly name?: string;
  readonly type?: 'counter' | 'gauge';
  readonly size?: number;
  readonly slotsPerMs?: number;
  /** Throws in `advance` of this tick, before the second half of the slots. */
  readonly failAt?: number;
}

export interface TestSource extends Source {
  readonly column: ScalarColumn;
  /** Every call in order: slots [from, to) of a tick. */
  readonly calls: { readonly tick: number; readonly from: number; readonly to: number }[];
  /** What each tick was asked for, as of its first slice. */
  readonly asked: Map<number, Modulation>;
}

/** Every slot shows the tick times the modulation's rate and scale. */
export function createTestSource(options: TestSourceOptions = {}): TestSource {
  const { name = 'load', type = 'gauge', size = 4, slotsPerMs = 1000, failAt } = options;
  const family = createTestFamily(name, type, size);
  const column: ScalarColumn = { kind: 'scalar', values: new Float64Array(size) };
  const calls: TestSource['calls'] = [];
  const asked: TestSource['asked'] = new Map();
  const record = ({ tick }: Moment, from: number, to: number, value: number): void => {
    calls.push({ tick, from, to });
    column.values.fill(value, from, to);
  };
  return {
    family,
    column,
    slotsPerMs,
    calls,
    asked,
    start: (moment, from, to) => record(moment, from, to, 0),
    states: { values: { values: column.values, width: 1 } },
    adopt(before, from, begin, end) {
      adoptStates(this.states, before.states, from, begin, end);
    },
    advance(moment, from, to, modulation) {
      if (moment.tick === failAt && to > size / 2) throw new Error(`source ${name} broke`);
      if (!asked.has(moment.tick)) asked.set(moment.tick, { ...modulation });
      record(moment, from, to, moment.tick * Number(modulation.rate) * Number(modulation.scale));
    },
  };
}

/** A family of `size` series with the label `slot`. */
export function createTestFamily(
  name: string,
  type: Extract<MetricType, 'counter' | 'gauge'>,
  size: number,
): Family {
  const series = Array.from({ length: size }, (_, slot) => ({ labels: { slot: String(slot) }, value: 0 }));
  const [entry] = createFrame([{ name, type, series }]).families;
  if (entry === undefined) throw new Error('a frame of one family has none');
  return entry.family;
}

// ---- Sinks

/** What a sink saw of a frame, and when. */
export interface ShownFrame {
  readonly tick: number;
  readonly modelMs: number;
  readonly wallMs: number;
  /** The first family's values, copied. */
  readonly values: readonly number[];
  readonly births: readonly number[];
}

export interface TestSink extends Sink {
  readonly shown: readonly ShownFrame[];
}

/** A sink that writes `name: what` into `log` for each call; the given methods run after that. */
export function createTestSink(name: string, log: string[] = [], behaviour: Partial<Sink> = {}): TestSink {
  const shown: ShownFrame[] = [];
  return {
    name,
    shown,
    describe: () => name,
    async start(families) {
      log.push(`${name}: start ${families.map((family) => family.name).join()}`);
      await behaviour.start?.(families);
    },
    async change(change) {
      log.push(`${name}: change ${change.families.map((family) => family.name).join()}`);
      await behaviour.change?.(change);
    },
    async frame(frame) {
      log.push(`${name}: frame ${frame.tick}`);
      shown.push(copyFrame(frame));
      await behaviour.frame?.(frame);
      log.push(`${name}: done ${frame.tick}`);
    },
    async flush() {
      log.push(`${name}: flush`);
      await behaviour.flush?.();
    },
    async stop(graceMs) {
      log.push(`${name}: stop`);
      await behaviour.stop?.(graceMs);
    },
  };
}

function copyFrame({ tick, modelMs, wallMs, families }: Frame): ShownFrame {
  return {
    tick,
    modelMs,
    wallMs,
    values: families.slice(0, 1).flatMap((entry) => valuesOf(entry.column)),
    births: families.map((entry) => entry.birthMs),
  };
}

/** The values of a scalar column. */
export function valuesOf(column: Frame['families'][number]['column']): readonly number[] {
  if (column.kind !== 'scalar') throw new TypeError(`a column of kind ${column.kind} is not scalar`);
  return [...column.values];
}

// ---- The engine

/** Log lines as pino writes them. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface TestRun {
  readonly engine: Engine;
  readonly clock: ManualClock;
  readonly effects: Effects;
  readonly ticker: Ticker;
  readonly lines: readonly LogLine[];
  /** Starts the run; fulfilled with what ended it, an error or undefined. */
  begin(): Promise<Error | undefined>;
}

export interface TestRunOptions
  extends
    Partial<Omit<EngineOptions, 'ticker' | 'sinks' | 'clock' | 'schedule' | 'logger'>>,
    Partial<Schedule> {
  readonly sources?: readonly Source[];
  readonly sinks?: readonly Sink[];
  readonly clock?: ManualClock;
  /** t_0; `undefined` is when the run begins. */
  readonly startMs?: number | undefined;
  /** Measures the executor's slices; 0 every time, so that a tick yields nowhere, unless given. */
  readonly sliceClock?: () => number;
}

export const START_MS = Date.UTC(2026, 0, 1);

/** An engine with a tick of a second, a manual clock, and one source and no sink unless others are given. */
export function createTestRun(options: TestRunOptions = {}): TestRun {
  const {
    sources = [createTestSource()],
    sinks = [],
    clock = createManualClock(START_MS),
    sliceClock = () => 0,
    intervalMs = 1000,
    maxLag = 60,
    late = 'run',
    ...rest
  } = options;
  const startMs = 'startMs' in options ? options.startMs : START_MS;
  const effects = createEffects();
  const executor = createLocalExecutor(sources, yieldNow, sliceClock);
  const { lines, logger } = createTestLogger();
  const ticker = createTicker({ sources, executor, effects, startMs, intervalMs });
  const engine = createEngine({
    ...rest,
    ticker,
    sinks,
    clock,
    schedule: { intervalMs, maxLag, late },
    logger,
  });
  return {
    engine,
    clock,
    effects,
    ticker,
    lines,
    begin: () =>
      engine.run().then(
        () => undefined,
        (error: unknown) => error as Error,
      ),
  };
}

/** A logger that keeps its lines. */
export function createTestLogger() {
  const lines: LogLine[] = [];
  const logger = pino(
    { level: 'trace' },
    { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) },
  );
  return { lines, logger };
}

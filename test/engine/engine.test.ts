import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createManualClock, type ManualClock } from '../../src/engine/clock.ts';
import type { Frame } from '../../src/series/frame.ts';
import { yieldNow } from '../../src/util/turns.ts';
import { effectOf } from '../support/effects.ts';
import {
  createTestRun,
  createTestSink,
  createTestSource,
  START_MS,
  valuesOf,
  type TestSink,
  type TestSource,
} from '../support/sources.ts';

const ticksOf = (sink: TestSink): number[] => sink.shown.map(({ tick }) => tick);
const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, tick) => tick);

describe('a run', () => {
  it('begins with tick 0, the birth, and then has one tick an interval', async () => {
    const sink = createTestSink('memory');
    const { engine, clock, begin } = createTestRun({
      sinks: [sink],
      sources: [createTestSource({ size: 2 })],
    });
    void begin();
    await clock.advance(0);
    expect(sink.shown).toEqual([
      { tick: 0, modelMs: START_MS, wallMs: START_MS, values: [0, 0], births: [START_MS] },
    ]);
    await clock.advance(999);
    expect(ticksOf(sink)).toEqual([0]);
    await clock.advance(1);
    expect(sink.shown.at(-1)).toEqual({
      tick: 1,
      modelMs: START_MS + 1000,
      wallMs: START_MS + 1000,
      values: [1, 1],
      births: [START_MS],
    });
    expect(engine.stats.ticks).toBe(1);
  });

  it('tells model time from wall time', async () => {
    const sink = createTestSink('memory');
    const { clock, begin } = createTestRun({ sinks: [sink], startMs: 5000 });
    void begin();
    await clock.advance(2000);
    expect(sink.shown.map(({ modelMs, wallMs }) => [modelMs, wallMs - START_MS])).toEqual([
      [5000, 0],
      [6000, 1000],
      [7000, 2000],
    ]);
  });

  it('that begins within an interval is born at its start and comes to tick 1 at its end', async () => {
    const sink = createTestSink('memory');
    const clock = createManualClock(START_MS + 300);
    const { begin } = createTestRun({ sinks: [sink], clock });
    void begin();
    await clock.advance(699);
    expect(sink.shown.map(({ wallMs }) => wallMs)).toEqual([START_MS]);
    await clock.advance(1);
    expect(sink.shown.map(({ wallMs }) => wallMs)).toEqual([START_MS, START_MS + 1000]);
  });

  it('does not drift: every tick begins on its multiple of the interval, whatever the ticks before took', async () => {
    const clock = createManualClock(START_MS);
    const began: number[] = [];
    const sink = createTestSink('slow', [], {
      frame: async ({ tick }) => {
        began.push(clock.nowMs());
        await clock.sleep((tick * 37) % 90, new AbortController().signal);
      },
    });
    const { begin } = createTestRun({ sinks: [sink], clock, intervalMs: 100 });
    void begin();
    await clock.advance(5000);
    expect(began).toEqual(upTo(50).map((tick) => tick * 100));
  });

  it('ends by itself after its last tick', async () => {
    const sink = createTestSink('memory');
    const { engine, clock, begin } = createTestRun({ sinks: [sink], lastTick: 3 });
    const ended = begin();
    await clock.advance(60_000);
    expect(await ended).toBeUndefined();
    expect(ticksOf(sink)).toEqual([0, 1, 2, 3]);
    expect(engine.phase).toBe('stopped');
  });

  it('with 0 as its last tick is its birth', async () => {
    const log: string[] = [];
    const { begin } = createTestRun({ sinks: [createTestSink('a', log)], lastTick: 0 });
    expect(await begin()).toBeUndefined();
    expect(log).toEqual(['a: start load', 'a: frame 0', 'a: done 0', 'a: flush', 'a: stop']);
  });

  it('asks each source for what the effects of the tick make of it', async () => {
    const source = createTestSource();
    const other = createTestSource({ name: 'other' });
    const { clock, effects, begin } = createTestRun({ sources: [source, other] });
    effects.set(effectOf('a', { rate: 5, fromTick: 2, untilTick: 4 }));
    void begin();
    await clock.advance(4000);
    expect([1, 2, 3, 4].map((tick) => source.asked.get(tick)?.rate)).toEqual([1, 5, 5, 1]);
    expect([1, 2, 3, 4].map((tick) => other.asked.get(tick)?.rate)).toEqual([1, 1, 1, 1]);
  });

  it('shows each frame to every sink in order, one after the other', async () => {
    const log: string[] = [];
    const sinks = [createTestSink('a', log, { frame: yieldNow }), createTestSink('b', log)];
    const { clock, begin } = createTestRun({ sinks, lastTick: 1 });
    const ended = begin();
    await clock.advance(1000);
    await ended;
    expect(log).toEqual([
      'a: start load',
      'b: start load',
      'a: frame 0',
      'a: done 0',
      'b: frame 0',
      'b: done 0',
      'a: frame 1',
      'a: done 1',
      'b: frame 1',
      'b: done 1',
      'a: flush',
      'b: flush',
      'b: stop',
      'a: stop',
    ]);
  });
});

describe('a change of families', () => {
  const changeTo = (...sources: TestSource[]) => ({
    sources,
    blueprints: [],
    change: { families: sources.map(({ family }) => family), successions: new Map() },
  });

  it('is told to every sink before the first frame that has them', async () => {
    const log: string[] = [];
    const sinks = [createTestSink('first', log), createTestSink('second', log)];
    const { engine, ticker, clock, begin } = createTestRun({ sinks });
    void begin();
    await clock.advance(0);
    log.length = 0;
    await engine.read(() => ticker.change(changeTo(createTestSource({ name: 'other' }))));
    await clock.advance(1000);
    expect(log).toEqual([
      'first: change other',
      'second: change other',
      'first: frame 1',
      'first: done 1',
      'second: frame 1',
      'second: done 1',
    ]);
  });

  it('that a sink cannot follow ends the run rather than show frames that it does not know', async () => {
    const { change: _, ...sink } = createTestSink('old');
    const { engine, ticker, clock, begin } = createTestRun({ sinks: [sink] });
    const ended = begin();
    await clock.advance(0);
    await engine.read(() => ticker.change(changeTo(createTestSource())));
    await clock.advance(1000);
    expect((await ended)?.message).toBe('sink old cannot follow a change of families');
  });
});

describe('late ticks', () => {
  it('run, all of them and in order, and then the run is on time again', async () => {
    const sink = createTestSink('memory');
    const { engine, clock, begin } = createTestRun({ sinks: [sink] });
    void begin();
    await clock.advance(1000);
    clock.stall(7500);
    await clock.advance(0);
    expect(ticksOf(sink)).toEqual(upTo(8));
    expect(sink.shown.map(({ wallMs }) => wallMs)).toEqual(upTo(8).map((tick) => START_MS + tick * 1000));
    await clock.advance(500);
    expect(ticksOf(sink)).toEqual(upTo(9));
    expect(engine.stats).toMatchObject({
      ticks: 9,
      lateTicks: 6,
      maxLateMs: 6500,
      lastLateMs: 0,
      skippedTicks: 0,
    });
  });

  it('are not owed to a birth that takes longer than an interval: the run begins when it is over', async () => {
    const clock = createManualClock(START_MS);
    const slow = createTestSource();
    let births = 0;
    const source = {
      ...slow,
      start: (...args: Parameters<typeof slow.start>) => {
        if (births++ === 0) clock.stall(3700);
        slow.start(...args);
      },
    };
    const sink = createTestSink('memory');
    const { engine, begin } = createTestRun({ clock, sources: [source], sinks: [sink], startMs: undefined });
    void begin();
    await clock.advance(0);
    expect([births, sink.shown[0]?.wallMs, sink.shown[0]?.modelMs]).toEqual([
      2,
      START_MS + 3000,
      START_MS + 3000,
    ]);
    await clock.advance(300);
    expect([sink.shown.at(-1)?.tick, engine.stats.maxLateMs]).toEqual([1, 0]);
  });

  it('are said once to be the fault of the generator', async () => {
    const { clock, lines, begin } = createTestRun();
    void begin();
    for (let stall = 0; stall < 3; stall++) {
      await clock.advance(1000);
      clock.stall(3000);
      await clock.advance(0);
    }
    const warnings = lines.filter(({ level }) => level >= 40).map(({ msg }) => msg);
    expect(warnings).toEqual([
      'tick 2 is 2s late: the generator is the bottleneck, not the backend (said once; see gen_tick_lateness_seconds)',
    ]);
  });

  it('past max_lag end the run with an error that says what to do', async () => {
    const log: string[] = [];
    const { engine, clock, begin } = createTestRun({ sinks: [createTestSink('a', log)], maxLag: 3 });
    const ended = begin();
    await clock.advance(2000);
    clock.stall(5000);
    await clock.advance(0);
    const failure = await ended;
    expect(failure).toMatchObject({
      code: 'too_late',
      message:
        'tick 3 is 4 intervals late, more than global.max_lag (3): this machine cannot generate the load at this interval. ' +
        'Lower the series count, raise global.tick_interval_s, or set global.late: skip.',
    });
    expect([engine.phase, engine.failure]).toEqual(['failed', failure]);
    expect(log.slice(-3)).toEqual(['a: done 2', 'a: flush', 'a: stop']);
  });

  it('with late: skip are left out, counted and logged past max_lag, and run within it', async () => {
    const sink = createTestSink('memory');
    const { engine, clock, lines, begin } = createTestRun({ sinks: [sink], maxLag: 3, late: 'skip' });
    void begin();
    await clock.advance(1000);
    clock.stall(4000);
    await clock.advance(0);
    expect(ticksOf(sink)).toEqual([0, 1, 2, 3, 4, 5]);
    clock.stall(5500);
    await clock.advance(0);
    expect(ticksOf(sink)).toEqual([0, 1, 2, 3, 4, 5, 10]);
    expect(sink.shown.at(-1)).toMatchObject({
      wallMs: START_MS + 10_000,
      modelMs: START_MS + 10_000,
      values: [10, 10, 10, 10],
    });
    expect(engine.stats).toMatchObject({ ticks: 6, skippedTicks: 4, lastLateMs: 500 });
    expect(lines.at(-1)).toMatchObject({
      level: 40,
      from: 6,
      to: 9,
      msg: 'ticks 6 to 9 left out: the generator was late (late: skip)',
    });
    await clock.advance(500);
    expect(ticksOf(sink).at(-1)).toBe(11);
  });

  it('with late: skip jump no further than to the last tick', async () => {
    const sink = createTestSink('memory');
    const { clock, begin } = createTestRun({ sinks: [sink], maxLag: 3, late: 'skip', lastTick: 20 });
    const ended = begin();
    await clock.advance(1000);
    clock.stall(3_600_000);
    await clock.advance(0);
    await ended;
    expect(ticksOf(sink)).toEqual([0, 1, 20]);
  });

  it('let signals and scrapes in between: catching up does not starve the event loop', async () => {
    const sink = createTestSink('memory');
    const clock = createManualClock(START_MS);
    const { engine, begin } = createTestRun({ sinks: [sink], clock, sources: [createBusySource(clock, 10)] });
    const ended = begin();
    await clock.advance(1000);
    clock.stall(50_000);
    const time = clock.advance(0);
    while (ticksOf(sink).at(-1) === 1) await yieldNow();
    const seen: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      seen.push(ticksOf(sink).at(-1) ?? -1);
      await yieldNow();
    }
    engine.stop();
    await ended;
    expect(new Set(seen).size).toBeGreaterThan(3);
    expect(ticksOf(sink).at(-1)).toBeLessThan(50);
    await time;
  });

  it('behind a slow sink: its frames delay the next tick, and none is lost', async () => {
    const clock = createManualClock(START_MS);
    const never = new AbortController().signal;
    const slow = createTestSink('slow', [], {
      frame: ({ tick }) => (tick === 2 ? clock.sleep(3600, never) : undefined),
    });
    const after = createTestSink('after');
    const { engine, begin } = createTestRun({ sinks: [slow, after], clock });
    void begin();
    await clock.advance(5000);
    expect([ticksOf(slow), ticksOf(after)]).toEqual([upTo(2), upTo(1)]);
    await clock.advance(600);
    expect([ticksOf(slow), ticksOf(after)]).toEqual([upTo(5), upTo(5)]);
    expect(engine.stats).toMatchObject({ lateTicks: 2, maxLateMs: 2600, lastTickMs: 0 });
    await clock.advance(400);
    expect(engine.stats).toMatchObject({ ticks: 6, lastLateMs: 0 });
  });
});

describe('overdueMs', () => {
  it('is how long ago the next tick was due', async () => {
    const { engine, clock, begin } = createTestRun();
    expect(engine.overdueMs()).toBe(0);
    void begin();
    await clock.advance(1500);
    expect(engine.overdueMs()).toBe(0);
    clock.stall(2500);
    expect(engine.overdueMs()).toBe(2000);
    await clock.advance(0);
    expect(engine.overdueMs()).toBe(0);
  });

  it('grows while a tick does not come to its end', async () => {
    const clock = createManualClock(START_MS);
    const stuck = createTestSink('stuck', [], {
      frame: ({ tick }) => (tick === 2 ? clock.sleep(1e9, new AbortController().signal) : undefined),
    });
    const { engine, begin } = createTestRun({ sinks: [stuck], clock });
    void begin();
    await clock.advance(10_000);
    // The tick itself is done: it is the next one that cannot come.
    expect(engine.overdueMs()).toBe(7000);
  });

  it('is 0 for a run that holds, is over or has failed', async () => {
    const holding = createTestRun({ lastTick: 1, hold: true });
    void holding.begin();
    const over = createTestRun({ lastTick: 1 });
    void over.begin();
    const failed = createTestRun({ sources: [createTestSource({ failAt: 1 })] });
    void failed.begin();
    for (const { engine, clock } of [holding, over, failed]) {
      await clock.advance(60_000);
      expect(engine.overdueMs(), engine.phase).toBe(0);
    }
  });
});

describe('the start', () => {
  it('is rolled back: when the third sink fails, the first two are stopped in reverse order', async () => {
    const log: string[] = [];
    const cause = new Error('port 8000 is taken');
    const sinks = [
      createTestSink('a', log),
      createTestSink('b', log),
      createTestSink('c', log, { start: () => Promise.reject(cause) }),
      createTestSink('d', log),
    ];
    const { engine, begin } = createTestRun({ sinks });
    expect(await begin()).toBe(cause);
    expect(log).toEqual(['a: start load', 'b: start load', 'c: start load', 'b: stop', 'a: stop']);
    expect([engine.phase, engine.failure]).toEqual(['failed', cause]);
    await expect(engine.read(() => 0)).rejects.toMatchObject({ code: 'run_failed' });
  });

  it('is rolled back whole, even when a sink does not stop', async () => {
    const log: string[] = [];
    const cause = new Error('port 8000 is taken');
    const sinks = [
      createTestSink('a', log),
      createTestSink('b', log, { stop: () => Promise.reject(new Error('stuck')) }),
      createTestSink('c', log, { start: () => Promise.reject(cause) }),
    ];
    const { lines, begin } = createTestRun({ sinks });
    expect(await begin()).toBe(cause);
    expect(log.slice(-2)).toEqual(['b: stop', 'a: stop']);
    expect(lines.at(-1)).toMatchObject({
      sink: 'b',
      msg: 'sink b did not stop cleanly',
      err: { message: 'stuck' },
    });
  });

  it('tells its phases', async () => {
    const clock = createManualClock(START_MS);
    const never = new AbortController().signal;
    const slow = createTestSink('slow', [], {
      start: () => clock.sleep(100, never),
      stop: () => clock.sleep(100, never),
    });
    const { engine, begin } = createTestRun({ sinks: [slow], clock, lastTick: 2, hold: true });
    const phases: string[] = [engine.phase];
    void begin();
    for (const [ms, then] of [[99], [901], [1000, () => engine.stop()], [50], [50]] as const) {
      await clock.advance(ms);
      phases.push(engine.phase);
      then?.();
    }
    expect(phases).toEqual(['starting', 'starting', 'running', 'holding', 'stopping', 'stopped']);
  });
});

describe('the end', () => {
  it('finishes the tick under way, shows it to every sink, and stops each sink once', async () => {
    const log: string[] = [];
    const clock = createManualClock(START_MS);
    const slow = createTestSink('slow', log, {
      frame: ({ tick }) => (tick === 1 ? clock.sleep(500, new AbortController().signal) : undefined),
    });
    const { engine, begin } = createTestRun({ sinks: [slow, createTestSink('b', log)], clock });
    const ended = begin();
    await clock.advance(1200);
    engine.stop();
    engine.stop();
    await clock.advance(0);
    expect(log.at(-1)).toBe('slow: frame 1');
    await clock.advance(300);
    expect(await ended).toBeUndefined();
    expect(log.slice(-6)).toEqual([
      'b: frame 1',
      'b: done 1',
      'slow: flush',
      'b: flush',
      'b: stop',
      'slow: stop',
    ]);
    expect(engine.phase).toBe('stopped');
  });

  it('comes at once when the run sleeps', async () => {
    const { engine, clock, begin } = createTestRun({ intervalMs: 3_600_000 });
    const ended = begin();
    await clock.advance(0);
    engine.stop();
    expect(await ended).toBeUndefined();
  });

  it('asked for before the start: sinks are started and stopped, and nothing is left open', async () => {
    const log: string[] = [];
    const { engine, begin } = createTestRun({ sinks: [createTestSink('a', log)] });
    engine.stop();
    expect(await begin()).toBeUndefined();
    expect(log).toEqual(['a: start load', 'a: frame 0', 'a: done 0', 'a: flush', 'a: stop']);
  });

  it.each([
    ['what it was told', 250, 250],
    ['10 s unless told otherwise', undefined, 10_000],
  ])('gives sinks %s', async (_, graceMs, expected) => {
    const given: number[] = [];
    const sink = createTestSink('a', [], { stop: (ms) => Promise.resolve(void given.push(ms)) });
    const { begin } = createTestRun({ sinks: [sink], lastTick: 0, graceMs });
    await begin();
    expect(given).toEqual([expected]);
  });

  it('a sink that does not stop cleanly is logged, and keeps no other from stopping', async () => {
    const log: string[] = [];
    const sinks = [
      createTestSink('a', log),
      createTestSink('b', log, { stop: () => Promise.reject(new Error('stuck')) }),
    ];
    const { lines, begin } = createTestRun({ sinks, lastTick: 0 });
    expect(await begin()).toBeUndefined();
    expect(log.slice(-2)).toEqual(['b: stop', 'a: stop']);
    expect(lines.at(-1)).toMatchObject({ level: 50, sink: 'b', err: { message: 'stuck' } });
  });

  it('a sink that does not stop cleanly does not hide the earlier failure', async () => {
    const sink = createTestSink('a', [], { stop: () => Promise.reject(new Error('stuck')) });
    const { engine, clock, begin } = createTestRun({
      sinks: [sink],
      sources: [createTestSource({ failAt: 2 })],
    });
    const ended = begin();
    await clock.advance(2000);
    expect(await ended).toMatchObject({ message: 'source load broke' });
    expect(engine.failure?.message).toBe('source load broke');
  });
});

describe('a run that holds', () => {
  it('flushes each sink once, keeps the last frame shown, and ends when it is stopped', async () => {
    const log: string[] = [];
    const { engine, clock, begin } = createTestRun({
      sinks: [createTestSink('a', log), createTestSink('b', log)],
      lastTick: 1,
      hold: true,
    });
    const ended = begin();
    await clock.advance(3_600_000);
    expect(log.slice(-4)).toEqual(['b: frame 1', 'b: done 1', 'a: flush', 'b: flush']);
    expect(engine.phase).toBe('holding');
    expect(await engine.read((frame) => frame.tick)).toBe(1);
    engine.stop();
    expect(await ended).toBeUndefined();
    expect(log.slice(-2)).toEqual(['b: stop', 'a: stop']);
  });

  it('flushes once when it was stopped before its last tick', async () => {
    const log: string[] = [];
    const { engine, clock, begin } = createTestRun({
      sinks: [createTestSink('a', log)],
      lastTick: 9,
      hold: true,
    });
    const ended = begin();
    await clock.advance(1000);
    engine.stop();
    await ended;
    expect(log.slice(-3)).toEqual(['a: done 1', 'a: flush', 'a: stop']);
  });

  it('goes on when a flush fails, and the log says so', async () => {
    const log: string[] = [];
    const sink = createTestSink('a', log, { flush: () => Promise.reject(new Error('no route')) });
    const { engine, clock, lines, begin } = createTestRun({ sinks: [sink], lastTick: 1, hold: true });
    const ended = begin();
    await clock.advance(1000);
    expect(engine.phase).toBe('holding');
    expect(lines.map(({ msg }) => msg)).toContain('sink a could not export the last tick');
    engine.stop();
    expect(await ended).toBeUndefined();
    expect(log.at(-1)).toBe('a: stop');
  });
});

describe('a failure', () => {
  it('of a source ends the run; no sink sees the half tick', async () => {
    const log: string[] = [];
    const { engine, clock, begin } = createTestRun({
      sinks: [createTestSink('a', log)],
      sources: [createTestSource({ name: 'fine' }), createTestSource({ name: 'bad', failAt: 3 })],
    });
    const ended = begin();
    await clock.advance(10_000);
    const failure = await ended;
    expect(failure?.message).toBe('source bad broke');
    expect([engine.phase, engine.failure]).toEqual(['failed', failure]);
    expect(log.slice(-2)).toEqual(['a: done 2', 'a: stop']);
  });

  it('of a source half way through a tick leaves no torn frame to a scrape that was waiting for the tick', async () => {
    const source = createTestSource({ size: 8, slotsPerMs: 1, failAt: 2 });
    const run = createTestRun({ sources: [source], sliceClock: everySliceIsLong() });
    const ended = run.begin();
    await run.clock.advance(1000);
    const scrapes: Promise<unknown>[] = [];
    void run.clock.advance(1000);
    while (!source.calls.some(({ tick }) => tick === 2)) await yieldNow();
    // The columns are torn now: half of the slots show tick 2.
    scrapes.push(run.engine.read((frame) => valuesOf(frame.families[0]!.column)));
    await ended;
    scrapes.push(run.engine.read((frame) => frame.tick));
    for (const result of await Promise.allSettled(scrapes)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'run_failed', message: 'the run has failed: source load broke' },
      });
    }
    expect(new Set(source.column.values)).toEqual(new Set([1, 2]));
  });

  it('of a sink to take a frame ends the run', async () => {
    const log: string[] = [];
    const sink = createTestSink('a', log, {
      frame: ({ tick }) => {
        if (tick === 2) throw new Error('out of memory');
      },
    });
    const { clock, begin } = createTestRun({ sinks: [sink] });
    const ended = begin();
    await clock.advance(5000);
    expect(await ended).toMatchObject({ message: 'out of memory' });
    expect(log.slice(-2)).toEqual(['a: frame 2', 'a: stop']);
  });

  it('that is not an Error becomes one', async () => {
    const sink = createTestSink('a', [], {
      start() {
        // oxlint-disable-next-line typescript/only-throw-error -- other people's code does
        throw 'plain words';
      },
    });
    const { begin } = createTestRun({ sinks: [sink] });
    const failure = await begin();
    expect(failure).toBeInstanceOf(Error);
    expect(failure?.message).toBe('plain words');
  });
});

describe('read', () => {
  it('is refused before the first tick', async () => {
    const { engine } = createTestRun();
    await expect(engine.read(() => 0)).rejects.toMatchObject({
      code: 'not_ready',
      message: 'the first tick is not done yet',
    });
  });

  it('holds the next tick back until it is done, and passes on its result or failure', async () => {
    const clock = createManualClock(START_MS);
    const sink = createTestSink('memory');
    const { engine, begin } = createTestRun({ clock, sinks: [sink] });
    void begin();
    await clock.advance(1000);
    const slow = engine.read(async (frame) => {
      const first = frame.tick;
      await clock.sleep(1500, new AbortController().signal);
      return [first, frame.tick];
    });
    await clock.advance(1499);
    expect(ticksOf(sink)).toEqual([0, 1]);
    await clock.advance(1);
    expect(await slow).toEqual([1, 1]);
    expect(ticksOf(sink)).toEqual([0, 1, 2]);
    await expect(engine.read(() => Promise.reject(new Error('client gone')))).rejects.toThrow('client gone');
    await clock.advance(500);
    expect(ticksOf(sink)).toEqual([0, 1, 2, 3]);
  });

  it('that waits for a tick runs between it and the one before, in the order of asking', async () => {
    const { engine, clock, begin } = createTestRun();
    void begin();
    await clock.advance(1000);
    const order: string[] = [];
    const at = (tick: number, name: string) =>
      engine.readBefore(tick, (frame) => {
        order.push(`${name} after ${frame.tick}`);
        return frame.tick;
      });
    const reads = [at(4, 'a'), at(3, 'b'), at(4, 'c')];
    await clock.advance(1000);
    expect(order).toEqual(['b after 2']);
    // However late: two ticks are due at once.
    await clock.advance(2000);
    expect(order).toEqual(['b after 2', 'a after 3', 'c after 3']);
    expect(await Promise.all(reads)).toEqual([3, 2, 3]);
  });

  it('that waits for a tick which never comes runs at the end, and after it at once', async () => {
    const { engine, clock, begin } = createTestRun({ lastTick: 2 });
    void begin();
    await clock.advance(1000);
    const never = engine.readBefore(9, (frame) => [frame.tick, engine.phase]);
    await clock.advance(1000);
    expect(await never).toEqual([2, 'stopping']);
    expect(await engine.readBefore(9, (frame) => frame.tick)).toBe(2);
  });

  it('never sees half a tick, however reads and slices fall', async () => {
    const whole = (frame: Frame): boolean =>
      frame.families.every(({ column }) => valuesOf(column).every((value) => value === frame.tick));
    let peeksAtHalfTicks = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(6), { minLength: 1, maxLength: 30 }),
        async (sizes, slotsPerMs, pauses) => {
          const sources = sizes.map((size, index) =>
            createTestSource({ name: `m${index}`, size, slotsPerMs }),
          );
          const slowCopy = createTestSink('slow', [], { frame: yieldNow });
          const { engine, clock, begin } = createTestRun({
            sources,
            sinks: [slowCopy],
            sliceClock: everySliceIsLong(),
          });
          const ended = begin();
          await clock.advance(0);
          const time = clock.advance(6000);
          for (const pause of pauses) {
            for (let turn = 0; turn < pause; turn++) await yieldNow();
            const shown = new Set(sources.flatMap(({ column }) => valuesOf(column)));
            if (shown.size > 1) peeksAtHalfTicks += 1;
            const before = await engine.read((frame) => {
              expect(whole(frame)).toBe(true);
              return frame.tick;
            });
            const across = await engine.read(async (frame) => {
              await yieldNow();
              expect(whole(frame)).toBe(true);
              return frame.tick;
            });
            expect(across).toBeGreaterThanOrEqual(before);
          }
          await time;
          engine.stop();
          expect(await ended).toBeUndefined();
          expect(ticksOf(slowCopy)).toEqual(upTo(6));
        },
      ),
      { numRuns: 60 },
    );
    // Without read they would have: the columns were caught half way.
    expect(peeksAtHalfTicks).toBeGreaterThan(0);
  });
});

describe('a run that joins a shared epoch', () => {
  const epoch = START_MS - 100_000;

  it('replays what was before in silence, shows the tick it joins at, and goes on in time', async () => {
    const sink = createTestSink('memory');
    const source = createTestSource({ size: 1 });
    const { engine, clock, begin } = createTestRun({
      sources: [source],
      sinks: [sink],
      startMs: epoch,
      wallStartMs: epoch,
      joinTick: 100,
    });
    void begin();
    await clock.advance(2000);
    expect(sink.shown.map(({ tick, wallMs, births }) => [tick, wallMs, births[0]])).toEqual(
      [100, 101, 102].map((tick) => [tick, epoch + tick * 1000, epoch]),
    );
    expect(source.calls.map(({ tick }) => tick)).toEqual(upTo(102));
    expect(engine.stats).toMatchObject({ ticks: 2, lateTicks: 0 });
  });

  it('ends at its last tick when that is over', async () => {
    const sink = createTestSink('memory');
    const { begin } = createTestRun({ sinks: [sink], wallStartMs: epoch, joinTick: 100, lastTick: 7 });
    expect(await begin()).toBeUndefined();
    expect(ticksOf(sink)).toEqual([7]);
  });

  it('can be stopped while it replays', async () => {
    const clock = createManualClock(START_MS);
    const source = createBusySource(clock, 10);
    const { engine, begin } = createTestRun({
      sources: [source],
      clock,
      wallStartMs: epoch,
      joinTick: 100,
    });
    const ended = begin();
    while (source.calls.length < 20) await yieldNow();
    engine.stop();
    expect(await ended).toBeUndefined();
    expect(source.calls.at(-1)?.tick).toBeLessThan(100);
  });

  it('is not too late when the replay alone took longer than max_lag', async () => {
    const clock = createManualClock(START_MS);
    const source = createBusySource(clock, 300);
    const sink = createTestSink('memory');
    const { engine, begin } = createTestRun({
      sources: [source],
      sinks: [sink],
      clock,
      maxLag: 3,
      wallStartMs: epoch,
      joinTick: 100,
    });
    const ended = begin();
    while (engine.phase === 'starting') await yieldNow();
    // 100 ticks in 30 s, the 30 that became due meanwhile in 9 s, those 9 in 2.7 s, and so on.
    expect([engine.phase, ...ticksOf(sink)]).toEqual(['running', 142]);
    engine.stop();
    expect(await ended).toBeUndefined();
  });
});

/** A source of one slot, each tick of which takes so long. */
function createBusySource(clock: ManualClock, ms: number): TestSource {
  const source = createTestSource({ size: 1 });
  return {
    ...source,
    advance(...call) {
      source.advance(...call);
      clock.stall(ms);
    },
  };
}

/** A clock for slices by which each one takes longer than it may: the executor yields after every step. */
function everySliceIsLong(): () => number {
  let now = 0;
  return () => (now += 1000);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decide, tickAt, type Decision, type Schedule } from '../../src/engine/schedule.ts';

const everySecond: Schedule = { intervalMs: 1000, maxLag: 60, late: 'run' };
const skipping: Schedule = { ...everySecond, late: 'skip' };
const impatient: Schedule = { ...everySecond, maxLag: 0 };
const tenth: Schedule = { ...everySecond, intervalMs: 100 };

const wait = (ms: number): Decision => ({ do: 'wait', ms });
const run = (lateMs: number): Decision => ({ do: 'run', lateMs });
const skip = (tick: number, lateMs: number): Decision => ({ do: 'skip', tick, lateMs });
const fail = (lag: number): Decision => ({ do: 'fail', lag });

describe('decide', () => {
  it.each<[string, Schedule, number, number, Decision]>([
    // what                                                             schedule     next  elapsed  decision
    ['after birth, tick 1 waits a whole interval', everySecond, 1, 0, wait(1000)],
    ['half way there it waits the other half', everySecond, 1, 500, wait(500)],
    ['a tick runs at the very moment it is due', everySecond, 1, 1000, run(0)],
    ['a tick that overslept runs and is told how late it is', everySecond, 1, 1007, run(7)],
    ['after a slow tick the next is due at once', everySecond, 2, 2900, run(900)],
    ['several ticks behind, the oldest runs first', everySecond, 2, 7000, run(5000)],
    ['a tick in the far future waits for it', everySecond, 100, 3000, wait(97_000)],
    ['a tenth of a second is an interval like any other', tenth, 7, 650, wait(50)],
    ['max_lag intervals late is still run', everySecond, 1, 61_000, run(60_000)],
    ['just short of one interval more is still run', everySecond, 1, 61_999, run(60_999)],
    ['with late: skip nothing is skipped within max_lag', skipping, 1, 61_999, run(60_999)],

    // Sad path.
    ['one interval past max_lag the run fails', everySecond, 1, 62_000, fail(61)],
    ['with late: skip it jumps to the newest tick that is due', skipping, 1, 62_000, skip(62, 0)],
    ['the tick that it jumps to may be late itself', skipping, 1, 62_300, skip(62, 300)],
    ['a machine that slept for a day fails', everySecond, 10, 86_410_000, fail(86_400)],
    ['a machine that slept for a day jumps over it', skipping, 10, 86_410_500, skip(86_410, 500)],
    ['max_lag 0 forgives less than one interval', impatient, 1, 1999, run(999)],
    ['max_lag 0 fails at a whole interval', impatient, 1, 2000, fail(1)],
    ['before the run is due to begin it waits for longer', everySecond, 1, -5000, wait(6000)],
    ['a thousandth too early is too early', everySecond, 3, 2999.999, wait(3000 - 2999.999)],
  ])('%s', (_, schedule, next, elapsedMs, decision) => {
    expect(decide(schedule, next, elapsedMs)).toEqual(decision);
  });

  it('jumps forward only, to a tick that is due and less than an interval late', () => {
    const intervals = fc.oneof(
      fc.constantFrom(1, 100, 333, 1000),
      fc.double({ min: 0.1, max: 1e5, noNaN: true }),
    );
    fc.assert(
      fc.property(
        intervals,
        fc.nat(1000),
        fc.nat(1e6),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (intervalMs, maxLag, next, elapsedMs) => {
          const decision = decide({ intervalMs, maxLag, late: 'skip' }, next, elapsedMs);
          if (decision.do === 'skip') {
            expect(decision.tick).toBeGreaterThan(next);
            expect(decision.tick * intervalMs).toBeLessThanOrEqual(elapsedMs * (1 + 1e-12));
            expect(decision.lateMs).toBeLessThan(intervalMs * (1 + 1e-9));
          }
          if (decision.do === 'wait') expect(decision.ms).toBeGreaterThan(0);
          if (decision.do === 'run') expect(decision.lateMs).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

describe('tickAt', () => {
  it.each([
    // what                                            start  interval  now    tick
    ['at the epoch it is tick 0', 5000, 1000, 5000, 0],
    ['a tick lasts until the next one is due', 5000, 1000, 5999, 0],
    ['and then it is the next', 5000, 1000, 6000, 1],
    ['hours later it is still arithmetic', 0, 250, 3_600_000, 14_400],
    ['before the epoch there is only tick 0', 5000, 1000, 1000, 0],
  ])('%s', (_, startMs, intervalMs, nowMs, tick) => {
    expect(tickAt(startMs, intervalMs, nowMs)).toBe(tick);
  });
});

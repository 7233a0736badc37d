import { describe, expect, it } from 'vitest';

import { createManualClock, realClock } from '../../src/engine/clock.ts';

const never = new AbortController().signal;

describe('the manual clock', () => {
  it('stands still until it is told', async () => {
    const clock = createManualClock(1_000_000);
    expect([clock.nowMs(), clock.wallMs()]).toEqual([0, 1_000_000]);
    await clock.advance(250);
    expect([clock.nowMs(), clock.wallMs()]).toEqual([250, 1_000_250]);
  });

  it('wakes sleepers in the order of their times, each at its own time', async () => {
    const clock = createManualClock();
    const woken: [string, number][] = [];
    for (const [name, ms] of [
      ['late', 30],
      ['early', 10],
      ['middle', 20],
      ['not yet', 31],
    ] as const)
      void clock.sleep(ms, never).then(() => woken.push([name, clock.nowMs()]));
    await clock.advance(30);
    expect(woken).toEqual([
      ['early', 10],
      ['middle', 20],
      ['late', 30],
    ]);
    expect(clock.nowMs()).toBe(30);
  });

  it('lets a sleeper sleep again on the way', async () => {
    const clock = createManualClock();
    const woken: number[] = [];
    const beat = async (): Promise<void> => {
      while (woken.length < 5) {
        await clock.sleep(10, never);
        woken.push(clock.nowMs());
      }
    };
    void beat();
    await clock.advance(35);
    expect(woken).toEqual([10, 20, 30]);
    await clock.advance(1000);
    expect(woken).toEqual([10, 20, 30, 40, 50]);
  });

  it('stalls: sleepers wake late, at the time to which it jumped', async () => {
    const clock = createManualClock();
    const woken: number[] = [];
    void clock.sleep(10, never).then(() => woken.push(clock.nowMs()));
    clock.stall(500);
    expect(woken).toEqual([]);
    await clock.advance(0);
    expect(woken).toEqual([500]);
  });

  it.each([0, -5])('does not sleep for %d ms', async (ms) => {
    await expect(createManualClock().sleep(ms, never)).resolves.toBeUndefined();
  });
});

describe.each([
  ['the manual clock', () => createManualClock()],
  ['the real clock', () => realClock],
])('%s', (_, createClock) => {
  it('ends a sleep as soon as the signal aborts', async () => {
    const controller = new AbortController();
    const slept = createClock().sleep(3_600_000, controller.signal);
    controller.abort();
    await expect(slept).resolves.toBeUndefined();
  });

  it('does not begin to sleep when the signal has aborted', async () => {
    await expect(createClock().sleep(3_600_000, AbortSignal.abort())).resolves.toBeUndefined();
  });
});

describe('the real clock', () => {
  it('is monotonic, and its wall time is in milliseconds since 1970', () => {
    const before = realClock.nowMs();
    expect(realClock.nowMs()).toBeGreaterThanOrEqual(before);
    expect(realClock.wallMs()).toBeGreaterThan(Date.UTC(2024, 0, 1));
  });

  it('wakes by itself', async () => {
    await expect(realClock.sleep(1, never)).resolves.toBeUndefined();
  });

  it('does not take a wait of more than 24 days for no wait at all', async () => {
    const controller = new AbortController();
    let woken = false;
    const slept = realClock.sleep(2 ** 32, controller.signal).then(() => (woken = true));
    await realClock.sleep(2, never);
    expect(woken).toBe(false);
    controller.abort();
    await slept;
  });
});

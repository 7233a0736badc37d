import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLocalExecutor } from '../../src/engine/executor.ts';
import { NEUTRAL, type Modulation } from '../../src/series/modulation.ts';
import { createTestSource, type TestSource } from '../support/sources.ts';

const moment = (tick: number) => ({ tick, modelMs: tick * 1000, intervalMs: 1000 });
const nothing = (): Promise<void> => Promise.resolve();

/** How often each slot was worked in a tick. */
function visits(source: TestSource, tick: number): number[] {
  const counts = Array.from({ length: source.family.size }, () => 0);
  for (const call of source.calls) {
    for (let slot = call.from; call.tick === tick && slot < call.to; slot++)
      counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return counts;
}

describe('the local executor', () => {
  it('covers every slot of every source exactly once a tick, in slot order, whatever the sizes', async () => {
    const shapes = fc.array(
      fc.record({
        size: fc.nat(300),
        slotsPerMs: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constantFrom(0.3, 1.7)),
      }),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(shapes, fc.infiniteStream(fc.nat(12)), async (options, steps) => {
        const sources = options.map((each, index) => createTestSource({ ...each, name: `m${index}` }));
        let now = 0;
        const executor = createLocalExecutor(sources, nothing, () => (now += steps.next().value));
        await executor.start(moment(0));
        await executor.advance(
          moment(1),
          sources.map(() => NEUTRAL),
        );
        for (const source of sources) {
          const once = Array.from({ length: source.family.size }, () => 1);
          expect([visits(source, 0), visits(source, 1)]).toEqual([once, once]);
          const begins = source.calls.filter(({ tick }) => tick === 1).map(({ from }) => from);
          expect(begins).toEqual(begins.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    // what                                                      ms a step, yields after steps
    ['steps of a millisecond: every ten', 1, [10, 20, 30]],
    ['steps of four milliseconds: when ten are reached', 4, [3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33]],
    ['steps slower than told: after each', 25, Array.from({ length: 35 }, (_, step) => step + 1)],
    ['steps that take no time: never', 0, []],
  ])('yields after %s', async (_, stepMs, expected) => {
    let now = 0;
    let steps = 0;
    const yields: number[] = [];
    const source = createTestSource({ size: 35, slotsPerMs: 1 });
    const work: TestSource = {
      ...source,
      advance(...call) {
        source.advance(...call);
        now += stepMs;
        steps += 1;
      },
    };
    const yieldNow = (): Promise<void> => Promise.resolve(void yields.push(steps));
    await createLocalExecutor([work], yieldNow, () => now).advance(moment(1), [NEUTRAL]);
    expect(yields).toEqual(expected);
  });

  it('counts the time of one source on to the next: many small ones yield, too', async () => {
    let now = 0;
    let yields = 0;
    const sources = Array.from({ length: 40 }, (_, index) =>
      createTestSource({ name: `m${index}`, size: 1 }),
    );
    const work = sources.map((source): TestSource => ({
      ...source,
      advance(...call) {
        source.advance(...call);
        now += 1;
      },
    }));
    const yieldNow = (): Promise<void> => Promise.resolve(void (yields += 1));
    await createLocalExecutor(work, yieldNow, () => now).advance(
      moment(1),
      work.map(() => NEUTRAL),
    );
    expect(yields).toBe(4);
  });

  it('gives each source its own modulation, in every slice', async () => {
    const sources = [2, 3].map((size) => createTestSource({ name: `m${size}`, size, slotsPerMs: 1 }));
    const modulations: Modulation[] = [2, 3].map((rate) => ({ ...NEUTRAL, rate }));
    await createLocalExecutor(sources, nothing, () => 0).advance(moment(10), modulations);
    expect(sources.map(({ column }) => [...column.values])).toEqual([
      [20, 20],
      [30, 30, 30],
    ]);
  });

  it('passes on what a source throws, and works no slot after it', async () => {
    const sources = [createTestSource({ failAt: 1 }), createTestSource({ name: 'after' })];
    const executor = createLocalExecutor(sources, nothing, () => 0);
    await expect(executor.advance(moment(1), [NEUTRAL, NEUTRAL])).rejects.toThrow('source load broke');
    expect(sources[1]?.calls).toEqual([]);
    await expect(executor.close()).resolves.toBeUndefined();
  });
});

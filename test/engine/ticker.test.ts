import { describe, expect, it } from 'vitest';

import { createEffects } from '../../src/engine/effects.ts';
import { createLocalExecutor } from '../../src/engine/executor.ts';
import { createTicker } from '../../src/engine/ticker.ts';
import { effectOf, targetOf } from '../support/effects.ts';
import { createTestSource, START_MS, valuesOf } from '../support/sources.ts';

function setUp() {
  const sources = [createTestSource({ name: 'a', size: 2 }), createTestSource({ name: 'b', size: 1 })];
  const effects = createEffects();
  const executor = createLocalExecutor(
    sources,
    () => Promise.resolve(),
    () => 0,
  );
  const ticker = createTicker({ sources, executor, effects, startMs: START_MS, intervalMs: 250 });
  const values = (): (readonly number[])[] => ticker.frame.families.map(({ column }) => valuesOf(column));
  return { sources, effects, ticker, values };
}

describe('the ticker', () => {
  it('has a frame before birth that belongs to no tick', () => {
    const { ticker } = setUp();
    expect(ticker.frame.tick).toBe(-1);
    expect(ticker.frame.families.map(({ family }) => family.name)).toEqual(['a', 'b']);
  });

  it('shows times that are multiples of the interval: the model by its start, the wall as it is told', async () => {
    const { ticker } = setUp();
    const times: unknown[] = [];
    const note = () => times.push([ticker.frame.tick, ticker.frame.modelMs - START_MS, ticker.frame.wallMs]);
    await ticker.birth(7000);
    note();
    for (const wallMs of [7250, 7500]) {
      await ticker.advance(wallMs);
      note();
    }
    expect(times).toEqual([
      [0, 0, 7000],
      [1, 250, 7250],
      [2, 500, 7500],
    ]);
    expect(ticker.frame.families.map(({ birthMs }) => birthMs)).toEqual([7000, 7000]);
  });

  it('hands out the same frame, families and columns at every tick', async () => {
    const { ticker } = setUp();
    const { frame } = ticker;
    const parts = frame.families.flatMap((entry) => [entry, entry.column]);
    await ticker.birth(0);
    await ticker.advance(0);
    expect(ticker.frame).toBe(frame);
    for (const [index, part] of frame.families.flatMap((entry) => [entry, entry.column]).entries())
      expect(part).toBe(parts[index]);
  });

  it('leaves ticks out when it is told the next one', async () => {
    const { sources, ticker, values } = setUp();
    await ticker.birth(0);
    await ticker.advance(0, 9);
    await ticker.advance(0);
    expect(sources[0]?.calls.map(({ tick }) => tick)).toEqual([0, 9, 10]);
    expect([ticker.frame.tick, ticker.frame.modelMs - START_MS, values()]).toEqual([
      10,
      2500,
      [[10, 10], [10]],
    ]);
  });

  it('asks each family for the effects on it at that tick', async () => {
    const { effects, ticker, values } = setUp();
    effects.set(effectOf('x', { targets: [targetOf('b')], scale: 4, fromTick: 2, untilTick: 3 }));
    await ticker.birth(0);
    const shown: unknown[] = [];
    for (let tick = 1; tick <= 3; tick++) {
      await ticker.advance(0);
      shown.push(values());
    }
    expect(shown).toEqual([
      [[1, 1], [1]],
      [[2, 2], [8]],
      [[3, 3], [3]],
    ]);
  });

  it('stays at the tick before while a tick fails', async () => {
    const sources = [createTestSource({ failAt: 2 })];
    const executor = createLocalExecutor(
      sources,
      () => Promise.resolve(),
      () => 0,
    );
    const ticker = createTicker({ sources, executor, effects: createEffects(), startMs: 0, intervalMs: 250 });
    await ticker.birth(0);
    await ticker.advance(250);
    await expect(ticker.advance(500)).rejects.toThrow('source load broke');
    expect([ticker.frame.tick, ticker.frame.wallMs]).toEqual([1, 250]);
  });
});

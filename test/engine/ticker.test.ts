import { describe, expect, it } from 'vitest';

import { createEffects } from '../../src/engine/effects.ts';
import { createLocalExecutor } from '../../src/engine/executor.ts';
import { createTicker, type Ticker } from '../../src/engine/ticker.ts';
import type { Succession } from '../../src/series/change.ts';
import { birthOf } from '../../src/series/frame.ts';
import { effectOf, targetOf } from '../support/effects.ts';
import { createTestSource, START_MS, valuesOf, type TestSource } from '../support/sources.ts';

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

  describe('that changes families', () => {
    const successionOf = (before: TestSource, from?: readonly number[]) => ({
      before: before.family,
      from: from && Int32Array.from(from),
    });
    const change = (sources: readonly TestSource[], successions: [TestSource, Succession][] = []) => ({
      sources,
      blueprints: [],
      change: {
        families: sources.map(({ family }) => family),
        successions: new Map(successions.map(([{ family }, succession]) => [family, succession])),
      },
    });
    const births = (ticker: Ticker) =>
      ticker.frame.families.map((entry) =>
        Array.from({ length: entry.family.size }, (_, slot) => birthOf(entry, slot)),
      );

    async function begun() {
      const world = setUp();
      await world.ticker.birth(0);
      await world.ticker.advance(250);
      return world;
    }

    it('tells of it with the tick that has them, once', async () => {
      const { ticker, sources } = await begun();
      const told = change([sources[1] as TestSource]);
      ticker.change(told);
      expect(ticker.frame.families.map(({ family }) => family.name)).toEqual(['a', 'b']);
      expect(await ticker.advance(500)).toBe(told.change);
      expect(ticker.frame.families.map(({ family }) => family.name)).toEqual(['b']);
      expect(await ticker.advance(750)).toBeUndefined();
    });

    it('keeps the entry of a family that goes on, and bears a new one with the tick', async () => {
      const { ticker, sources, values } = await begun();
      const [, entry] = ticker.frame.families;
      const fresh = createTestSource({ name: 'c', size: 2 });
      ticker.change(change([sources[1] as TestSource, fresh]));
      await ticker.advance(500);
      expect(ticker.frame.families[0]).toBe(entry);
      expect([values(), births(ticker)]).toEqual([
        [[2], [0, 0]],
        [[0], [500, 500]],
      ]);
      await ticker.advance(750);
      expect(values()).toEqual([[3], [3, 3]]);
    });

    it('has series go on in another family with their births, and bears the slots that are new', async () => {
      const { ticker, sources, values } = await begun();
      const larger = createTestSource({ name: 'a', size: 4 });
      ticker.change(change([larger], [[larger, successionOf(sources[0] as TestSource, [1, -1, -1, 0])]]));
      await ticker.advance(500);
      expect([values(), births(ticker)]).toEqual([[[2, 0, 0, 2]], [[0, 500, 500, 0]]]);
      const smaller = createTestSource({ name: 'a', size: 2 });
      ticker.change(change([smaller], [[smaller, successionOf(larger)]]));
      await ticker.advance(750);
      expect([values(), births(ticker)]).toEqual([[[3, 3]], [[0, 500]]]);
    });

    it('needs no births of its own when all series go on', async () => {
      const { ticker, sources } = await begun();
      const same = createTestSource({ name: 'a', size: 2 });
      ticker.change(change([same], [[same, successionOf(sources[0] as TestSource)]]));
      await ticker.advance(500);
      expect(ticker.frame.families.map((entry) => [entry.births, entry.birthMs])).toEqual([[undefined, 0]]);
    });

    it('takes several changes before a tick as one', async () => {
      const { ticker, sources, values } = await begun();
      const [a, b] = sources as [TestSource, TestSource];
      const between = createTestSource({ name: 'a', size: 3 });
      const last = createTestSource({ name: 'a', size: 3 });
      ticker.change(change([b, between], [[between, successionOf(a, [-1, 0, 1])]]));
      expect(ticker.sources).toEqual([b, between]);
      ticker.change(change([b, last], [[last, successionOf(between, [2, 1, 0])]]));
      const told = await ticker.advance(500);
      expect(told?.successions).toEqual(new Map([[last.family, successionOf(a, [1, 0, -1])]]));
      expect([values(), births(ticker)]).toEqual([
        [[2], [2, 2, 0]],
        [[0], [0, 0, 500]],
      ]);
      expect(between.calls).toEqual([]);
    });
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

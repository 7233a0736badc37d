import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createEffects, spikeChange, type Effect } from '../../src/engine/effects.ts';
import type { MetricType } from '../../src/series/family.ts';
import { NEUTRAL, type Modulation } from '../../src/series/modulation.ts';
import { createTestFamily } from '../support/sources.ts';

const family = createTestFamily('load', 'counter', 1);
const other = createTestFamily('other', 'counter', 1);

const spike = (id: string, multiplier: number, fromTick: number, untilTick: number): Effect => ({
  id,
  family: 'load',
  change: 'rate',
  multiplier,
  fromTick,
  untilTick,
});

/** The rates that a family is asked for at ticks 0, 1, 2, ... */
function rates(effects: readonly Effect[], ticks: number): number[] {
  const taken = createEffects();
  for (const effect of effects) taken.set(effect);
  return ratesOf(taken, ticks);
}

function ratesOf(taken: ReturnType<typeof createEffects>, ticks: number, of = family): number[] {
  const out: Modulation = { ...NEUTRAL };
  return Array.from({ length: ticks }, (_, tick) => {
    taken.modulate(of, tick, out);
    return Number(out.rate);
  });
}

describe('effects', () => {
  it.each<[string, Effect[], number[]]>([
    ['none: nothing changes', [], [1, 1, 1, 1]],
    ['one: from its first tick until the one that it no longer changes', [spike('a', 5, 1, 3)], [1, 5, 5, 1]],
    ['two that overlap multiply where they do', [spike('a', 5, 0, 3), spike('b', 2, 2, 4)], [5, 5, 10, 2, 1]],
    [
      'a second spike outlives the end of the first (MB-52)',
      [spike('a', 2, 0, 1), spike('b', 3, 0, 5)],
      [6, 3, 3, 3, 3, 1],
    ],
    ['a spike may be a slump', [spike('a', 0.5, 0, 2)], [0.5, 0.5, 1]],
    [
      'one by the same id takes the place of the other',
      [spike('a', 5, 0, 9), spike('a', 2, 0, 1)],
      [2, 1, 1],
    ],
    ['one that is over before it begins changes nothing', [spike('a', 5, 2, 2)], [1, 1, 1]],
  ])('%s', (_, taken, expected) => {
    expect(rates(taken, expected.length)).toEqual(expected);
  });

  it('change the family that they name and no other', () => {
    const taken = createEffects();
    taken.set(spike('a', 5, 0, 9));
    expect(ratesOf(taken, 2, other)).toEqual([1, 1]);
  });

  it('multiply either the rate or the value, and leave nothing of the tick before in the modulation', () => {
    const taken = createEffects();
    taken.set({ ...spike('a', 4, 0, 1), change: 'value' });
    taken.set(spike('b', 3, 0, 1));
    const out: Modulation = { rate: 7, level: 7, scale: 7, offset: 7 };
    taken.modulate(family, 0, out);
    expect(out).toEqual({ rate: 3, level: 1, scale: 4, offset: 0 });
    taken.modulate(family, 1, out);
    expect(out).toEqual(NEUTRAL);
  });

  it('fold in the order of their ids, so that the last digit does not depend on the order of asking', () => {
    const multipliers = fc.uniqueArray(
      fc.tuple(fc.string({ maxLength: 3 }), fc.double({ min: 0.01, max: 100, noNaN: true })),
      {
        selector: ([id]) => id,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(
        multipliers.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, shuffled]) => {
          const at = (entries: typeof list) =>
            rates(
              entries.map(([id, multiplier]) => spike(id, multiplier, 0, 1)),
              1,
            );
          expect(at(shuffled)).toEqual(at(list));
        },
      ),
    );
  });

  it('are listed by id until they are over, those to come included', () => {
    const taken = createEffects();
    for (const effect of [spike('c', 2, 5, 6), spike('a', 2, 0, 3), spike('b', 2, 0, 2)]) taken.set(effect);
    const ids = (tick: number) => taken.activeAt(tick).map(({ id }) => id);
    expect([ids(1), ids(2), ids(3), ids(6)]).toEqual([['a', 'b', 'c'], ['a', 'c'], ['c'], []]);
  });

  describe('cancelled', () => {
    it('while under way: end with the given tick, and what they did before stays on record', () => {
      const taken = createEffects();
      taken.set(spike('a', 5, 1, 9));
      expect(taken.cancel('a', 3)).toBe(true);
      expect(ratesOf(taken, 5)).toEqual([1, 5, 5, 1, 1]);
      expect(taken.activeAt(2)).toEqual([spike('a', 5, 1, 3)]);
    });

    it.each([
      ['before they begin', 2],
      ['with the tick that would have been their first', 4],
    ])('%s: leave no trace', (_, tick) => {
      const taken = createEffects();
      taken.set(spike('a', 5, 4, 9));
      expect(taken.cancel('a', tick)).toBe(true);
      expect(taken.activeAt(0)).toEqual([]);
    });

    it.each([
      ['unknown', 'b', 2],
      ['over', 'a', 3],
      ['long over', 'a', 30],
    ])('when %s: there is nothing to cancel', (_, id, tick) => {
      const taken = createEffects();
      taken.set(spike('a', 5, 1, 3));
      expect(taken.cancel(id, tick)).toBe(false);
      expect(ratesOf(taken, 4)).toEqual([1, 5, 5, 1]);
    });

    it('twice: the second time there is nothing left to cancel', () => {
      const taken = createEffects();
      taken.set(spike('a', 5, 1, 9));
      expect([taken.cancel('a', 3), taken.cancel('a', 3)]).toEqual([true, false]);
    });
  });
});

describe('spikeChange', () => {
  it.each<[MetricType, Effect['change']]>([
    ['counter', 'rate'],
    ['gauge', 'value'],
    ['histogram', 'value'],
    ['summary', 'value'],
  ])('of a %s is its %s', (type, change) => {
    expect(spikeChange(type)).toBe(change);
  });
});

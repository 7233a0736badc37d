import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  createEffects,
  spikeChange,
  type Effect,
  type Effects,
  type Members,
} from '../../src/engine/effects.ts';
import { strengthAt } from '../../src/engine/ramp.ts';
import type { MetricType } from '../../src/series/family.ts';
import {
  factorAt,
  NEUTRAL,
  type Factor,
  type GroupedFactor,
  type Modulation,
} from '../../src/series/modulation.ts';
import { effectOf, targetOf } from '../support/effects.ts';
import { createTestFamily } from '../support/sources.ts';

const family = createTestFamily('load', 'counter', 1);
const other = createTestFamily('other', 'counter', 1);

const spike = (id: string, rate: number, fromTick: number, untilTick: number): Effect =>
  effectOf(id, { rate, fromTick, untilTick });

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
    taken.set(effectOf('a', { scale: 4, untilTick: 1 }));
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

/** What a family of six slots is asked for at a tick, by slot. */
function askedBySlot(taken: Effects, tick: number, out: Modulation = { ...NEUTRAL }) {
  taken.modulate(wide, tick, out);
  const bySlot = (factor: Factor) => Array.from({ length: wide.size }, (_, slot) => factorAt(factor, slot));
  return { rate: bySlot(out.rate), scale: bySlot(out.scale), offset: bySlot(out.offset) };
}

const wide = createTestFamily('wide', 'gauge', 6);
const members = (...slots: number[]): Members =>
  new Map([['wide', Uint8Array.from({ length: 6 }, (_, slot) => Number(slots.includes(slot)))]]);
const part = (id: string, parts: Partial<Effect>): Effect =>
  effectOf(id, { targets: [targetOf('wide', 6, 3)], ...parts });

describe('effects on a part of a family', () => {
  it('change the slots that they are told, and fold with those on the whole', () => {
    const taken = createEffects();
    taken.set(part('a', { rate: 2, scale: 3, offset: 1, untilTick: 4 }), members(0, 1, 2));
    taken.set(part('b', { scale: 5, offset: 10, fromTick: 1, untilTick: 3 }), members(2, 3));
    taken.set(part('c', { scale: 7, fromTick: 2 }));
    expect([0, 1, 2, 3, 4].map((tick) => askedBySlot(taken, tick))).toEqual([
      { rate: [2, 2, 2, 1, 1, 1], scale: [3, 3, 3, 1, 1, 1], offset: [1, 1, 1, 0, 0, 0] },
      { rate: [2, 2, 2, 1, 1, 1], scale: [3, 3, 15, 5, 1, 1], offset: [1, 1, 11, 10, 0, 0] },
      { rate: [2, 2, 2, 1, 1, 1], scale: [21, 21, 105, 35, 7, 7], offset: [1, 1, 11, 10, 0, 0] },
      { rate: [2, 2, 2, 1, 1, 1], scale: [21, 21, 21, 7, 7, 7], offset: [1, 1, 1, 0, 0, 0] },
      { rate: Array(6).fill(1), scale: Array(6).fill(7), offset: Array(6).fill(0) },
    ]);
  });

  it('ask by one number where all slots have the same', () => {
    const taken = createEffects();
    taken.set(part('a', { scale: 3, fromTick: 1, untilTick: 2 }), members(0));
    const out: Modulation = { ...NEUTRAL };
    const kinds = [0, 1, 2].map((tick) => {
      taken.modulate(wide, tick, out);
      return [typeof out.rate, typeof out.scale, typeof out.offset];
    });
    expect(kinds).toEqual([
      ['number', 'number', 'number'],
      ['number', 'object', 'number'],
      ['number', 'number', 'number'],
    ]);
  });

  it('at full strength multiply by the very number that was asked for, below it by a part of it', () => {
    const taken = createEffects();
    taken.set(part('a', { scale: 0.1, offset: 8, shape: 'linear', upTicks: 4 }), members(5));
    const last = [0, 1, 2, 3, 4].map((tick) => {
      const { scale, offset } = askedBySlot(taken, tick);
      return [scale[5], offset[5]];
    });
    expect(last).toEqual([
      [1 - 0.9 * 0.25, 2],
      [1 - 0.9 * 0.5, 4],
      [1 - 0.9 * 0.75, 6],
      [0.1, 8],
      [0.1, 8],
    ]);
  });

  it('lend the groups in memory of all threads, and numbers by group that are never written again', () => {
    const lent: ArrayBufferLike[] = [];
    const taken = createEffects((bytes) => {
      const memory = new SharedArrayBuffer(bytes);
      lent.push(memory);
      return memory;
    });
    taken.set(part('a', { scale: 3, shape: 'linear', upTicks: 2 }), members(0));
    const out: Modulation = { ...NEUTRAL };
    const scales = [0, 1, 2].map((tick) => {
      taken.modulate(wide, tick, out);
      return out.scale as GroupedFactor;
    });
    expect(lent).toHaveLength(1);
    expect(scales.map(({ of }) => of.buffer === lent[0])).toEqual([true, true, true]);
    expect(scales.map(({ byGroup }) => [...byGroup])).toEqual([
      [1, 2],
      [1, 3],
      [1, 3],
    ]);
    // The ramp has ended: what was worked out from it may be kept.
    expect(scales[2]).toBe(scales[1]);
    taken.cancel('a', 4);
    taken.modulate(wide, 4, out);
    expect(out).toEqual(NEUTRAL);
  });

  it('may be replaced by one on other slots', () => {
    const taken = createEffects();
    taken.set(part('a', { scale: 3 }), members(0, 1));
    askedBySlot(taken, 0);
    taken.set(part('a', { scale: 3 }), members(1, 2));
    expect(askedBySlot(taken, 1).scale).toEqual([1, 3, 3, 1, 1, 1]);
    taken.set(part('a', { scale: 3 }));
    expect(askedBySlot(taken, 1).scale).toEqual(Array(6).fill(3));
  });

  it('reach the slots of a family that has become another size, once all are set anew', () => {
    const taken = createEffects();
    const to = (of: number) => [targetOf('wide', of)];
    taken.set(part('a', { scale: 2, targets: to(2) }), new Map([['wide', Uint8Array.of(1, 0)]]));
    taken.set(part('b', { scale: 5, targets: to(2) }));
    askedBySlot(taken, 0);
    taken.set(part('a', { scale: 2, targets: to(6) }), members(4, 5));
    taken.set(part('b', { scale: 5, targets: to(6) }));
    expect(askedBySlot(taken, 1).scale).toEqual([5, 5, 5, 5, 10, 10]);
  });

  it('are asked for as if each slot were folded by itself, whatever comes and goes', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd');
    const factor = fc.constantFrom(0.1, 0.3, 1, 1.7, 3);
    const action = fc.oneof(
      fc.record({
        id,
        slots: fc.option(fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }), { nil: undefined }),
        rate: factor,
        scale: factor,
        offset: fc.constantFrom(0, 0.1, -2),
        delay: fc.nat(2),
        ticks: fc.integer({ min: 1, max: 6 }),
        upTicks: fc.nat(3),
      }),
      id.map((cancel) => ({ cancel })),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 15 }), (actions) => {
        const taken = createEffects();
        const known = new Map<string, { effect: Effect; slots: readonly number[] | undefined }>();
        for (const [tick, act] of actions.entries()) {
          if (act !== undefined && 'cancel' in act) {
            taken.cancel(act.cancel, tick);
            known.delete(act.cancel);
          } else if (act !== undefined) {
            const fromTick = tick + act.delay;
            const effect = part(act.id, {
              rate: act.rate,
              scale: act.scale,
              offset: act.offset,
              fromTick,
              untilTick: fromTick + act.ticks,
              shape: 'sine',
              upTicks: act.upTicks,
            });
            taken.set(effect, act.slots && members(...act.slots));
            known.set(act.id, { effect, slots: act.slots });
          }
          const expected = { rate: Array<number>(6), scale: Array<number>(6), offset: Array<number>(6) };
          for (let slot = 0; slot < 6; slot++) {
            let [rate, scale, offset] = [1, 1, 0];
            for (const [, { effect, slots }] of [...known].toSorted(([one], [other]) =>
              one < other ? -1 : 1,
            )) {
              const strength = strengthAt(effect, tick);
              if (strength === 0 || slots?.includes(slot) === false) continue;
              rate *= strength === 1 ? effect.rate : 1 + (effect.rate - 1) * strength;
              scale *= strength === 1 ? effect.scale : 1 + (effect.scale - 1) * strength;
              offset += effect.offset * strength;
            }
            Object.assign(expected.rate, { [slot]: rate });
            Object.assign(expected.scale, { [slot]: scale });
            Object.assign(expected.offset, { [slot]: offset });
          }
          expect(askedBySlot(taken, tick)).toEqual(expected);
          taken.forget(tick + 1);
        }
      }),
      { seed: 42, numRuns: 300 },
    );
  });
});

describe('effects that are over', () => {
  it('are forgotten when it is said so, and others are not', () => {
    const taken = createEffects();
    taken.set(spike('a', 2, 0, 2));
    taken.set(spike('b', 3, 0, 3));
    taken.forget(2);
    expect(taken.activeAt(0).map(({ id }) => id)).toEqual(['b']);
    expect(ratesOf(taken, 4)).toEqual([3, 3, 3, 1]);
  });
});

describe('spikeChange', () => {
  it.each<[MetricType, 'rate' | 'value']>([
    ['counter', 'rate'],
    ['gauge', 'value'],
    ['histogram', 'value'],
    ['summary', 'value'],
  ])('of a %s is its %s', (type, change) => {
    expect(spikeChange(type)).toBe(change);
  });
});

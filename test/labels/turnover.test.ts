import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { churnFields } from '../../src/labels/churn/kinds.ts';
import { createLabelSpace, listDimension, rangeDimension } from '../../src/labels/space.ts';
import { createLiveSpace, type LiveSpace, type TimedChurn } from '../../src/labels/turnover.ts';
import { atOnce } from '../../src/util/slices.ts';

const INTERVAL_MS = 1000;

interface Options {
  readonly pods?: number;
  readonly ramp?: number;
  readonly part?: { readonly from: number; readonly to: number };
  readonly fromTick?: number;
  readonly untilTick?: number;
}

/** Two zones of each pod; a churn counts its time from tick 0. */
function spaceOf(churns: readonly object[], options: Options = {}): LiveSpace {
  const { pods = 10, ramp, part, fromTick = 0, untilTick = Number.POSITIVE_INFINITY } = options;
  const dimensions = [rangeDimension('pod', 0, pods - 1, (i) => `p${i}`), listDimension('zone', ['a', 'b'])];
  const timed = churns.map((churn): TimedChurn => ({
    churn: churnFields.parse({ label: 'pod', ...churn }),
    fromTick,
    untilTick,
  }));
  return createLiveSpace(createLabelSpace({ dimensions, part }), {
    churns: timed,
    key: 'test',
    intervalMs: INTERVAL_MS,
    ramp: ramp === undefined ? undefined : { ms: ramp * 1000, first: part?.from ?? 0, of: 2 * pods },
  });
}

const stepTo = ({ turnover }: LiveSpace, tick: number) => atOnce(turnover.step(tick));
const isThere = ({ turnover }: LiveSpace, slot: number): boolean => turnover.presence?.[slot] !== 0;
const podsOf = (space: LiveSpace): string[] =>
  Array.from({ length: space.size / 2 }, (_, i) => (isThere(space, 2 * i) ? space.value(2 * i, 0) : '-'));
const declared = (text: string): string => text.replace(/(?<=.)-.*/, "'");

describe('churn', () => {
  it.each<[string, object, Record<number, string>]>([
    [
      'rolling replaces values one after the other, again with every deployment',
      { kind: 'rolling', over: 10, every: 20, after: 5 },
      { 5: '0123456789', 6: "0'123456789", 14: "0'1'2'3'4'5'6'7'8'9", 15: "0'1'2'3'4'5'6'7'8'9'" },
    ],
    [
      'autoscale takes the last ones away and brings back others',
      { kind: 'autoscale', min: 4, max: 8, period: 8, shape: 'triangle' },
      { 0: '0123------', 1: "01234'-----", 4: "01234'5'6'7'--", 6: "01234'5'----", 8: '0123------' },
    ],
    [
      'autoscale at once has all of them for half of the time',
      { kind: 'autoscale', min: 1, max: 3, period: 4, shape: 'square' },
      { 1: '0---------', 2: "01'2'-------", 3: "01'2'-------", 4: '0---------', 6: "01'2'-------" },
    ],
  ])('%s', (_, churn, expected) => {
    const space = spaceOf([churn]);
    for (let tick = 0; tick <= Math.max(...Object.keys(expected).map(Number)); tick++) {
      stepTo(space, tick);
      const shown = podsOf(space)
        .map((pod) => declared(pod).replace('p', ''))
        .join('');
      if (expected[tick] !== undefined) expect(shown, `tick ${tick}`).toBe(expected[tick]);
    }
  });

  it('steady replaces its share an hour, each value once before one twice', () => {
    const space = spaceOf([{ kind: 'steady', per_hour: 2 }], { pods: 100 });
    let turned = 0;
    const generations = new Map<string, number>();
    for (let tick = 0; tick <= 3600; tick++) {
      const step = stepTo(space, tick);
      turned += step.turned.length;
      for (const slot of step.turned.filter((one) => one % 2 === 0)) {
        const pod = declared(space.value(slot, 0));
        generations.set(pod, (generations.get(pod) ?? 0) + 1);
        expect(
          Math.max(...generations.values()) -
            (generations.size < 100 ? 0 : Math.min(...generations.values())),
        ).toBeLessThanOrEqual(1);
      }
    }
    expect(turned).toBe(2 * 200);
    expect(space.turnover.everSeen(3600)).toBe(2 * 300);
  });

  it('crash_loop brings back the same values after a back-off that doubles', () => {
    const space = spaceOf([{ kind: 'crash_loop', share: 0.5, every: 20, back_off: 2, max_back_off: 8 }], {
      pods: 40,
    });
    const away = new Map<number, number[]>();
    for (let tick = 0; tick <= 200; tick++) {
      const { turned, born } = stepTo(space, tick);
      expect(turned).toEqual([]);
      if (tick > 0) for (const slot of born) expect(isThere(space, slot)).toBe(true);
      for (let slot = 0; slot < space.size; slot += 2) {
        if (isThere(space, slot)) continue;
        const ticks = away.get(slot) ?? [];
        away.set(slot, ticks);
        ticks.push(tick);
      }
    }
    expect(away.size).toBeGreaterThan(10);
    expect(away.size).toBeLessThan(30);
    for (const ticks of away.values()) {
      const lengths = ticks.reduce<number[]>((runs, tick, i) => {
        if (ticks[i - 1] === tick - 1) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
        else runs.push(1);
        return runs;
      }, []);
      expect(lengths.slice(0, 5)).toEqual([2, 4, 8, 8, 8]);
    }
  });

  it('that is over leaves the labels that there are, and brings back what is away', () => {
    const space = spaceOf([{ kind: 'autoscale', min: 1, max: 10, period: 8 }], { fromTick: 2, untilTick: 6 });
    for (let tick = 0; tick <= 6; tick++) stepTo(space, tick);
    const shown = podsOf(space);
    expect(shown).not.toContain('-');
    stepTo(space, 60);
    expect(podsOf(space)).toEqual(shown);
  });
});

describe('a turnover of very many slots at once', () => {
  it.each<[string, object[], Options]>([
    ['where all of them turn over', [{ kind: 'rolling', over: 1 }], {}],
    ['where all of them come', [], { ramp: 1 }],
    ['where most of them are away', [{ kind: 'autoscale', min: 1, max: 9, period: 9, shape: 'square' }], {}],
  ])('goes in steps: %s', (_, churns, options) => {
    const space = spaceOf(churns, { ...options, pods: 30_000 });
    const stepsTo = (tick: number): number => {
      let steps = 0;
      for (const each = space.turnover.step(tick); each.next().done !== true;) steps += 1;
      return steps;
    };
    const most = Math.max(...[0, 1, 2].map(stepsTo));
    expect(most).toBeGreaterThan(space.size / 10_000);
  });
});

describe('ramp_series', () => {
  it('brings series one after the other', () => {
    const space = spaceOf([], { ramp: 10 });
    const counts = [0, 1, 5, 10, 11].map((tick) => {
      stepTo(space, tick);
      return Array.from({ length: space.size }, (_, slot) => Number(isThere(space, slot))).join('');
    });
    expect(counts).toEqual([0, 2, 10, 20, 20].map((count) => '1'.repeat(count).padEnd(20, '0')));
  });
});

const seconds = (max: number) => fc.integer({ min: 1, max });
const churn = fc.oneof(
  fc
    .tuple(seconds(20), seconds(20), seconds(9))
    .map(([over, more, after]) => ({ kind: 'rolling', over, every: over + more, after })),
  fc
    .tuple(
      fc.nat(4),
      fc.integer({ min: 5, max: 10 }),
      seconds(30),
      fc.constantFrom('sine', 'triangle', 'square'),
    )
    .map(([min, max, period, shape]) => ({ kind: 'autoscale', min, max, period, shape })),
  fc
    .tuple(fc.double({ min: 0.1, max: 1, noNaN: true }), seconds(20), seconds(5), seconds(20))
    .map(([share, every, back_off, more]) => ({
      kind: 'crash_loop',
      share,
      every,
      back_off,
      max_back_off: back_off + more,
    })),
  fc.integer({ min: 1, max: 3600 }).map((per_hour) => ({ kind: 'steady', per_hour })),
);
const churns = fc.array(churn, { minLength: 1, maxLength: 3 });

describe('turnover', () => {
  /** All that is to be known of each slot. */
  const stateOf = (space: LiveSpace): string[] =>
    Array.from({ length: space.size }, (_, slot) => `${isThere(space, slot)} ${space.value(slot, 0)}`);

  it('is the same whether ticks are taken one by one, or left out', () => {
    fc.assert(
      fc.property(churns, fc.nat(12), fc.uniqueArray(fc.nat(80), { minLength: 1 }), (kinds, ramp, some) => {
        const options = { ramp: ramp + 1 };
        const [every, jumping] = [spaceOf(kinds, options), spaceOf(kinds, options)];
        const stops = new Set(some);
        for (let tick = 0; tick <= 80; tick++) {
          stepTo(every, tick);
          if (!stops.has(tick)) continue;
          stepTo(jumping, tick);
          expect(stateOf(jumping)).toEqual(stateOf(every));
        }
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  it('of shards is that of the whole', () => {
    fc.assert(
      fc.property(churns, fc.nat(20), (kinds, cut) => {
        const whole = spaceOf(kinds, { ramp: 5 });
        const parts = [
          { from: 0, to: cut },
          { from: cut, to: 20 },
        ].map((part) => spaceOf(kinds, { ramp: 5, part }));
        for (let tick = 0; tick <= 40; tick++) {
          for (const space of [whole, ...parts]) stepTo(space, tick);
          expect(parts.flatMap(stateOf)).toEqual(stateOf(whole));
        }
      }),
      { numRuns: 12, seed: 2 },
    );
  });

  it('tells each change: labels that differ have turned, series that come or turn are born, and no two are alike', () => {
    fc.assert(
      fc.property(churns, (kinds) => {
        const space = spaceOf(kinds);
        const seen = new Map<string, number>();
        let before: string[] = [];
        for (let tick = 0; tick <= 60; tick++) {
          const { version } = space.turnover;
          const { turned, born } = stepTo(space, tick);
          const now = Array.from({ length: space.size }, (_, slot) => space.value(slot, 0));
          if (tick > 0) {
            expect(now.flatMap((value, slot) => (value === before[slot] ? [] : [slot]))).toEqual(turned);
            expect(turned.filter((slot) => isThere(space, slot) && !born.includes(slot))).toEqual([]);
          }
          expect([...space.turnover.changedSince(version)]).toEqual(turned);
          before = now;
          const mixed = now.filter((value, slot) => {
            const owner = seen.get(value) ?? slot;
            seen.set(value, owner);
            return Math.floor(owner / 2) !== Math.floor(slot / 2);
          });
          expect(mixed).toEqual([]);
        }
      }),
      { numRuns: 15, seed: 3 },
    );
  });
});

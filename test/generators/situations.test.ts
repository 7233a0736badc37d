// Learnt series between situations: exactly one's model at its end, and without a jump on the way.
import { describe, expect, it } from 'vitest';

import { parseConfig } from '../../src/config/parse.ts';
import { learnedObservations } from '../../src/generators/learned-observations.ts';
import { mixQuantiles } from '../../src/generators/situations.ts';
import type { Column } from '../../src/series/column.ts';
import { NEUTRAL, type Mix } from '../../src/series/modulation.ts';
import { createPlant } from '../../src/simulation/plant.ts';
import { momentOf } from '../support/families.ts';

interface Shape {
  readonly list: readonly number[];
}

const between = (one: readonly number[], other: readonly number[], weight: number): number[] =>
  mixQuantiles<Shape>(
    [
      { model: { list: one }, weight: 1 - weight },
      { model: { list: other }, weight },
    ],
    ({ list }) => list,
  );

describe('quantiles between two tables', () => {
  it.each<[string, readonly number[], readonly number[], number, readonly number[]]>([
    ['of equal length are means', [0, 2, 10], [10, 20, 30], 0.5, [5, 11, 20]],
    ['of single values are their mean', [4], [8], 0.25, [5]],
    ['of a single value and others shift', [4], [0, 8], 0.5, [2, 6]],
    ['of other lengths have every probability of both', [0, 6], [0, 3, 12], 0.5, [0, 3, 9]],
    [
      'have as many as both have in common',
      [0, 2, 4],
      [0, 0, 0, 6],
      0.5,
      [0, 1 / 3, 2 / 3, 1, 4 / 3, 19 / 6, 5],
    ],
  ])('%s', (_, one, other, weight, expected) => {
    const found = between(one, other, weight);
    expect(found).toHaveLength(expected.length);
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 12);
  });

  it('never descend, however long they are', () => {
    const one = Array.from({ length: 700 }, (_, i) => Math.sqrt(i));
    const other = Array.from({ length: 993 }, (_, i) => i ** 2);
    const found = between(one, other, 0.3);
    expect(found.length).toBeLessThanOrEqual(1025);
    expect(found.every((value, i) => i === 0 || value >= (found[i - 1] as number))).toBe(true);
  });
});

type Metric = Readonly<Record<string, unknown>>;

/** What a metric shows in its first slot, tick by tick, in the mix of each tick. */
function play(metric: Metric, mixAt: (tick: number) => Mix | undefined, ticks = 60): number[][] {
  const { sources } = createPlant(parseConfig({ metrics: [metric], factors: { a: { memory_s: 20 } } }));
  const [source] = sources;
  if (source === undefined) throw new Error('there is no source');
  source.start(momentOf(0), 0, source.family.size);
  const shown = [read(source.column)];
  for (let tick = 1; tick <= ticks; tick++) {
    const mix = mixAt(tick);
    const variants = mix && { of: undefined, changes: [undefined], mixes: [mix] };
    source.advance(momentOf(tick), 0, source.family.size, { ...NEUTRAL, variants });
    shown.push(read(source.column));
  }
  return shown;
}

function read(column: Column): number[] {
  if (column.kind === 'scalar') return [column.values[0] as number];
  if (column.kind === 'summary') return [column.counts[0] as number, column.sums[0] as number];
  return [...column.counts.subarray(0, column.width), column.sums[0] as number];
}

const CASES: readonly [string, Metric, Metric, Metric][] = [
  [
    'a gauge',
    { name: 'm', type: 'gauge', algorithm: 'learned' },
    { values: [0, 1, 5], memory_s: 30, factors: { a: 0.6 } },
    { values: [100, 140, 150], memory_s: 5, factors: { a: -0.4 } },
  ],
  [
    'a counter',
    { name: 'm', type: 'counter', algorithm: 'learned' },
    { rates: [0, 1, 2], integer: true, memory_s: 10 },
    { rates: [50, 90], integer: true },
  ],
  [
    'a histogram',
    { name: 'm', type: 'histogram', algorithm: 'learned', buckets: [0.1, 0.5, 2] },
    { edges: [0, 0.1, 0.5], weights: [3, 1], rates: [4, 9] },
    { edges: [0.5, 2, 4], weights: [1, 1], lean: 0.3, rates: [40] },
  ],
  [
    'a summary',
    { name: 'm', type: 'summary', algorithm: 'learned' },
    { edges: [1], rates: [4, 9] },
    { edges: [0, 3, 9], weights: [1, 2], rates: [100] },
  ],
];

describe.each(CASES)('%s', (_, metric, calm, busy) => {
  const both = { ...metric, models: [calm], situation: 'calm', situations: { busy: [busy] } };

  it('in its first situation is what it is without others', () => {
    const alone = play({ ...metric, models: [calm] }, () => undefined);
    expect(play(both, () => undefined)).toEqual(alone);
    expect(play(both, () => ({}))).toEqual(alone);
    expect(play(both, () => ({ calm: 1 }))).toEqual(alone);
  });

  it('in another situation all along is what that is alone', () => {
    const busyAlone = play({ ...metric, models: [busy] }, () => undefined);
    expect(play(both, () => ({ busy: 1 })).slice(1)).toEqual(busyAlone.slice(1));
  });

  it('goes on where it was when it comes back', () => {
    const visiting = (tick: number): Mix | undefined => (tick > 10 && tick <= 20 ? { busy: 1 } : undefined);
    if (metric['type'] !== 'gauge') {
      const totals = play(both, visiting);
      for (let i = 1; i < totals.length; i++)
        for (const [at, value] of (totals[i] as number[]).entries())
          expect(value, `tick ${i}`).toBeGreaterThanOrEqual((totals[i - 1] as number[])[at] as number);
    } else {
      // Its noise went on as well, with another memory: the levels are those of the first situation again.
      const levels = play(both, visiting).slice(21).flat();
      expect(Math.max(...levels)).toBeLessThanOrEqual(5);
    }
  });
});

describe('quantiles of a summary', () => {
  const summary = {
    name: 'm',
    type: 'summary',
    algorithm: 'learned',
    quantiles: [0.5, 0.99],
    models: [{ edges: [0.001, 0.002], rates: [20] }],
    situations: { slow: [{ edges: [900, 1000], rates: [20] }], idle: [{ edges: [1e-9], rates: [20] }] },
  };

  it.each<[string, Mix | undefined, number, number]>([
    ['the one that it begins in', undefined, 0.001, 0.002],
    ['one with observations far beyond', { slow: 1 }, 900, 1000],
    ['one with observations far below', { idle: 1 }, 1e-9, 1e-9],
  ])('are those of its observations in %s', (_, mix, least, most) => {
    const { sources } = createPlant(parseConfig({ metrics: [summary] }));
    const [source] = sources;
    if (source?.column.kind !== 'summary') throw new Error('there is no summary');
    source.start(momentOf(0), 0, 1);
    const variants = mix && { of: undefined, changes: [undefined], mixes: [mix] };
    for (let tick = 1; tick <= 30; tick++) source.advance(momentOf(tick), 0, 1, { ...NEUTRAL, variants });
    const quantiles = new Float64Array(2);
    source.column.readQuantiles(0, quantiles, 0);
    for (const value of quantiles) {
      expect(value).toBeGreaterThan(least * 0.94);
      expect(value).toBeLessThan(most * 1.06);
    }
  });
});

describe('a level on its way from one situation to another', () => {
  const metric = {
    name: 'm',
    type: 'gauge',
    algorithm: 'learned',
    models: [{ values: [0, 10], memory_s: 1e6 }],
    situations: { busy: [{ values: [1000, 1010], memory_s: 1e6 }] },
  };

  it('takes even steps', () => {
    const levels = play(metric, (tick) => ({ busy: Math.min(1, tick / 50) })).flat();
    const steps = levels.slice(2, 51).map((level, i) => level - (levels[i + 1] as number));
    expect(Math.min(...steps)).toBeGreaterThan(18);
    expect(Math.max(...steps)).toBeLessThan(22);
  });
});

describe('observations between situations', () => {
  const { options, situated, create } = learnedObservations;
  const parse = (input: object) => options.parse(input);
  const context = { type: 'histogram', intervalMs: 1000 } as const;

  it('are of each in proportion to how many it brings', () => {
    const mixed = situated?.mix(
      parse({
        models: [{ edges: [0, 1], rates: [10] }],
        situations: { busy: [{ edges: [2, 4], rates: [30] }] },
      }),
      { busy: 0.5 },
    );
    const distribution = create(mixed as ReturnType<typeof parse>, context);
    expect(distribution.cdf(1)).toBeCloseTo(0.25, 12);
    expect(distribution.cdf(3)).toBeCloseTo(0.625, 12);
    expect(mixed?.models[0]?.rates).toEqual([20]);
  });

  it('stay where they are when the other situation brings none', () => {
    const mixed = situated?.mix(
      parse({
        models: [{ edges: [1, 2, 3], weights: [1, 3], lean: 0.4, rates: [10] }],
        situations: { still: [{ rates: [0] }] },
      }),
      { still: 0.75 },
    );
    expect(mixed?.models[0]).toMatchObject({ edges: [1, 2, 3], weights: [1, 3], lean: 0.4, rates: [2.5] });
  });
});

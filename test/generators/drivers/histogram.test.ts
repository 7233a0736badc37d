import { describe, expect, it } from 'vitest';

import { createHistogram } from '../../../src/generators/drivers/histogram.ts';
import type { Distribution } from '../../../src/generators/generator.ts';
import { createPoint } from '../../../src/generators/point.ts';
import { NEUTRAL, type Modulation } from '../../../src/series/modulation.ts';
import { bySlot, createTestFamily, makersOf, momentOf, run, shownBy } from '../../support/families.ts';

const BOUNDS = Float64Array.of(1, 2, 4);

function familyOf(
  overrides: Parameters<typeof createTestFamily>[2] = {},
): ReturnType<typeof createTestFamily> {
  return createTestFamily('histogram', 1, { bounds: BOUNDS, ...overrides });
}

/** The counts of one observation of `value` under a change. */
function bucketsOf(value: number, change: Partial<Modulation> = {}): number[] {
  const source = createHistogram(familyOf(), makersOf(createPoint(value)));
  return run(source, { ticks: 1, modulate: () => ({ ...NEUTRAL, ...change }) })[0] ?? [];
}

describe('createHistogram', () => {
  it.each([
    { value: 0, change: {}, row: [1, 0, 0, 0, 0], why: 'zero is in the first bucket' },
    { value: 1, change: {}, row: [1, 0, 0, 0, 1], why: 'an upper bound belongs to its bucket' },
    { value: 1.5, change: {}, row: [0, 1, 0, 0, 1.5], why: 'what is between, to the next bound' },
    { value: 9, change: {}, row: [0, 0, 0, 1, 9], why: 'and the last bucket takes the rest' },
    { value: 1.5, change: { scale: 2 }, row: [0, 0, 1, 0, 3], why: 'a spike makes observations larger' },
    { value: 1.5, change: { offset: 10 }, row: [0, 0, 0, 1, 11.5], why: 'or shifts them' },
    { value: 1.5, change: { offset: -10 }, row: [1, 0, 0, 0, 0], why: 'but never below zero' },
    { value: 1.5, change: { level: 5 }, row: [0, 1, 0, 0, 1.5], why: 'a level is none of its business' },
    { value: 1.5, change: { rate: 3 }, row: [0, 3, 0, 0, 4.5], why: 'a rate is how many' },
  ])('$value under $change is $row: $why', ({ value, change, row }) => {
    expect(bucketsOf(value, change)).toEqual(row);
  });

  it('has a bucket for everything when it has no bounds', () => {
    const source = createHistogram(familyOf({ bounds: new Float64Array(0) }), makersOf(createPoint(7)));
    expect(run(source, { ticks: 3 })).toEqual([[3, 21]]);
  });

  it('rounds each observation to its decimals, before it is counted', () => {
    const source = createHistogram(familyOf({ decimals: 1 }), makersOf(createPoint(1.04)));
    expect(run(source, { ticks: 2 })).toEqual([[2, 0, 0, 0, 2]]);
  });

  it('adds one partial sum a tick', () => {
    const values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    let next = 0;
    const sequence: Distribution = { ...createPoint(0), sample: () => values[next++] as number };
    const source = createHistogram(familyOf(), makersOf(sequence), {
      arrivals: { observationsPerS: 3, process: 'fixed' },
    });
    expect(run(source, { ticks: 2 })[0]?.[4]).toBe(0.1 + 0.2 + 0.3 + (0.4 + 0.5 + 0.6));
  });

  it('draws a raw family one by one, even when an effect makes its arrivals many', () => {
    let samples = 0;
    const counted: Distribution = { ...createPoint(1), sample: () => (samples++, 1) };
    const source = createHistogram(familyOf(), makersOf(counted), {
      arrivals: { observationsPerS: 30, process: 'fixed' },
    });
    source.start(momentOf(0), 0, 1);
    source.advance(momentOf(1), 0, 1, { ...NEUTRAL, rate: 10 });
    expect(samples).toBe(300);
    expect(shownBy(source)).toEqual([[300, 0, 0, 0, 300]]);
  });

  it('draws another family together above 32 arrivals, and one by one up to them', () => {
    let samples = 0;
    const counted: Distribution = { ...createPoint(1), sample: () => (samples++, 1) };
    const family = familyOf({ rawObservations: false });
    const source = createHistogram(family, makersOf(counted), {
      arrivals: { observationsPerS: 32, process: 'fixed' },
    });
    source.start(momentOf(0), 0, 1);
    source.advance(momentOf(1), 0, 1, NEUTRAL);
    expect(samples).toBe(32);
    source.advance(momentOf(2), 0, 1, { ...NEUTRAL, rate: 100 });
    expect(samples).toBe(32);
    expect(shownBy(source)).toEqual([[3232, 0, 0, 0, 3232]]);
  });

  it('keeps raw observations of the tick in slot order, over slices, and none of the tick before', () => {
    const family = createTestFamily('histogram', 4, { bounds: BOUNDS });
    const source = createHistogram(family, makersOf(createPoint(3)));
    const { column } = source;
    if (column.kind !== 'histogram') throw new TypeError('a histogram has a histogram column');
    column.observations = { ends: new Uint32Array(4), values: new Float64Array(1) };
    source.start(momentOf(0), 0, 4);
    expect([...column.observations.ends]).toEqual([0, 0, 0, 0]);
    const rates = { ...NEUTRAL, rate: bySlot(1, 0, 2, 1), offset: bySlot(0, 0, 1, 2) };
    for (const tick of [1, 2]) {
      source.advance(momentOf(tick), 0, 2, rates);
      source.advance(momentOf(tick), 2, 4, rates);
      expect([...column.observations.ends]).toEqual([1, 1, 3, 4]);
      expect([...column.observations.values.subarray(0, 4)]).toEqual([3, 4, 4, 5]);
    }
  });
});

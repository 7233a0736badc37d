import { describe, expect, it } from 'vitest';

import { createFactorProduct, diurnalFactor } from '../../../src/generators/drivers/diurnal.ts';
import { createSource } from '../../../src/generators/registry.ts';
import { NEUTRAL } from '../../../src/series/modulation.ts';
import type { Source } from '../../../src/series/source.ts';
import { bySlot, countOf, createTestFamily, shownBy } from '../../support/families.ts';

const DAY = Date.UTC(2026, 2, 1);
const at = (hours: number): number => DAY + hours * 3_600_000;

describe('diurnalFactor', () => {
  it.each([
    { hours: 0, phase: 0, offsetHours: 0, factor: 1, why: 'midnight is the middle of the rise' },
    { hours: 6, phase: 0, offsetHours: 0, factor: 1.5, why: 'six in the morning the top' },
    { hours: 18, phase: 0, offsetHours: 0, factor: 0.5, why: 'six in the evening the bottom' },
    { hours: 0, phase: 0.25, offsetHours: 0, factor: 1.5, why: 'phase is a fraction of a day' },
    { hours: 0, phase: -0.25, offsetHours: 0, factor: 0.5, why: 'in either direction' },
    { hours: 4, phase: 0, offsetHours: 2, factor: 1.5, why: 'two hours east it is six two hours earlier' },
    { hours: 11, phase: 0, offsetHours: -5, factor: 1.5, why: 'and five hours west five hours later' },
    { hours: 24 * 300 + 6, phase: 0, offsetHours: 0, factor: 1.5, why: 'every day is alike' },
  ])('at $hours h, phase $phase, offset $offsetHours h is $factor: $why', (row) => {
    const { hours, phase, offsetHours, factor } = row;
    expect(diurnalFactor({ amplitude: 0.5, phase, offsetHours }, at(hours))).toBeCloseTo(factor, 12);
  });

  it('is 1 without a cycle, and at amplitude 0', () => {
    expect(diurnalFactor(undefined, at(6))).toBe(1);
    expect(diurnalFactor({ amplitude: 0, phase: 0, offsetHours: 0 }, at(6))).toBe(1);
  });

  it('is never negative, up to amplitude 1', () => {
    for (let hours = 0; hours < 24; hours += 0.01) {
      expect(diurnalFactor({ amplitude: 1, phase: 0, offsetHours: 0 }, at(hours))).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('createFactorProduct', () => {
  it('multiplies a number as a number, and groups one by one without changing them', () => {
    const product = createFactorProduct();
    const factors = bySlot(1, 2, 3);
    expect(product(4, 0.5)).toBe(2);
    expect(product(factors, 0.5)).toEqual(bySlot(0.5, 1, 1.5));
    expect(product(factors, 1)).toBe(factors);
    expect(factors).toEqual(bySlot(1, 2, 3));
  });

  it('is the same one for every slice of a tick, and another for other factors', () => {
    const product = createFactorProduct();
    const factors = bySlot(1, 2);
    expect(product(factors, 0.5)).toBe(product(factors, 0.5));
    expect(product(factors, 2)).toEqual(bySlot(2, 4));
    expect(product(bySlot(3, 5), 2)).toEqual(bySlot(6, 10));
  });
});

describe('the daily cycle', () => {
  const diurnal = { amplitude: 1, phase: 0, offsetHours: 0 };
  const advanceAt = (source: Source, hours: number): Source => {
    source.start({ tick: 0, modelMs: at(hours), intervalMs: 1000 }, 0, 2);
    source.advance({ tick: 1, modelMs: at(hours), intervalMs: 1000 }, 0, 2, NEUTRAL);
    return source;
  };

  it('is of the rate of a counter', () => {
    const make = (): Source =>
      createSource(createTestFamily('counter', 2), {
        algorithm: 'constant',
        options: { base_rate: 10 },
        diurnal,
      });
    expect(shownBy(advanceAt(make(), 6))).toEqual([[20], [20]]);
    expect(shownBy(advanceAt(make(), 18))).toEqual([[0], [0]]);
  });

  it('is of the level of a gauge, birth included', () => {
    const source = createSource(createTestFamily('gauge', 2), {
      algorithm: 'constant',
      options: { start: 3 },
      diurnal,
    });
    expect(shownBy(advanceAt(source, 6))).toEqual([[6], [6]]);
    source.start({ tick: 5, modelMs: at(18), intervalMs: 1000 }, 0, 1);
    expect(shownBy(source)).toEqual([[0], [6]]);
  });

  it.each(['histogram', 'summary'] as const)('is of the arrivals of a %s', (type) => {
    const make = (): Source =>
      createSource(createTestFamily(type, 2), {
        algorithm: 'exponential',
        options: {},
        diurnal,
        arrivals: { observationsPerS: 12, process: 'fixed' },
      });
    expect(countOf(advanceAt(make(), 6), 0)).toBe(24);
    expect(countOf(advanceAt(make(), 18), 0)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';

import { createSource } from '../../src/generators/registry.ts';
import { NEUTRAL } from '../../src/series/modulation.ts';
import { createTestFamily, run } from '../support/families.ts';
import { countsP, logFactorials } from '../support/statistics.ts';

const SLOTS = 20_000;
const family = createTestFamily('counter', SLOTS);
const logFactorial = logFactorials(1000);

function totals(baseRate: number, intervalMs: number, ticks: number, rate = 1): number[] {
  const source = createSource(family, { algorithm: 'poisson', options: { base_rate: baseRate } });
  return run(source, { ticks, intervalMs, modulate: () => ({ ...NEUTRAL, rate }) }).flat();
}

describe('poisson', () => {
  it.each([
    { baseRate: 5, intervalMs: 1000, ticks: 1, rate: 1, mean: 5, why: 'a second at five a second' },
    {
      baseRate: 5,
      intervalMs: 200,
      ticks: 1,
      rate: 1,
      mean: 1,
      why: 'base_rate is per second, not per tick',
    },
    { baseRate: 2, intervalMs: 15_000, ticks: 1, rate: 1, mean: 30, why: 'and so for long ticks' },
    { baseRate: 0.5, intervalMs: 1000, ticks: 6, rate: 1, mean: 3, why: 'ticks add up' },
    { baseRate: 4, intervalMs: 1000, ticks: 1, rate: 2.5, mean: 10, why: 'an effect multiplies the rate' },
  ])('$baseRate/s, $ticks x $intervalMs ms, rate x $rate has mean $mean: $why', (row) => {
    const { baseRate, intervalMs, ticks, rate, mean } = row;
    const mass = (k: number): number => Math.exp(k * Math.log(mean) - mean - (logFactorial[k] as number));
    expect(countsP(totals(baseRate, intervalMs, ticks, rate), mass)).toBeGreaterThan(1e-3);
  });

  it('does not count at rate 0: zero is a value', () => {
    expect(totals(0, 1000, 5).every((total) => total === 0)).toBe(true);
  });

  it('counts whole events', () => {
    expect(totals(3.7, 1000, 5).every(Number.isInteger)).toBe(true);
  });

  it('gives every series its own counts', () => {
    expect(new Set(totals(1e6, 1000, 1)).size).toBeGreaterThan(1000);
  });
});

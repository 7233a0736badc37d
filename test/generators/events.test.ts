import { describe, expect, it } from 'vitest';

import { createSource } from '../../src/generators/registry.ts';
import { NEUTRAL } from '../../src/series/modulation.ts';
import { createTestFamily, momentOf, run, shownBy, START_MS } from '../support/families.ts';

const family = createTestFamily('gauge', 400);
const make = (algorithm: string, options: object) =>
  createSource(family, { algorithm, options: { ...options } });
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

describe('the time since an event', () => {
  it('grows by the interval, or an event lies within it', () => {
    const source = make('time_since', { every_s: 20 });
    source.start(momentOf(0), 0, 400);
    for (let tick = 1; tick <= 50; tick++) {
      const before = shownBy(source).flat();
      source.advance(momentOf(tick), 0, 400, NEUTRAL);
      for (const [slot, age] of shownBy(source).flat().entries()) {
        const grown = Math.abs(age - ((before[slot] as number) + 1)) < 1e-6;
        expect(grown || (age >= 0 && age < 1)).toBe(true);
      }
    }
  });

  it('is every_s in the mean when events are of a Poisson process, half of it when they come by the clock', () => {
    const ages = (events: string): number[] =>
      run(make('time_since', { every_s: 60, events }), { ticks: 30 }).flat();
    // 400 ages: six standard errors.
    expect(Math.abs(mean(ages('poisson')) - 60)).toBeLessThan((6 * 60) / 20);
    expect(Math.abs(mean(ages('fixed')) - 30)).toBeLessThan((6 * 60) / Math.sqrt(12) / 20);
    expect(Math.max(...ages('fixed'))).toBeLessThan(60);
  });
});

describe('the last event', () => {
  it('is the model time less the time since it, with the same options', () => {
    for (const options of [{ every_s: 5 }, { every_s: 5, events: 'fixed' }]) {
      const ages = run(make('time_since', options), { ticks: 12 }).flat();
      const times = run(make('last_event', options), { ticks: 12 }).flat();
      for (const [slot, age] of ages.entries())
        expect(age + (times[slot] as number)).toBeCloseTo(START_MS / 1000 + 12, 5);
    }
  });
});

import { describe, expect, it } from 'vitest';

import {
  arrivalsPerTick,
  drawArrivals,
  hasRawObservations,
} from '../../../src/generators/drivers/arrivals.ts';
import { Rng } from '../../../src/util/rng.ts';
import { chiSquareP, countsP, logFactorials } from '../../support/statistics.ts';

const logFactorial = logFactorials(200);

function draws(process: 'fixed' | 'poisson', mean: number): number[] {
  const rng = new Rng();
  return Array.from({ length: 50_000 }, (_, tick) => {
    rng.seek(5, 5, tick);
    return drawArrivals(rng, process, mean);
  });
}

describe('arrivalsPerTick', () => {
  it.each([
    { observationsPerS: undefined, intervalMs: 15_000, mean: 1, why: 'one a tick, however long, by default' },
    { observationsPerS: 4, intervalMs: 15_000, mean: 60, why: 'else so many a second' },
    { observationsPerS: 4, intervalMs: 100, mean: 0.4, why: 'a fraction of one in a short tick' },
    { observationsPerS: 0, intervalMs: 1000, mean: 0, why: 'zero is a value' },
  ])(
    '$observationsPerS a second over $intervalMs ms is $mean: $why',
    ({ observationsPerS, intervalMs, mean }) => {
      expect(arrivalsPerTick({ observationsPerS, process: 'fixed' }, intervalMs)).toBe(mean);
    },
  );
});

describe('drawArrivals', () => {
  it.each([0, 1, 7])('fixed: a whole mean of %d is that number, without a draw', (mean) => {
    expect(new Set(draws('fixed', mean))).toEqual(new Set([mean]));
  });

  it('fixed: a fraction is one more by chance', () => {
    const found = draws('fixed', 2.3);
    const more = found.filter((n) => n === 3).length;
    expect(found.filter((n) => n === 2).length).toBe(found.length - more);
    expect(chiSquareP([more, found.length - more], [0.3 * found.length, 0.7 * found.length])).toBeGreaterThan(
      1e-3,
    );
  });

  it('poisson: counts have the mean and the law', () => {
    const mass = (k: number): number => Math.exp(k * Math.log(2.3) - 2.3 - (logFactorial[k] as number));
    expect(countsP(draws('poisson', 2.3), mass)).toBeGreaterThan(1e-3);
  });
});

describe('hasRawObservations', () => {
  it.each([
    { perS: undefined, intervalMs: 60_000, amplitude: 0, raw: true, why: 'one a tick' },
    { perS: 32, intervalMs: 1000, amplitude: 0, raw: true, why: 'exactly 32' },
    { perS: 33, intervalMs: 1000, amplitude: 0, raw: false, why: 'one more' },
    { perS: 4, intervalMs: 10_000, amplitude: 0, raw: false, why: '40 in a long tick' },
    { perS: 20, intervalMs: 1000, amplitude: 0.7, raw: false, why: '34 at the top of the day' },
    { perS: 0, intervalMs: 1000, amplitude: 1, raw: true, why: 'none' },
  ])('$perS a second over $intervalMs ms, amplitude $amplitude: $raw, $why', (row) => {
    const { perS, intervalMs, amplitude, raw } = row;
    expect(hasRawObservations({ observationsPerS: perS, process: 'fixed' }, intervalMs, amplitude)).toBe(raw);
  });
});

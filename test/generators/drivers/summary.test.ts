import { describe, expect, it } from 'vitest';

import { createSummary } from '../../../src/generators/drivers/summary.ts';
import type { Distribution } from '../../../src/generators/generator.ts';
import { createPoint } from '../../../src/generators/point.ts';
import { findGenerator } from '../../../src/generators/registry.ts';
import { NEUTRAL, type Modulation } from '../../../src/series/modulation.ts';
import type { Source } from '../../../src/series/source.ts';
import { createTestFamily, makersOf, momentOf, run, shownBy } from '../../support/families.ts';

const QUANTILES = Float64Array.of(0, 0.01, 0.5, 0.9, 0.99, 1);

function make(algorithm: string, options: Record<string, unknown>): Distribution {
  const definition = findGenerator('summary', algorithm);
  if (definition?.kind !== 'distribution') throw new Error(`${algorithm} is no distribution`);
  return definition.create(definition.options.parse(options), { type: 'summary', intervalMs: 1000 });
}

/** A distribution that keeps what it gave. */
function recorded(distribution: Distribution): { distribution: Distribution; samples: number[] } {
  const samples: number[] = [];
  const sample: Distribution['sample'] = (rng) => {
    const x = distribution.sample(rng);
    samples.push(x);
    return x;
  };
  return { distribution: { ...distribution, sample }, samples };
}

function nearestRank(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length - 1e-9)) - 1] as number;
}

function quantilesOf(source: Source): number[] {
  return shownBy(source)[0]?.slice(2) ?? [];
}

describe('quantiles', () => {
  it.each([
    { algorithm: 'lognormal', options: {}, change: {} },
    { algorithm: 'lognormal', options: { mu: -4, sigma: 2.5 }, change: {} },
    { algorithm: 'lognormal', options: { mu: -4, sigma: 0.2 }, change: { scale: 500 } },
    { algorithm: 'exponential', options: { lam: 3 }, change: { offset: 0.2 } },
    { algorithm: 'uniform', options: {}, change: { scale: 0.2 } },
    { algorithm: 'normal', options: {}, change: {} },
    { algorithm: 'pareto', options: { alpha: 1.1 }, change: {} },
    { algorithm: 'uniform', options: { min: 5, max: 5 }, change: {} },
  ])('of $algorithm $options under $change are within 5 % of the nearest rank', (row) => {
    const { distribution, samples } = recorded(make(row.algorithm, row.options));
    const family = createTestFamily('summary', 1, { quantiles: QUANTILES });
    const source = createSummary(family, makersOf(distribution), {
      arrivals: { observationsPerS: 20, process: 'fixed' },
    });
    const change: Modulation = { ...NEUTRAL, ...row.change };
    run(source, { ticks: 40, modulate: () => change });
    const changed = samples.map((x) => x * Number(change.scale) + Number(change.offset));
    for (const [i, found] of quantilesOf(source).entries()) {
      const exact = nearestRank(changed, QUANTILES[i] as number);
      expect(Math.abs(found / exact - 1), `${QUANTILES[i]}: ${found} of ${exact}`).toBeLessThanOrEqual(
        0.05 + 1e-9,
      );
    }
  });

  it('are NaN before the first observation', () => {
    const source = createSummary(createTestFamily('summary', 1), makersOf(createPoint(1)));
    run(source, { ticks: 0 });
    expect(quantilesOf(source).every(Number.isNaN)).toBe(true);
  });

  it('look back a window: of 60 s, an observation is seen for 50 to 59 more, by when it came', () => {
    const family = createTestFamily('summary', 1, { quantiles: Float64Array.of(1) });
    const lifetimes = Array.from({ length: 10 }, (_, i) => {
      const source = createSummary(family, makersOf(createPoint(1)));
      const large = 70 + i;
      let seenUntil = large;
      run(source, {
        ticks: 150,
        modulate: (tick) => ({ ...NEUTRAL, scale: tick === large ? 100 : 1 }),
        afterTick: (tick) => {
          if ((quantilesOf(source)[0] as number) > 50) seenUntil = tick;
        },
      });
      return seenUntil - large;
    });
    expect(lifetimes.toSorted((a, b) => a - b)).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
  });

  it('are NaN again a window after the last observation, while count and sum stay', () => {
    const source = createSummary(createTestFamily('summary', 1), makersOf(createPoint(3)));
    const empty: number[] = [];
    run(source, {
      ticks: 100,
      modulate: (tick) => ({ ...NEUTRAL, rate: tick > 20 ? 0 : 1 }),
      afterTick: (tick) => {
        if (Number.isNaN(quantilesOf(source)[0])) empty.push(tick);
      },
    });
    expect(empty[0]).toBe(0);
    expect(empty[1]).toBeGreaterThan(70);
    expect(empty[1]).toBeLessThanOrEqual(80);
    expect(empty.at(-1)).toBe(100);
    expect(shownBy(source)[0]?.slice(0, 2)).toEqual([20, 60]);
  });

  it.each([
    { intervalMs: 15_000, ticks: 4, why: 'four ticks of 15 s' },
    { intervalMs: 60_000, ticks: 1, why: 'one of a minute' },
    { intervalMs: 300_000, ticks: 1, why: 'the newest tick, however long' },
    { intervalMs: 500, ticks: 101, why: 'at least 50 s of half seconds' },
  ])('of a minute are of $why', ({ intervalMs, ticks }) => {
    const values: number[] = [];
    const family = createTestFamily('summary', 1, { quantiles: Float64Array.of(0) });
    const source = createSummary(family, makersOf(createPoint(1)));
    let tick = 0;
    const modulate = (): Modulation => ({ ...NEUTRAL, scale: 0, offset: 1.2 ** (tick / 10) });
    run(source, {
      ticks: 2 * Math.max(ticks, 10),
      intervalMs,
      modulate: (now) => {
        tick = now;
        values.push(1.2 ** (now / 10));
        return modulate();
      },
    });
    const oldest = values.at(-ticks) as number;
    if (intervalMs < 1000) expect(quantilesOf(source)[0]).toBeLessThanOrEqual(oldest * 1.05);
    else expect(Math.abs((quantilesOf(source)[0] as number) / oldest - 1)).toBeLessThanOrEqual(0.05);
  });

  it('take a window of their own', () => {
    const family = createTestFamily('summary', 1, { quantiles: Float64Array.of(0.5) });
    const source = createSummary(family, makersOf(createPoint(1)), { windowS: 6 });
    run(source, { ticks: 30, modulate: (tick) => ({ ...NEUTRAL, scale: tick > 24 ? 100 : 1 }) });
    expect(Math.abs((quantilesOf(source)[0] as number) / 100 - 1)).toBeLessThanOrEqual(0.05);
  });

  it('skip ticks without mixing ages', () => {
    const source = createSummary(
      createTestFamily('summary', 1, { quantiles: Float64Array.of(0, 1) }),
      makersOf(createPoint(1)),
    );
    source.start(momentOf(0), 0, 1);
    for (const tick of [1, 2, 500, 501]) {
      source.advance(momentOf(tick), 0, 1, { ...NEUTRAL, scale: 0, offset: tick });
    }
    expect(Math.abs((quantilesOf(source)[0] as number) / 500 - 1)).toBeLessThanOrEqual(0.05);
  });

  it('know zero, and keep ranks right for what lies outside their span', () => {
    const source = createSummary(createTestFamily('summary', 1), makersOf(createPoint(1)));
    const shown = run(source, {
      ticks: 4,
      modulate: (tick) => ({ ...NEUTRAL, scale: 0, offset: [0, 0, 1, 1e-30, 1e30][tick] as number }),
    });
    const [count, sum, least, median, , , most] = shown[0] ?? [];
    expect([count, least]).toEqual([4, 0]);
    expect(sum).toBe(1e30);
    expect(median).toBeGreaterThan(0);
    expect(median).toBeLessThan(1);
    expect(most).toBeGreaterThan(999);
  });

  it('of a constant zero are zero, and of what an effect makes of it right', () => {
    const family = createTestFamily('summary', 1, { quantiles: Float64Array.of(0.5) });
    expect(run(createSummary(family, makersOf(createPoint(0))), { ticks: 3 })).toEqual([[3, 0, 0]]);
    const shifted = run(createSummary(family, makersOf(createPoint(0))), {
      ticks: 3,
      modulate: () => ({ ...NEUTRAL, offset: 0.25 }),
    });
    expect(Math.abs((shifted[0]?.[2] ?? 0) / 0.25 - 1)).toBeLessThanOrEqual(0.05);
  });

  it('are rounded as observations are', () => {
    const family = createTestFamily('summary', 1, { decimals: 1, quantiles: Float64Array.of(0.5) });
    const [[count = 0, sum = 0, median = 0] = []] = run(createSummary(family, makersOf(createPoint(4.444))), {
      ticks: 2,
    });
    expect([count, sum]).toEqual([2, 8.8]);
    expect(Math.abs(median - 4.4)).toBeLessThanOrEqual(0.05 * 4.4 + 0.05);
    expect(Number.isInteger(Math.round(median * 1e9) / 1e8)).toBe(true);
  });
});

describe('many observations a tick', () => {
  it('have the count, about the sum, and the quantiles of the law', () => {
    const distribution = make('lognormal', { mu: -3, sigma: 0.7 });
    const family = createTestFamily('summary', 1, {
      rawObservations: false,
      quantiles: Float64Array.of(0.5, 0.9, 0.99),
    });
    const source = createSummary(family, makersOf(distribution), {
      arrivals: { observationsPerS: 50_000, process: 'fixed' },
    });
    const [[count = 0, sum = 0, ...quantiles] = []] = run(source, { ticks: 20 });
    expect(count).toBe(1e6);
    const moments = distribution.moments(0, Number.POSITIVE_INFINITY) ?? { mean: 0, variance: 0 };
    expect(Math.abs(sum - 1e6 * moments.mean)).toBeLessThan(4 * Math.sqrt(1e6 * moments.variance));
    for (const [i, q] of [0.5, 0.9, 0.99].entries()) {
      expect(Math.abs((quantiles[i] as number) / distribution.quantile(q) - 1)).toBeLessThan(0.06);
    }
  });
});

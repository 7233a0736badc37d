import { describe, expect, it } from 'vitest';

import { drawBetween } from '../../src/generators/between.ts';
import { exponential } from '../../src/generators/exponential.ts';
import type { Distribution } from '../../src/generators/generator.ts';
import { lognormal } from '../../src/generators/lognormal.ts';
import { normal } from '../../src/generators/normal.ts';
import { pareto } from '../../src/generators/pareto.ts';
import { createPoint } from '../../src/generators/point.ts';
import { findGenerator } from '../../src/generators/registry.ts';
import { uniform } from '../../src/generators/uniform.ts';
import { Rng } from '../../src/util/rng.ts';
import { kolmogorovP } from '../support/statistics.ts';

const EVERYWHERE = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

function make(algorithm: string, options: Record<string, unknown>): Distribution {
  const definition = findGenerator('histogram', algorithm);
  if (definition?.kind !== 'distribution') throw new Error(`${algorithm} is no distribution`);
  return definition.create(definition.options.parse(options), { type: 'histogram', intervalMs: 1000 });
}

function refusals(algorithm: string, options: unknown): readonly (readonly [string, string])[] {
  const parsed = findGenerator('histogram', algorithm)?.options.safeParse(options);
  return (parsed?.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message] as const);
}

describe('mean and variance are those of the textbook', () => {
  it.each([
    { algorithm: 'lognormal', options: {}, mean: Math.exp(0.5), variance: (Math.E - 1) * Math.E },
    { algorithm: 'lognormal', options: { mu: 2, sigma: 0 }, mean: Math.exp(2), variance: 0 },
    { algorithm: 'exponential', options: { lam: 4 }, mean: 0.25, variance: 1 / 16 },
    { algorithm: 'normal', options: { mu: 5, sigma: 0.5 }, mean: 5, variance: 0.25 },
    {
      algorithm: 'normal',
      options: { mu: 0, sigma: 1 },
      mean: Math.sqrt(2 / Math.PI),
      variance: 1 - 2 / Math.PI,
    },
    { algorithm: 'uniform', options: { min: 2, max: 5 }, mean: 3.5, variance: 0.75 },
    { algorithm: 'pareto', options: { alpha: 3, x_min: 2 }, mean: 3, variance: 3 },
    {
      algorithm: 'mixture',
      options: {
        components: [
          { type: 'exponential', weight: 3, lam: 1 },
          { type: 'uniform', weight: 1, min: 4, max: 4 },
        ],
      },
      mean: 1.75,
      variance: (3 * 2) / 4 + 16 / 4 - 1.75 ** 2,
    },
  ])('$algorithm $options: $mean, $variance', ({ algorithm, options, mean, variance }) => {
    const moments = make(algorithm, options).moments(...EVERYWHERE);
    expect(moments?.mean).toBeCloseTo(mean, 9);
    expect(moments?.variance).toBeCloseTo(variance, 9);
  });

  it.each([
    { alpha: 1, why: 'the mean is infinite' },
    { alpha: 2, why: 'the variance is infinite' },
  ])('pareto with alpha $alpha has none: $why', ({ alpha }) => {
    expect(make('pareto', { alpha }).moments(...EVERYWHERE)).toBeUndefined();
    expect(make('pareto', { alpha }).moments(2, 1000)).toBeDefined();
  });

  it('a mixture has none when one of its components has none', () => {
    const components = [{ type: 'pareto', alpha: 1 }, { type: 'exponential' }];
    expect(make('mixture', { components }).moments(...EVERYWHERE)).toBeUndefined();
    expect(make('mixture', { components }).moments(0, 0.5)).toBeDefined();
  });
});

describe('moments in narrow intervals are those of a uniform law', () => {
  it.each([
    { distribution: lognormal.create({ mu: 0, sigma: 1 }, { type: 'histogram', intervalMs: 1000 }), at: 1.5 },
    { distribution: exponential.create({ lam: 1 }, { type: 'histogram', intervalMs: 1000 }), at: 3 },
    { distribution: normal.create({ mu: 1, sigma: 1 }, { type: 'histogram', intervalMs: 1000 }), at: 0.5 },
    { distribution: uniform.create({ min: 0, max: 9 }, { type: 'histogram', intervalMs: 1000 }), at: 4 },
    { distribution: pareto.create({ alpha: 1.5, x_min: 1 }, { type: 'histogram', intervalMs: 1000 }), at: 2 },
  ])('row %#, at $at', ({ distribution, at }) => {
    for (const width of [1e-3, 1e-5, 1e-7]) {
      const moments = distribution.moments(at, at + width);
      expect(Math.abs((moments?.mean ?? 0) - at - width / 2)).toBeLessThan(1e-3 * width);
      expect(Math.abs((moments?.variance ?? 0) / (width ** 2 / 12) - 1)).toBeLessThan(1e-3);
    }
  });
});

describe('drawBetween', () => {
  const rng = new Rng();
  const draws = (distribution: Distribution, lo: number, hi: number): Float64Array =>
    Float64Array.from({ length: 10_000 }, (_, i) => {
      rng.seek(11, i, 1);
      return drawBetween(distribution, rng, lo, hi);
    });

  it.each([
    { algorithm: 'lognormal', options: {}, lo: 2, hi: 2.5 },
    { algorithm: 'pareto', options: { alpha: 0.9 }, lo: 100, hi: Number.POSITIVE_INFINITY },
    { algorithm: 'exponential', options: {}, lo: Number.NEGATIVE_INFINITY, hi: 0.001 },
    {
      algorithm: 'mixture',
      options: { components: [{ type: 'uniform', min: 1, max: 2 }, { type: 'lognormal' }] },
      lo: 0.5,
      hi: 1.5,
    },
  ])('$algorithm between $lo and $hi follows its law there', ({ algorithm, options, lo, hi }) => {
    const distribution = make(algorithm, options);
    const { cdf } = distribution;
    const found = draws(distribution, lo, hi);
    expect(found.every((x) => x >= lo && x <= hi)).toBe(true);
    expect(kolmogorovP(found, (x) => (cdf(x) - cdf(lo)) / (cdf(hi) - cdf(lo)))).toBeGreaterThan(1e-3);
  });

  it('of a constant is the constant', () => {
    expect(new Set(draws(createPoint(3), 2, 4))).toEqual(new Set([3]));
  });
});

describe('options that make no sense are refused', () => {
  it.each([
    {
      algorithm: 'lognormal',
      options: { sigma: -1 },
      at: 'sigma',
      says: 'Too small: expected number to be >=0',
    },
    {
      algorithm: 'lognormal',
      options: { mu: 600, sigma: 10 },
      at: 'sigma',
      says: 'makes observations that no number holds; |mu| + 13 sigma must be 700 or less',
    },
    { algorithm: 'exponential', options: { lam: 0 }, at: 'lam', says: 'Too small: expected number to be >0' },
    { algorithm: 'normal', options: { mu: -1 }, at: 'mu', says: 'Too small: expected number to be >=0' },
    {
      algorithm: 'uniform',
      options: { min: 3, max: 2 },
      at: 'max',
      says: 'is 2; it must be min (3) or more',
    },
    { algorithm: 'uniform', options: { min: -3 }, at: 'min', says: 'Too small: expected number to be >=0' },
    { algorithm: 'pareto', options: { alpha: 0 }, at: 'alpha', says: 'Too small: expected number to be >0' },
    {
      algorithm: 'pareto',
      options: { alpha: 0.05 },
      at: 'alpha',
      says: 'makes observations that no number holds; x_min * 2^(53 / alpha) must be below 1e308',
    },
    { algorithm: 'pareto', options: { x_min: 0 }, at: 'x_min', says: 'Too small: expected number to be >0' },
    {
      algorithm: 'mixture',
      options: { components: [{ type: 'lognormal', weight: 0 }] },
      at: 'components',
      says: 'have weights that sum to 0; at least one must be above 0',
    },
    {
      algorithm: 'mixture',
      options: { components: [{ type: 'lognorm', weight: 1 }] },
      at: 'components.0.type',
      says: 'unknown type "lognorm", did you mean lognormal?; a component is one of lognormal, exponential, normal, uniform, pareto',
    },
    {
      algorithm: 'mixture',
      options: { components: [{ type: 'mixture' }] },
      at: 'components.0.type',
      says: 'unknown type "mixture"; a component is one of lognormal, exponential, normal, uniform, pareto',
    },
    {
      algorithm: 'mixture',
      options: { components: [{ weight: 1 }] },
      at: 'components.0.type',
      says: 'a component needs a type; a component is one of lognormal, exponential, normal, uniform, pareto',
    },
    {
      algorithm: 'mixture',
      options: { components: [{ type: 'uniform', min: 2, max: 1 }] },
      at: 'components.0.max',
      says: 'is 1; it must be min (2) or more',
    },
    {
      algorithm: 'mixture',
      options: { components: [{ type: 'uniform', sigma: 1 }] },
      at: 'components.0',
      says: 'Unrecognized key: "sigma"',
    },
  ])('$algorithm $options at $at: $says', ({ algorithm, options, at, says }) => {
    expect(refusals(algorithm, options)).toEqual([[at, says]]);
  });

  it('an empty mixture is refused', () => {
    expect(refusals('mixture', { components: [] }).length).toBeGreaterThan(0);
  });
});

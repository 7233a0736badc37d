import { describe, expect, it } from 'vitest';

import { createBulk } from '../../../src/generators/drivers/bulk.ts';
import type { Distribution } from '../../../src/generators/generator.ts';
import { findGenerator } from '../../../src/generators/registry.ts';
import { Rng } from '../../../src/util/rng.ts';
import { chiSquareP } from '../../support/statistics.ts';

const EDGES = Float64Array.of(0.05, 0.2, 0.21, 0.7, 1, 3);
const BUCKETS = EDGES.length + 1;
const CELLS = 2000;

function make(algorithm: string, options: Record<string, unknown>): Distribution {
  const definition = findGenerator('histogram', algorithm);
  if (definition?.kind !== 'distribution') throw new Error(`${algorithm} is no distribution`);
  return definition.create(definition.options.parse(options), { type: 'histogram', intervalMs: 1000 });
}

interface Cell {
  readonly counts: Float64Array;
  readonly sum: number;
}

function together(distribution: Distribution, n: number, scale: number, offset: number): Cell[] {
  const bulk = createBulk(distribution, EDGES);
  const rng = new Rng();
  return Array.from({ length: CELLS }, (_, tick) => {
    const counts = new Float64Array(BUCKETS);
    rng.seek(21, 0, tick);
    return { sum: bulk.draw(rng, n, scale, offset, counts, 0), counts };
  });
}

function oneByOne(distribution: Distribution, n: number, scale: number, offset: number): Cell[] {
  const rng = new Rng();
  return Array.from({ length: CELLS }, (_, tick) => {
    const counts = new Float64Array(BUCKETS);
    rng.seek(22, 0, tick);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const x = Math.max(0, distribution.sample(rng) * scale + offset);
      const bucket = EDGES.findIndex((edge) => x <= edge);
      const at = bucket === -1 ? BUCKETS - 1 : bucket;
      counts[at] = (counts[at] as number) + 1;
      sum += x;
    }
    return { counts, sum };
  });
}

function momentsOf(values: readonly number[]): { mean: number; variance: number; skewness: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  const third = values.reduce((sum, x) => sum + (x - mean) ** 3, 0) / values.length;
  return { mean, variance, skewness: third / variance ** 1.5 };
}

const CASES = [
  {
    algorithm: 'lognormal',
    options: { mu: -1, sigma: 0.8 },
    n: 40,
    scale: 1,
    offset: 0,
    why: 'few a bucket',
  },
  { algorithm: 'lognormal', options: { mu: -1, sigma: 0.8 }, n: 500, scale: 1, offset: 0, why: 'many' },
  {
    algorithm: 'lognormal',
    options: { mu: -1, sigma: 0.8 },
    n: 200,
    scale: 2.5,
    offset: 0.1,
    why: 'changed',
  },
  {
    algorithm: 'lognormal',
    options: { mu: -1, sigma: 0.8 },
    n: 200,
    scale: 1,
    offset: -0.3,
    why: 'part below zero',
  },
  { algorithm: 'exponential', options: { lam: 2 }, n: 300, scale: 1, offset: -0.3, why: 'half below zero' },
  { algorithm: 'normal', options: { mu: 0.5, sigma: 0.2 }, n: 300, scale: 1, offset: 0, why: 'no tail' },
  { algorithm: 'uniform', options: { max: 4 }, n: 300, scale: 0.5, offset: 0.3, why: 'bounded' },
  { algorithm: 'uniform', options: { min: 1, max: 1 }, n: 300, scale: 1, offset: 0, why: 'a constant' },
  {
    algorithm: 'pareto',
    options: { alpha: 3, x_min: 0.1 },
    n: 300,
    scale: 1,
    offset: 0,
    why: 'a tail with variance',
  },
  {
    algorithm: 'mixture',
    options: {
      components: [
        { type: 'uniform', max: 0.1 },
        { type: 'exponential', lam: 1 },
      ],
    },
    n: 300,
    scale: 1,
    offset: 0,
    why: 'a mixture',
  },
] as const;

describe('drawing together has the law of drawing one by one', () => {
  it.each(CASES)('$algorithm, $n observations x $scale + $offset: $why', (row) => {
    const { algorithm, options, n, scale, offset } = row;
    const distribution = make(algorithm, options);
    const bulk = together(distribution, n, scale, offset);
    const single = oneByOne(distribution, n, scale, offset);

    // Every cell has all its observations, and a sum that its counts allow.
    for (const { counts, sum } of bulk) {
      expect(counts.reduce((total, count) => total + count)).toBe(n);
      const least = counts.reduce((total, count, i) => total + count * (EDGES[i - 1] ?? 0), 0);
      expect(sum).toBeGreaterThanOrEqual(least * (1 - 1e-12));
    }
    // Buckets have the shares of the law.
    const shares = Array.from({ length: BUCKETS }, (_, i) => {
      const upTo = (edge: number | undefined): number =>
        edge === undefined ? 1 : distribution.cdf((edge - offset) / scale);
      return upTo(EDGES[i]) - (i === 0 ? 0 : upTo(EDGES[i - 1]));
    });
    const totals = shares.map((_, i) => bulk.reduce((total, { counts }) => total + (counts[i] as number), 0));
    if (shares.filter((share) => share > 0).length > 1) {
      expect(
        chiSquareP(
          totals,
          shares.map((share) => share * n * CELLS),
        ),
      ).toBeGreaterThan(1e-3);
    }
    // Counts scatter from cell to cell as those of a multinomial.
    for (const [i, share] of shares.entries()) {
      const { variance } = momentsOf(bulk.map(({ counts }) => counts[i] as number));
      const expected = n * share * (1 - share);
      expect(Math.abs(variance - expected)).toBeLessThanOrEqual(0.2 * expected + 0.2);
    }
    // Sums have the same mean, scatter and skewness.
    const found = momentsOf(bulk.map(({ sum }) => sum));
    const reference = momentsOf(single.map(({ sum }) => sum));
    const deviation = Math.sqrt(reference.variance);
    expect(Math.abs(found.mean - reference.mean)).toBeLessThanOrEqual(
      5 * deviation * Math.sqrt(2 / CELLS) + 1e-9,
    );
    expect(
      Math.abs(found.variance / (reference.variance || 1) - Number(reference.variance > 1e-18)),
    ).toBeLessThan(0.25);
    if (deviation > 1e-9) expect(Math.abs(found.skewness - reference.skewness)).toBeLessThan(0.6);
  });

  it('sums of a tail without variance are drawn one by one: the largest can carry them', () => {
    const distribution = make('pareto', { alpha: 0.7, x_min: 0.01 });
    const median = (cells: Cell[]): number =>
      cells.map(({ sum }) => sum).toSorted((a, b) => a - b)[CELLS / 2] as number;
    const bulk = together(distribution, 300, 1, 0);
    expect(Math.abs(median(bulk) / median(oneByOne(distribution, 300, 1, 0)) - 1)).toBeLessThan(0.15);
    expect(Math.max(...bulk.map(({ sum }) => sum)) / median(bulk)).toBeGreaterThan(100);
  });
});

describe('the ends of what can be asked', () => {
  const distribution = make('exponential', {});

  it.each([
    { scale: 0, offset: 0.5, bucket: 3, sum: 50, why: 'nothing is left of the observation but the offset' },
    { scale: 0, offset: -2, bucket: 0, sum: 0, why: 'which is not below zero' },
    { scale: 1, offset: -1000, bucket: 0, sum: 0, why: 'nor is anything else' },
    { scale: 1e-9, offset: 1e6, bucket: 6, sum: 1e8, why: 'far above all bounds' },
  ])(
    'x $scale + $offset puts all in bucket $bucket with sum $sum: $why',
    ({ scale, offset, bucket, sum }) => {
      const counts = new Float64Array(BUCKETS);
      const rng = new Rng();
      rng.seek(1, 1, 1);
      const found = createBulk(distribution, EDGES).draw(rng, 100, scale, offset, counts, 0);
      expect(counts[bucket]).toBe(100);
      expect(Math.abs(found - sum)).toBeLessThanOrEqual(1e-6 * sum);
    },
  );

  it('buckets below zero stay empty', () => {
    const counts = new Float64Array(4);
    const rng = new Rng();
    rng.seek(1, 1, 1);
    createBulk(distribution, Float64Array.of(-1, 0, 100)).draw(rng, 1000, 1, -0.5, counts, 0);
    expect(counts[0]).toBe(0);
    expect(Math.abs((counts[1] as number) - 1000 * -Math.expm1(-0.5))).toBeLessThan(80);
  });

  it('a million million observations take no longer than a thousand', () => {
    const counts = new Float64Array(BUCKETS);
    const rng = new Rng();
    rng.seek(1, 1, 1);
    const sum = createBulk(distribution, EDGES).draw(rng, 1e12, 1, 0, counts, 0);
    expect(counts.reduce((total, count) => total + count)).toBe(1e12);
    expect(Math.abs(sum / 1e12 - 1)).toBeLessThan(1e-5);
  });

  it('many changes in turn give what each gives alone', () => {
    const bulk = createBulk(distribution, EDGES);
    const rng = new Rng();
    const draw = (from: typeof bulk, scale: number): number => {
      rng.seek(3, 3, 3);
      return from.draw(rng, 100, scale, 0, new Float64Array(BUCKETS), 0);
    };
    const scales = Array.from({ length: 40 }, (_, i) => 1 + i / 10);
    const inTurn = [...scales, ...scales].map((scale) => draw(bulk, scale));
    expect(inTurn).toEqual(
      [...scales, ...scales].map((scale) => draw(createBulk(distribution, EDGES), scale)),
    );
  });
});

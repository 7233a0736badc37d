import { describe, expect, it } from 'vitest';

import { binomial, exponential, normal, poisson, stirlingError } from '../../src/util/draws.ts';
import { Rng } from '../../src/util/rng.ts';
import { countsP, kolmogorovP, logFactorials } from '../support/statistics.ts';

const DRAWS = 100_000;
/** Every test below is one fixed sample; a right generator passes all of them, and a wrong one does not come near. */
const UNLIKELY = 1e-3;

function sample(draw: (rng: Rng) => number, count = DRAWS): number[] {
  const rng = new Rng();
  return Array.from({ length: count }, (_, i) => {
    rng.seek(0x1234567, i, 1);
    return draw(rng);
  });
}

const logFactorial = logFactorials(20_000);

function poissonMass(mean: number): (k: number) => number {
  return (k) => Math.exp(k * Math.log(mean) - mean - (logFactorial[k] as number));
}

function binomialMass(n: number, p: number): (k: number) => number {
  const choose = (k: number): number =>
    (logFactorial[n] as number) - (logFactorial[k] as number) - (logFactorial[n - k] as number);
  return (k) => Math.exp(choose(k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

describe('poisson', () => {
  it.each([0.01, 0.1, 0.7, 1, 3, 5, 9.99, 10, 10.5, 30, 100, 1000, 1e4])(
    'counts of mean %d pass a chi-square',
    (mean) => {
      expect(
        countsP(
          sample((rng) => poisson(rng, mean)),
          poissonMass(mean),
        ),
      ).toBeGreaterThan(UNLIKELY);
    },
  );

  it.each([1, 10.5, 1000])('a mean two percent beside %d would be noticed', (mean) => {
    expect(
      countsP(
        sample((rng) => poisson(rng, mean)),
        poissonMass(mean * 1.02),
      ),
    ).toBeLessThan(UNLIKELY);
  });

  it.each([10, 40, 200])('a million counts of mean %d still pass', (mean) => {
    expect(
      countsP(
        sample((rng) => poisson(rng, mean), 1e6),
        poissonMass(mean),
      ),
    ).toBeGreaterThan(UNLIKELY);
  });

  it.each([1e6, 1e9])('a mean of %d gives that mean and that variance', (mean) => {
    const draws = sample((rng) => poisson(rng, mean));
    const found = draws.reduce((sum, k) => sum + (k - mean), 0) / DRAWS;
    const variance = draws.reduce((sum, k) => sum + (k - mean) ** 2, 0) / DRAWS;
    expect(Math.abs(found)).toBeLessThan(4 * Math.sqrt(mean / DRAWS));
    expect(Math.abs(variance / mean - 1)).toBeLessThan(4 * Math.sqrt(2 / DRAWS));
    expect(draws.every(Number.isInteger)).toBe(true);
  });

  it.each([
    { mean: 0, is: 0, why: 'nothing happens at rate zero' },
    { mean: -1, is: 0, why: 'nor below it' },
    { mean: Number.POSITIVE_INFINITY, is: Number.POSITIVE_INFINITY, why: 'and it does not search for ever' },
  ])('mean $mean is $is: $why', ({ mean, is }) => {
    expect(sample((rng) => poisson(rng, mean), 100)).toEqual(Array.from({ length: 100 }, () => is));
  });

  it('draws the same with exp(-mean) handed in', () => {
    for (const mean of [0, 0.3, 5, 12]) {
      const given = Math.exp(-mean);
      expect(sample((rng) => poisson(rng, mean, given), 1000)).toEqual(
        sample((rng) => poisson(rng, mean), 1000),
      );
    }
  });
});

describe('binomial', () => {
  it.each([
    [1, 0.5],
    [10, 0.3],
    [20, 0.9],
    [100, 0.01],
    [100, 0.0999],
    [100, 0.1],
    [1000, 0.5],
    [15_000, 0.001],
    [15_000, 0.3],
    [15_000, 0.98],
  ])('successes of %d trials at %d pass a chi-square', (n, p) => {
    expect(
      countsP(
        sample((rng) => binomial(rng, n, p)),
        binomialMass(n, p),
      ),
    ).toBeGreaterThan(UNLIKELY);
  });

  it.each([
    [100, 0.1],
    [500, 0.4],
  ])('a million numbers of successes of %d trials at %d still pass', (n, p) => {
    expect(
      countsP(
        sample((rng) => binomial(rng, n, p), 1e6),
        binomialMass(n, p),
      ),
    ).toBeGreaterThan(UNLIKELY);
  });

  it('notices a probability two percent beside the right one', () => {
    const draws = sample((rng) => binomial(rng, 1000, 0.5));
    expect(countsP(draws, binomialMass(1000, 0.51))).toBeLessThan(UNLIKELY);
  });

  it('keeps mean and variance for a billion trials', () => {
    const n = 1e9;
    const draws = sample((rng) => binomial(rng, n, 0.25));
    const mean = draws.reduce((sum, k) => sum + (k - n / 4), 0) / DRAWS;
    const variance = draws.reduce((sum, k) => sum + (k - n / 4) ** 2, 0) / DRAWS;
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt((n * 3) / 16 / DRAWS));
    expect(Math.abs(variance / ((n * 3) / 16) - 1)).toBeLessThan(4 * Math.sqrt(2 / DRAWS));
  });

  it.each([
    { n: 0, p: 0.5, is: 0 },
    { n: 10, p: 0, is: 0 },
    { n: 10, p: 1, is: 10 },
    { n: 10, p: 1.0000001, is: 10 },
    { n: 10, p: Number.NaN, is: 0 },
  ])('of $n trials at $p, $is succeed', ({ n, p, is }) => {
    expect(binomial(new Rng(), n, p)).toBe(is);
  });

  it('never has more successes than trials', () => {
    for (const n of [1, 2, 21, 22, 40]) {
      expect(Math.max(...sample((rng) => binomial(rng, n, 0.5), 10_000))).toBeLessThanOrEqual(n);
    }
  });
});

describe('normal and exponential', () => {
  it('normal draws fit the normal law', () => {
    expect(kolmogorovP(sample(normal), normalCdfBySum)).toBeGreaterThan(UNLIKELY);
  });

  it('the tail beyond the ziggurat fits it too', () => {
    const beyond = 3.6541528853610088;
    const tails = sample(normal, 4_000_000)
      .map(Math.abs)
      .filter((x) => x > beyond);
    expect(tails.length).toBeGreaterThan(900);
    const above = 1 - normalCdfBySum(beyond);
    expect(kolmogorovP(tails, (x) => (normalCdfBySum(x) - normalCdfBySum(beyond)) / above)).toBeGreaterThan(
      UNLIKELY,
    );
    expect(Math.abs(tails.length - 4e6 * 2 * above)).toBeLessThan(4 * Math.sqrt(4e6 * 2 * above));
  });

  it('a standard deviation three percent beside would be noticed', () => {
    expect(kolmogorovP(sample(normal), (x) => normalCdfBySum(x * 1.03))).toBeLessThan(UNLIKELY);
  });

  it('exponential draws fit the exponential law', () => {
    expect(kolmogorovP(sample(exponential), (x) => -Math.expm1(-x))).toBeGreaterThan(UNLIKELY);
  });
});

describe('golden draws, by which a changed stream shows', () => {
  const first = (draw: (rng: Rng) => number): number[] => {
    const rng = new Rng();
    return [1, 2, 3, 4, 5].map((tick) => {
      rng.seek(0x0badcafe, -7, tick);
      return draw(rng);
    });
  };

  it('of every law', () => {
    expect({
      normal: first(normal),
      exponential: first(exponential),
      'poisson 0.5': first((rng) => poisson(rng, 0.5)),
      'poisson 5': first((rng) => poisson(rng, 5)),
      'poisson 1e6': first((rng) => poisson(rng, 1e6)),
      'binomial 40 0.1': first((rng) => binomial(rng, 40, 0.1)),
      'binomial 1e6 0.4': first((rng) => binomial(rng, 1e6, 0.4)),
    }).toMatchInlineSnapshot(`
      {
        "binomial 1e6 0.4": [
          399964,
          400206,
          400744,
          399376,
          399593,
        ],
        "binomial 40 0.1": [
          4,
          5,
          6,
          2,
          3,
        ],
        "exponential": [
          0.6425252435291627,
          1.0372983949859607,
          2.306761914167319,
          0.14291124067739175,
          0.26124104042048674,
        ],
        "normal": [
          1.5402620380004985,
          -1.3972922271543677,
          -0.37898013031170324,
          0.21130431859558038,
          0.8488348146729394,
        ],
        "poisson 0.5": [
          0,
          1,
          1,
          0,
          0,
        ],
        "poisson 1e6": [
          999927,
          1000420,
          1001518,
          998726,
          999169,
        ],
        "poisson 5": [
          5,
          6,
          8,
          3,
          3,
        ],
      }
    `);
  });
});

describe('stirlingError', () => {
  it('is what the formula leaves out of log(n!)', () => {
    for (const n of [1, 2, 15, 16, 17, 100, 2000]) {
      const formula = (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI);
      expect(stirlingError(n)).toBeCloseTo((logFactorial[n] as number) - formula, 9);
    }
    expect(stirlingError(15)).toBeCloseTo(1 / 180 - 1 / (360 * 15 ** 3), 7);
  });
});

/** Phi by Simpson's rule: slow, and independent of the code that it checks. */
function normalCdfBySum(x: number): number {
  const from = -12;
  if (x <= from) return 0;
  const at = (Math.min(x, 12) - from) * CELLS_PER_UNIT;
  const cell = Math.floor(at);
  const z = from + cell / CELLS_PER_UNIT;
  return (CUMULATIVE[cell] as number) + simpson(z, Math.min(x, 12));
}

const CELLS_PER_UNIT = 50;
const CUMULATIVE = new Float64Array(24 * CELLS_PER_UNIT + 1);
for (let i = 1; i < CUMULATIVE.length; i++) {
  CUMULATIVE[i] =
    (CUMULATIVE[i - 1] as number) + simpson(-12 + (i - 1) / CELLS_PER_UNIT, -12 + i / CELLS_PER_UNIT);
}

function simpson(a: number, b: number): number {
  const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  return ((b - a) / 6) * (density(a) + 4 * density((a + b) / 2) + density(b));
}

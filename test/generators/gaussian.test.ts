import { describe, expect, it } from 'vitest';

import { normalCdf, normalMass, normalMoments, normalQuantile } from '../../src/generators/gaussian.ts';

/** Values of the normal law from tables, to 16 digits. */
const TABLE: readonly (readonly [z: number, p: number])[] = [
  [0, 0.5],
  [1, 0.8413447460685429],
  [1.96, 0.9750021048517795],
  [-2.999, 0.0013543365337271066],
  [-3, 0.0013498980316300933],
  [-3.001, 0.0013454728250849683],
  [-6, 9.865876450377012e-10],
  [-10, 7.61985302416047e-24],
  [-20, 2.7536241186063314e-89],
];

describe('normalCdf', () => {
  it.each(TABLE)('at %d is %d, to 12 digits in the tail too', (z, p) => {
    expect(Math.abs(normalCdf(z) / p - 1)).toBeLessThan(1e-12);
    expect(normalCdf(-z)).toBeCloseTo(1 - p, 15);
  });

  it('rises from 0 to 1, over the joint of its two methods too', () => {
    let before = 0;
    for (let z = -40; z <= 40; z += 0.01) {
      const p = normalCdf(z);
      expect(p).toBeGreaterThanOrEqual(before);
      before = p;
    }
    expect([normalCdf(Number.NEGATIVE_INFINITY), before, normalCdf(Number.POSITIVE_INFINITY)]).toEqual([
      0, 1, 1,
    ]);
  });
});

describe('normalQuantile', () => {
  it('inverts the distribution function over the whole lower half', () => {
    for (let z = -37; z < 0.5; z += 0.013) {
      expect(Math.abs(normalQuantile(normalCdf(z)) - z)).toBeLessThan(1e-12 * Math.max(1, Math.abs(z)));
    }
  });

  it('is odd around one half', () => {
    for (const p of [0.4, 0.25, 0.125, 2 ** -20]) expect(normalQuantile(1 - p)).toBe(-normalQuantile(p));
    expect(normalQuantile(0.5)).toBe(0);
  });
});

describe('normalMass', () => {
  it.each([
    { a: -1, b: 1, mass: 0.6826894921370859, why: 'a standard deviation to either side' },
    { a: 6, b: 7, mass: 9.853078324938154e-10, why: 'far up, where 1 - p would cancel' },
    { a: -7, b: -6, mass: 9.853078324938154e-10, why: 'as far down' },
    { a: 2, b: 2, mass: 0, why: 'nothing' },
  ])('from $a to $b is $mass: $why', ({ a, b, mass }) => {
    expect(Math.abs(normalMass(a, b) - mass)).toBeLessThanOrEqual(1e-12 * mass);
  });
});

describe('normalMoments', () => {
  const identity = (z: number): number => z;

  it('of the whole line are 0 and 1', () => {
    const { mean, variance } =
      normalMoments(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, identity) ?? {};
    expect(mean).toBeCloseTo(0, 12);
    expect(variance).toBeCloseTo(1, 12);
  });

  it('of the upper half are those of the half-normal law', () => {
    const { mean, variance } = normalMoments(0, Number.POSITIVE_INFINITY, identity) ?? {};
    expect(mean).toBeCloseTo(Math.sqrt(2 / Math.PI), 12);
    expect(variance).toBeCloseTo(1 - 2 / Math.PI, 12);
  });

  it('of an interval a millionth wide are those of a uniform one', () => {
    const { mean = 0, variance = 0 } = normalMoments(1, 1 + 1e-6, identity) ?? {};
    expect(mean).toBeCloseTo(1 + 5e-7, 12);
    expect(Math.abs(variance / (1e-12 / 12) - 1)).toBeLessThan(1e-6);
  });

  it.each([
    { a: 3, b: 3, why: 'an empty interval' },
    { a: 12, b: Number.POSITIVE_INFINITY, why: 'beyond all that a draw reaches' },
  ])('are not there for $why', ({ a, b }) => {
    expect(normalMoments(a, b, identity)).toBeUndefined();
  });

  it('are not there when a double does not hold them', () => {
    expect(normalMoments(0, 9, () => Number.MAX_VALUE * 2)).toBeUndefined();
  });
});

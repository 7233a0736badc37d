import { describe, expect, it } from 'vitest';

import { median, quantile, ratioOf, summarise } from '../../src/bench/statistics.ts';

describe('quantile', () => {
  it.each([
    ['the middle of an odd number is a value', [3, 1, 2], 0.5, 2],
    ['the middle of an even number lies between two', [4, 1, 3, 2], 0.5, 2.5],
    ['a quarter of five is the second', [50, 10, 20, 30, 40], 0.25, 20],
    ['between two values it is linear', [0, 10], 0.9, 9],
    ['0 is the least', [5, 3, 4], 0, 3],
    ['1 is the most', [5, 3, 4], 1, 5],
    ['of one value it is that value', [7], 0.75, 7],
    ['10 comes after 9, not before', [9, 10, 100], 0.5, 10],
    ['of nothing there is none', [], 0.5, Number.NaN],
  ])('%s', (_, values, p, expected) => {
    expect(quantile(values, p)).toBe(expected);
  });

  it('leaves the values as they are', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('summarise', () => {
  it('tells median, extremes and quartiles', () => {
    expect(summarise([12, 10, 11, 100, 9])).toEqual({
      rounds: 5,
      median: 11,
      min: 9,
      max: 100,
      q1: 10,
      q3: 12,
    });
  });

  it.each([
    ['no rounds', [], 'no rounds were measured'],
    ['a round without a number', [1, Number.NaN], 'a round gave NaN'],
    ['an endless round', [Number.POSITIVE_INFINITY], 'a round gave Infinity'],
  ])('refuses %s', (_, values, message) => {
    expect(() => summarise(values)).toThrow(message);
  });
});

describe('ratioOf', () => {
  it.each([
    ['half the time is twice as good', 50, 100, 'less', 2],
    ['twice the time is half as good', 100, 50, 'less', 0.5],
    ['twice the rate is twice as good', 100, 50, 'more', 2],
    ['half the rate is half as good', 50, 100, 'more', 0.5],
  ] as const)('%s', (_, direct, library, better, expected) => {
    expect(ratioOf(direct, library, better)).toBe(expected);
  });
});

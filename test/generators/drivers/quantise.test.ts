import { describe, expect, it } from 'vitest';

import { quantise, unitsPerOne } from '../../../src/generators/drivers/quantise.ts';

describe('quantise', () => {
  it.each([
    { x: 1.23456, decimals: 2, shown: 1.23, why: 'to places' },
    { x: 0.1 + 0.2, decimals: 1, shown: 0.3, why: 'to the double that prints short' },
    { x: 2.5, decimals: 0, shown: 3, why: 'halves up' },
    { x: -2.5, decimals: 0, shown: -2, why: 'halves up below zero too' },
    { x: -0.4, decimals: 0, shown: 0, why: 'never to minus zero' },
    { x: 1e300, decimals: 15, shown: 1e300, why: 'what has no decimals is left alone' },
    { x: 0.1 + 0.2, decimals: undefined, shown: 0.1 + 0.2, why: 'full precision by default' },
    { x: Number.NaN, decimals: 2, shown: Number.NaN, why: 'NaN stays' },
  ])('$x to $decimals decimals is $shown: $why', ({ x, decimals, shown }) => {
    expect(Object.is(quantise(x, unitsPerOne(decimals)), shown)).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatCanonical, formatNumber, MAX_NUMBER_BYTES, writeNumber } from '../../src/wire/number.ts';
import { levels } from '../support/arbitraries.ts';

function written(value: number): string {
  const out = Buffer.alloc(40, '!');
  const end = writeNumber(out, 3, value);
  expect(out.toString('latin1', 0, 3)).toBe('!!!');
  return out.toString('latin1', 3, end);
}

describe('a value is printed', () => {
  it.each([
    [0, '0', 'zero'],
    [-0, '-0', 'negative zero keeps its sign'],
    [7, '7', 'an integer'],
    [-42, '-42', 'a negative integer'],
    [999_999_999, '999999999', 'the last of one group of digits'],
    [1e9, '1000000000', 'the first of two groups'],
    [1_000_000_001, '1000000001', 'zeros within stay'],
    [123_456_789_012_345, '123456789012345', 'two groups'],
    [2 ** 53 - 1, '9007199254740991', 'the last exact integer'],
    [2 ** 53, '9007199254740992', 'the first beyond it'],
    [1e20, '100000000000000000000', 'plain digits below 1e21'],
    [1e21, '1e+21', 'an exponent from there'],
    [1.5, '1.5', 'a decimal'],
    [0.000001, '0.000001', 'the smallest plain decimal'],
    [1e-7, '1e-7', 'an exponent below'],
    [0.1 + 0.2, '0.30000000000000004', 'seventeen digits where they are needed'],
    [-999_999_999.999999, '-999999999.999999', 'the largest of the quick decimals'],
    [1_000_000_000.5, '1000000000.5', 'the first behind them'],
    [5e-324, '5e-324', 'the smallest double'],
    [-1.7976931348623157e308, '-1.7976931348623157e+308', 'the lowest double'],
    [NaN, 'NaN', 'not a number'],
    [Infinity, '+Inf', 'infinity with its sign'],
    [-Infinity, '-Inf', 'negative infinity'],
  ])('%d as %s: %s', (value, text) => {
    expect(written(value)).toBe(text);
    expect(formatNumber(value)).toBe(text);
  });

  it('as its shortest text, in the room it has, whatever the number', () => {
    fc.assert(
      fc.property(levels, (value) => {
        const text = written(value);
        expect(text).toBe(formatNumber(value));
        expect(text.length).toBeLessThanOrEqual(MAX_NUMBER_BYTES);
      }),
      { numRuns: 2000 },
    );
  });

  it('as its shortest text next to every power of ten', () => {
    for (let exponent = -12; exponent <= 22; exponent++) {
      const power = Number(`1e${exponent}`);
      for (const value of [
        power,
        power - 1,
        power + 1,
        power * (1 - 2 ** -53),
        power * (1 + 2 ** -52),
        power / 3,
      ]) {
        expect(written(value)).toBe(formatNumber(value));
        expect(written(-value)).toBe(formatNumber(-value));
      }
    }
  });
});

describe('the canonical text of a bound', () => {
  it.each([
    [0, '0.0'],
    [1, '1.0'],
    [-2, '-2.0'],
    [0.005, '0.005'],
    [2.5, '2.5'],
    [100_000, '100000.0'],
    [999_999.5, '999999.5'],
    [1e6, '1e+06'],
    [1_234_567.5, '1.2345675e+06'],
    [1e-4, '0.0001'],
    [1e-5, '1e-05'],
    [2.5e-10, '2.5e-10'],
    [1e100, '1e+100'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ])('%d is %s', (value, text) => {
    expect(formatCanonical(value)).toBe(text);
  });

  it('reads back to the bound', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatCanonical(value))).toBe(value);
      }),
    );
  });
});

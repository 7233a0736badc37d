import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { writeFraction } from '../../src/wire/double.ts';

const out = Buffer.alloc(64);

/** The text, or `undefined` where it is left to `String`. */
function written(value: number): string | undefined {
  const end = writeFraction(out, 3, value);
  return end < 0 ? undefined : out.toString('latin1', 3, end);
}

/** Doubles with their neighbours, from two 32-bit halves. */
const bits = new Float64Array(1);
const halves = new Uint32Array(bits.buffer);
const covered = (value: number): boolean => value >= 1e-6 && value < 2 ** 53 && !Number.isInteger(value);

describe('the shortest decimal of a double', () => {
  it.each([
    0.1,
    0.2,
    0.3,
    1.1,
    1.5,
    2.675,
    0.1 + 0.2,
    1 / 3,
    2 / 3,
    Math.PI,
    1e-6,
    1.0000000000000002,
    0.000001234,
    99.99,
    123_456_789.125,
    9_007_199_254_740_991 / 2,
    4_503_599_627_370_495.5,
    5.000000000000001,
    9.999999999999998,
    0.9999999999999999,
    0.09999999999999999,
    1e5 + 1e-9,
    8.41,
    2 ** 52 - 0.5,
    1e15 + 0.125,
  ])('%d', (value) => {
    expect(written(value) ?? String(value)).toBe(String(value));
  });

  it('of any double, next to round ones too, is what String gives', () => {
    const near = fc
      .tuple(
        fc.integer({ min: 1, max: 99_999 }),
        fc.integer({ min: -11, max: 12 }),
        fc.integer({ min: -3, max: 3 }),
      )
      .map(([digits, power, steps]) => {
        bits[0] = Number(`${digits}e${power}`);
        halves[0] = ((halves[0] as number) + steps) >>> 0;
        return bits[0];
      });
    const any = fc.double({ min: 1e-6, max: 2 ** 53, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(any, near).filter(covered), (value) => {
        expect(written(value) ?? String(value)).toBe(String(value));
      }),
      { numRuns: 20_000 },
    );
  });

  it('of numbers as gauges have them is hardly ever left to String', () => {
    let left = 0;
    let state = 1;
    for (let i = 0; i < 100_000; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      const value = Math.exp(((state >>> 0) / 2 ** 32) * 30 - 10);
      const text = written(value);
      if (text === undefined) left++;
      else if (text !== String(value)) expect(text).toBe(String(value));
    }
    expect(left).toBeLessThan(200);
  });

  it('of a power of two, whose neighbours are not equally far, is left to String', () => {
    for (let exponent = -19; exponent < 0; exponent++) expect(written(2 ** exponent)).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatDuration, parseDurationMs } from '../../src/util/duration.ts';

describe('parseDurationMs', () => {
  it.each<[number | string, number]>([
    [1, 1000],
    [0, 0],
    [0.1, 100],
    [0.5, 500],
    [1e-3, 1],
    [-1, -1000],
    ['500ms', 500],
    ['0.5ms', 0.5],
    ['0s', 0],
    ['15s', 15_000],
    ['1.1s', 1100],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['30m1h', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    [' 15s ', 15_000],
    ['2M', 120_000],
    [' 3H ', 10_800_000],
    ['500MS', 500],
  ])('%j is %d ms', (value, ms) => {
    expect(parseDurationMs(value)).toBe(ms);
  });

  it.each([
    ['a bare number in quotes', '15'],
    ['nothing', ''],
    ['blanks', '  '],
    ['a unit alone', 's'],
    ['an unknown unit', '3w'],
    ['a sign', '-5s'],
    ['a fraction without digits', '5.s'],
    ['a fraction without a whole', '.5s'],
    ['an exponent', '1e3s'],
    ['a blank in the middle', '1h 30m'],
    ['something behind', '5s!'],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['seconds whose milliseconds are infinite', 1e306],
    ['digits beyond any number', `${'9'.repeat(400)}s`],
  ])('%s is none', (_, value) => {
    expect(parseDurationMs(value)).toBeUndefined();
  });
});

describe('formatDuration', () => {
  it.each<[number, string]>([
    [0, '0ms'],
    [0.5, '0.5ms'],
    [500, '500ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [59_999, '59.999s'],
    [60_000, '1m'],
    [90_000, '1m30s'],
    [61_500, '1m1.5s'],
    [3_600_000, '1h'],
    [5_400_000, '1h30m'],
    [86_400_000, '1d'],
    [90_061_001, '1d1h1m1.001s'],
    [-1500, '-1.5s'],
    // Sad path: what floating-point arithmetic makes of a rest.
    [60_000.1, '1m0.0001s'],
    [100.000_000_000_000_01, '100ms'],
    [999.9999, '1s'],
    [59_999.9999, '1m'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('is the inverse of parseDurationMs, to a thousandth of a millisecond', () => {
    const thousandths = fc.oneof(fc.nat(1e9), fc.bigInt(0n, 10n ** 14n).map(Number));
    fc.assert(
      fc.property(thousandths, (us) => {
        expect(parseDurationMs(formatDuration(us / 1000))).toBe(us / 1000);
      }),
    );
  });
});

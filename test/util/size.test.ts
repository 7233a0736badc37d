import { describe, expect, it } from 'vitest';

import { size, sizeFromZero } from '../../src/util/fields.ts';
import { parseSize } from '../../src/util/size.ts';

describe('parseSize', () => {
  it.each<[number | string, number]>([
    [0, 0],
    [-2.5, -2.5],
    ['7u', 7e-6],
    ['250m', 0.25],
    ['0.3m', 0.0003],
    ['5k', 5000],
    ['2M', 2e6],
    ['1.5G', 1.5e9],
    ['-5k', -5000],
    [' 5k ', 5000],
  ])('%j is %d', (written, number) => {
    expect(parseSize(written)).toBe(number);
  });

  it.each([
    ['a bare number in quotes', '5'],
    ['nothing', ''],
    ['a unit alone', 'k'],
    ['a capital that is none', '2K'],
    ['a small letter that is none', '2g'],
    ['an unknown unit', '2T'],
    ['an exponent', '1e3'],
    ['a fraction without a whole', '.5k'],
    ['two units', '5kk'],
    ['something behind', '5k!'],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['digits beyond any number', `${'9'.repeat(400)}k`],
  ])('%s is none', (_, written) => {
    expect(parseSize(written)).toBeUndefined();
  });
});

describe('a size of the file', () => {
  it.each([
    ['size', size(), '2K', 'is "2K"; needs a number, or a size such as "250m", "5k", "1.5G"'],
    ['size in quotes', size(), '5', 'is "5"; needs a number, without quotes'],
    ['size from 0', sizeFromZero(), '-5k', 'is -5000; needs at least 0'],
  ])('%s: says what is wrong', (_, schema, written, message) => {
    expect(schema.safeParse(written).error?.issues[0]?.message).toBe(message);
  });
});

import { describe, expect, it } from 'vitest';

import { hashLabel, mix32, namedKey } from '../../src/util/key.ts';

describe('namedKey', () => {
  it.each([
    { a: [1, 'x'], b: [2, 'x'], why: 'another seed' },
    { a: [1, 'x'], b: [1, 'y'], why: 'another name' },
    { a: [1, '1x'], b: [11, 'x'], why: 'the same text cut elsewhere' },
  ])('differs for $why', ({ a, b }) => {
    expect(namedKey(a[0] as number, a[1] as string)).not.toEqual(namedKey(b[0] as number, b[1] as string));
  });

  it('takes a seed as number or text', () => {
    expect(namedKey(42, 'x')).toEqual(namedKey('42', 'x'));
  });

  it('gives the golden keys, by which a changed stream shows', () => {
    expect([namedKey(42, 'http_requests_total'), namedKey('other', 'http_requests_total')])
      .toMatchInlineSnapshot(`
      [
        {
          "hi": 1044961322,
          "lo": -1897250521,
        },
        {
          "hi": 248090505,
          "lo": -1009406763,
        },
      ]
    `);
  });
});

describe('mix32', () => {
  it('is a bijection as far as one can look', () => {
    const seen = new Set(Array.from({ length: 100_000 }, (_, i) => mix32(i)));
    expect(seen.size).toBe(100_000);
  });

  it('flips every output bit about half the time when one input bit flips', () => {
    for (let bit = 0; bit < 32; bit++) {
      const flips = new Float64Array(32);
      for (let i = 0; i < 10_000; i++) {
        const changed = mix32(i * 31) ^ mix32((i * 31) ^ (1 << bit));
        for (let out = 0; out < 32; out++) flips[out] = (flips[out] as number) + ((changed >>> out) & 1);
      }
      expect(flips.every((count) => Math.abs(count / 10_000 - 0.5) < 0.03)).toBe(true);
    }
  });
});

describe('hashLabel', () => {
  it.each([
    { a: ['a', 'bc'], b: ['ab', 'c'], why: 'name and value are apart' },
    { a: ['pod', 'web-1'], b: ['pod', 'web-2'], why: 'one digit is enough' },
    { a: ['x', 'a'], b: ['a', 'x'], why: 'name and value are not alike' },
    { a: ['x', 'é'], b: ['x', 'e\u0301'], why: 'text is taken as it is written' },
  ])('differs since $why', ({ a, b }) => {
    expect(hashLabel(a[0] as string, a[1] as string)).not.toEqual(hashLabel(b[0] as string, b[1] as string));
  });

  it('does not collide over half a million values of the usual kind', () => {
    const words = new Set<string>();
    for (let i = 0; i < 500_000; i++) {
      const { hi, lo } = hashLabel('instance', `10.0.${i >> 8}.${i & 255}:9100`);
      words.add(`${hi},${lo}`);
    }
    expect(words.size).toBe(500_000);
  });

  it('gives the golden hash, by which a changed stream shows', () => {
    expect(hashLabel('region', 'eu-west-1')).toMatchInlineSnapshot(`
      {
        "hi": 2049378456,
        "lo": 456698363,
      }
    `);
  });
});

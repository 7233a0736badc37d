import { describe, expect, it } from 'vitest';

import { Rng } from '../../src/util/rng.ts';
import { chiSquareP, correlation, kolmogorovP } from '../support/statistics.ts';

describe('a cell', () => {
  it('is a function of its address alone, whatever was drawn before', () => {
    const rng = new Rng();
    const draw = (keyHi: number, keyLo: number, tick: number, stream?: number): number[] => {
      rng.seek(keyHi, keyLo, tick, stream);
      return [rng.int32(), rng.int32(), rng.float(), rng.floatOpen()];
    };
    const before = draw(1, 2, 3);
    draw(9, 9, 9);
    rng.float();
    expect(draw(1, 2, 3)).toEqual(before);
    expect(draw(1, 2, 3, 0)).toEqual(before);
  });

  it.each([
    { address: [2, 2, 3, 0], why: 'another high word of the key' },
    { address: [1, 3, 3, 0], why: 'another low word' },
    { address: [1, 2, 4, 0], why: 'another tick' },
    { address: [1, 2, 3 + 2 ** 32, 0], why: 'a tick that differs above 32 bits' },
    { address: [1, 2, 3, 1], why: 'another stream' },
  ])('differs for $why', ({ address }) => {
    const rng = new Rng();
    rng.seek(1, 2, 3);
    const first = rng.int32();
    const [keyHi, keyLo, tick, stream] = address as [number, number, number, number];
    rng.seek(keyHi, keyLo, tick, stream);
    expect(rng.int32()).not.toBe(first);
  });

  it('draws the golden numbers, by which a changed stream shows', () => {
    const rng = new Rng();
    const drawn = [
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [-1, 0x7fffffff, 86_400, 0],
      [0x12345678, -0x12345678, 2 ** 40 + 5, 3],
    ].map(([keyHi = 0, keyLo = 0, tick = 0, stream = 0]) => {
      rng.seek(keyHi, keyLo, tick, stream);
      return [rng.int32(), rng.int32(), rng.float(), rng.float()];
    });
    expect(drawn).toMatchInlineSnapshot(`
      [
        [
          -803579601,
          -2025655835,
          0.567925893545753,
          0.5363378764853461,
        ],
        [
          -893659559,
          -1896504877,
          0.9130071540282335,
          0.15370121337870246,
        ],
        [
          -689620764,
          -70990737,
          0.4406506415466951,
          0.09604267541867084,
        ],
        [
          -955798788,
          1665421619,
          0.07982644267256178,
          0.5803409024834123,
        ],
      ]
    `);
  });
});

describe('avalanche', () => {
  const CELLS = 20_000;

  /** Share of cells in which each output bit flips with an input bit, the worst of all 32 first bits. */
  function worstFlip(
    flip: (address: [number, number, number]) => [number, number, number],
    seed: number,
  ): number {
    const rng = new Rng();
    const flips = new Float64Array(32);
    for (let i = 0; i < CELLS; i++) {
      // Addresses as they occur: small ticks, keys with structure.
      const address: [number, number, number] = [Math.imul(i, 7919) + seed, i * 13, i];
      rng.seek(...address);
      const plain = rng.int32();
      rng.seek(...flip(address));
      const changed = rng.int32() ^ plain;
      for (let bit = 0; bit < 32; bit++) flips[bit] = (flips[bit] as number) + ((changed >>> bit) & 1);
    }
    return flips.reduce((worst, count) => Math.max(worst, Math.abs(count / CELLS - 0.5)), 0);
  }

  it('every bit of the high word of the key reaches every output bit half the time', () => {
    for (let bit = 0; bit < 32; bit++) {
      expect(worstFlip(([hi, lo, tick]) => [hi ^ (1 << bit), lo, tick], bit)).toBeLessThan(0.02);
    }
  });

  it('every bit of the low word does', () => {
    for (let bit = 0; bit < 32; bit++) {
      expect(worstFlip(([hi, lo, tick]) => [hi, lo ^ (1 << bit), tick], bit)).toBeLessThan(0.02);
    }
  });

  it('every bit of the tick does, up to bit 52', () => {
    for (let bit = 0; bit < 53; bit++) {
      const flip = (tick: number): number =>
        Math.floor(tick / 2 ** bit) % 2 === 1 ? tick - 2 ** bit : tick + 2 ** bit;
      expect(worstFlip(([hi, lo, tick]) => [hi, lo, flip(tick)], bit)).toBeLessThan(0.02);
    }
  });
});

describe('independence', () => {
  const TICKS = 40_000;
  /** Four standard deviations of a correlation of so many pairs that are independent. */
  const CHANCE = 4 / Math.sqrt(TICKS);

  it('the first draws of consecutive ticks are not correlated at any lag from 1 to 64', () => {
    const rng = new Rng();
    for (const [keyHi, keyLo] of [
      [0, 0],
      [0, 1],
      [-5, 12_345],
    ] as const) {
      const series = Float64Array.from({ length: TICKS + 64 }, (_, tick) => {
        rng.seek(keyHi, keyLo, tick);
        return rng.float();
      });
      for (let lag = 1; lag <= 64; lag++) {
        const found = correlation(series.subarray(0, TICKS), series.subarray(lag, TICKS + lag));
        expect(Math.abs(found)).toBeLessThan(CHANCE);
      }
    }
  });

  it('nor are neighbouring keys at the same tick', () => {
    const rng = new Rng();
    const slots = (tick: number): Float64Array =>
      Float64Array.from({ length: TICKS + 8 }, (_, slot) => {
        rng.seek(0, slot, tick);
        return rng.float();
      });
    for (const tick of [0, 1, 1_000_000]) {
      const values = slots(tick);
      for (let lag = 1; lag <= 8; lag++) {
        const found = correlation(values.subarray(0, TICKS), values.subarray(lag, TICKS + lag));
        expect(Math.abs(found)).toBeLessThan(CHANCE);
      }
    }
  });

  it('nor are the draws of one cell among each other', () => {
    const rng = new Rng();
    const draws = [0, 1, 2, 3].map(() => new Float64Array(TICKS));
    for (let tick = 0; tick < TICKS; tick++) {
      rng.seek(42, 42, tick);
      for (const values of draws) values[tick] = rng.float();
    }
    for (const [i, a] of draws.entries()) {
      for (const b of draws.slice(i + 1)) expect(Math.abs(correlation(a, b))).toBeLessThan(CHANCE);
    }
  });
});

describe('uniform numbers', () => {
  const rng = new Rng();
  const floats = Float64Array.from({ length: 200_000 }, (_, tick) => {
    rng.seek(3, 1, tick);
    return rng.float();
  });

  it('fit the uniform law', () => {
    expect(kolmogorovP(floats, (x) => x)).toBeGreaterThan(1e-3);
  });

  it('use the lowest of their 53 bits', () => {
    const ones = floats.reduce((sum, x) => sum + ((x * 2 ** 53) % 2), 0);
    expect(chiSquareP([ones, floats.length - ones], [1e5, 1e5])).toBeGreaterThan(1e-3);
  });

  it('lie in [0, 1), or in (0, 1] for logarithms', () => {
    expect(floats.every((x) => x >= 0 && x < 1)).toBe(true);
    for (let tick = 0; tick < 10_000; tick++) {
      rng.seek(3, 1, tick);
      expect(rng.floatOpen()).toBe(1 - (floats[tick] as number));
    }
  });
});

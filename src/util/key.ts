/** 64-bit keys as pairs of int32: what a random stream is addressed by. */
import seedrandom from 'seedrandom';

/** A 64-bit key. */
export interface Key {
  readonly hi: number;
  readonly lo: number;
}

/** The key of a named stream under a seed: a family (by its unprefixed name), a shared factor, `fault`, ... */
export function namedKey(seed: number | string, name: string): Key {
  const random = seedrandom(`${seed}\u0000${name}`);
  return { hi: random.int32(), lo: random.int32() };
}

/** Murmur3's 32-bit finaliser: each input bit reaches each output bit. */
export function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A 64-bit hash of a label pair. Two 32-bit FNV-1a style passes with different primes, finalised together. */
export function hashLabel(name: string, value: string): Key {
  const text = `${name}\u0000${value}`;
  let hi = 0x811c9dc5 | 0;
  let lo = 0x2f0b4a27 | 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hi = Math.imul(hi ^ unit, 0x01000193);
    lo = Math.imul(lo ^ unit, 0x5bd1e995) ^ (lo >>> 15);
  }
  hi = mix32(hi ^ text.length);
  lo = mix32(lo ^ hi);
  return { hi: mix32(hi ^ Math.imul(lo, 0x9e3779b1)), lo };
}

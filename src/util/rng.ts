/**
 * Counter-based random numbers: a draw is a function of (key, tick, stream, draw number) alone, so that any
 * cell can be computed without its history and in any order (invariant 1, docs/architecture.md).
 */

/** Rounds of sfc32 that turn a cell's address into a state; eight pass the avalanche and lag tests, twelve leave room. */
const WARM_UP_ROUNDS = 12;

const TWO_POW_MINUS_32 = 2 ** -32;
const TWO_POW_MINUS_53 = 2 ** -53;
const TWO_POW_27 = 2 ** 27;

/**
 * A small generator (sfc32, Chris Doty-Humphrey's "small fast counting" class) that is pointed at a cell by
 * `seek` and then drawn from. Make one per thread and reuse it: it is a few numbers, no allocation per cell.
 */
export class Rng {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  /**
   * Points at a cell. `keyHi` and `keyLo` are the 64-bit key as int32, `tick` any integer from 0 to 2^53,
   * `stream` (0 to 2^31 - 1) tells apart independent uses of one cell.
   */
  seek(keyHi: number, keyLo: number, tick: number, stream = 0): void {
    let a = keyHi | 0;
    let b = keyLo | 0;
    let c = tick | 0;
    // The high part of the tick and the stream share the fourth word; 0x9e3779b9 keeps an all-zero cell alive.
    let counter = (0x9e3779b9 + Math.imul(stream, 0x85ebca6b) + Math.floor(tick * TWO_POW_MINUS_32)) | 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) {
      const t = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + t) | 0;
    }
    this.a = a;
    this.b = b;
    this.c = c;
    this.counter = counter;
  }

  /** The next 32 random bits, as a signed integer. */
  int32(): number {
    const { b, c } = this;
    const t = (((this.a + b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = b ^ (b >>> 9);
    this.b = (c + (c << 3)) | 0;
    this.c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t;
  }

  /** A uniform number in [0, 1) on the grid of 2^-53. Takes two draws. */
  float(): number {
    const high = this.int32() >>> 5;
    const low = this.int32() >>> 6;
    return (high * (TWO_POW_27 / 2) + low) * TWO_POW_MINUS_53;
  }

  /** A uniform number in (0, 1], for logarithms. */
  floatOpen(): number {
    return 1 - this.float();
  }
}

/** Decimal digits of small integers. */

export const ZERO = 48;

/** Writes the last `width` digits of an integer below 1e9, leading zeros included; returns where they end. */
export function writeDigits(out: Uint8Array, at: number, value: number, width: number): number {
  let rest = value | 0;
  for (let p = at + width - 1; p >= at; p--) {
    const quotient = (rest / 10) | 0;
    out[p] = ZERO + rest - quotient * 10;
    rest = quotient;
  }
  return at + width;
}

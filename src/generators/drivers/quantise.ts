/** Decimal places of what is shown. */

/** Above this, doubles have no decimals left to round. */
const TWO_POW_53 = 2 ** 53;

/** 10^decimals, or 0 for full precision: the second argument of `quantise`. */
export function unitsPerOne(decimals: number | undefined): number {
  return decimals === undefined ? 0 : 10 ** decimals;
}

/** Rounds to whole units, halves up, never to -0. With 0 units it is the identity. */
export function quantise(x: number, units: number): number {
  if (units === 0) return x;
  const scaled = x * units;
  return Math.abs(scaled) < TWO_POW_53 ? Math.round(scaled) / units + 0 : x;
}

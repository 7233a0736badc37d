/** Sizes as people write them: a number, or digits with one of u, m, k, M and G: `"250m"`, `"5k"`, `"1.5G"`. */

const EXPONENTS: Readonly<Record<string, number>> = { u: -6, m: -3, k: 3, M: 6, G: 9 };

/** The number that a size stands for, or `undefined` when it is none; a bare number in quotes is none. */
export function parseSize(value: number | string): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const [, digits, unit = ''] = /^\s*(-?\d+(?:\.\d+)?)([umkMG])\s*$/.exec(value) ?? [];
  // By its digits, so that 0.3m is 0.0003 and not 0.00029999999999999997.
  const size = Number(`${digits}e${EXPONENTS[unit]}`);
  return Number.isFinite(size) ? size : undefined;
}

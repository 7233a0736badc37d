/**
 * The shortest decimal of a double that is no integer, written digit by digit. `String` gives the same, and costs
 * three times as much with the string that it makes.
 *
 * For 1e-6 <= v < 2^53 there is a k of 0 to 22 that makes D = v * 10^k a number of 17 digits before the point. Powers of ten
 * up to 10^22 are exact doubles, so D is known exactly, as a product of two doubles with its rounding error. All decimals
 * nearer to D than h, half the distance between doubles times 10^k, read back to v, and 0.55 < h < 11.2. So the shortest is
 * the multiple of 100 that is nearer than h, if there is one (then it is the only one: 15 digits or fewer are
 * never shared), else the nearest multiple of 10 if it is nearer than h, else the nearest integer.
 *
 * What is too close to call in double arithmetic, and powers of two, whose neighbour below is nearer, is left to `String`.
 */
import { writeDigits, ZERO } from './digits.ts';

const POINT = 46;

const DIGITS = 17;
const GROUP = 1e8;

/** Distances of up to 100 are computed to 2^-46; nearer than this to h, or to a tie, they are not trusted. */
const DOUBT = 1e-9;

/** Splits a double into halves of 26 bits, whose products are exact. */
const SPLITTER = 2 ** 27 + 1;

const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
const POWERS_HIGH = POWERS.map((power) => SPLITTER * power - (SPLITTER * power - power));

/** Powers of ten of which a double is at least the last that is not greater; index 0 is 1e-6. */
const FIRST_POWER = -6;
const STEPS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i + FIRST_POWER}`));

const LOG10_OF_2 = Math.log10(2);

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/**
 * Writes the shortest decimal of `value`, for 1e-6 <= value < 2^53 and no integer, to `out[at ..]`. Returns where it
 * ends, or -1 for the few that are left to `String`; then `out` is unchanged but for bytes that will be overwritten.
 */
export function writeFraction(out: Buffer, at: number, value: number): number {
  double[0] = value;
  const top = halves[1] as number;
  if (halves[0] === 0 && (top & 0xfffff) === 0) return -1;
  const exponent = (top >>> 20) - 1023;

  let power = Math.floor(exponent * LOG10_OF_2);
  if (power < FIRST_POWER) power = FIRST_POWER;
  if (value >= (STEPS[power + 1 - FIRST_POWER] as number)) power++;
  const k = DIGITS - 1 - power;
  const ten = POWERS[k] as number;

  // D = product + error, exactly.
  const product = value * ten;
  const tenHigh = POWERS_HIGH[k] as number;
  const tenLow = ten - tenHigh;
  const split = SPLITTER * value;
  const valueHigh = split - (split - value);
  const valueLow = value - valueHigh;
  const error = valueHigh * tenHigh - product + valueHigh * tenLow + valueLow * tenHigh + valueLow * tenLow;

  // D = high * 10^8 + low + fraction, exactly, with 0 <= fraction < 1.
  let high = Math.floor(product / GROUP);
  const whole = Math.floor(error);
  const fraction = error - whole;
  let low = product - high * GROUP + whole;
  if (low < 0) {
    low += GROUP;
    high--;
  } else if (low >= GROUP) {
    low -= GROUP;
    high++;
  }

  double[0] = 0;
  halves[1] = (exponent + 1023 - 53) << 20;
  const h = double[0] * ten;

  const inHundred = (low % 100) + fraction;
  const toHundred = inHundred < 50 ? inHundred : 100 - inHundred;
  const inTen = (low % 10) + fraction;
  const toTen = inTen < 5 ? inTen : 10 - inTen;
  if (Math.abs(toHundred - h) < DOUBT || Math.abs(toTen - h) < DOUBT || Math.abs(inTen - 5) < DOUBT)
    return -1;
  if (toHundred < h) low += inHundred < 50 ? -(low % 100) : 100 - (low % 100);
  else if (toTen < h) low += inTen < 5 ? -(low % 10) : 10 - (low % 10);
  else if (Math.abs(fraction - 0.5) < DOUBT) return -1;
  else if (fraction > 0.5) low++;
  if (low >= GROUP) {
    low -= GROUP;
    high++;
  }
  return writePoint(out, at, high, low, DIGITS - k);
}

/** Writes the nine digits of `high` and the eight of `low` with a point behind the first `before`, without zeros at the end. */
function writePoint(out: Buffer, at: number, high: number, low: number, before: number): number {
  let from = at + 1;
  if (before <= 0) {
    // 0. and the zeros behind it.
    from = writeDigits(out, at, 0, 2 - before);
    out[at + 1] = POINT;
  }
  let end = writeDigits(out, writeDigits(out, from, high, 9), low, 8);
  if (before > 0) {
    for (let i = at; i < at + before; i++) out[i] = out[i + 1] as number;
    out[at + before] = POINT;
  }
  while (out[end - 1] === ZERO) end--;
  return end;
}

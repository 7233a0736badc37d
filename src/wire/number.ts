/**
 * Numbers as pages print them: the shortest decimal that reads back to the same double, which is what JavaScript's
 * `String` gives and what Go's ParseFloat takes. `+Inf`, `-Inf` and `NaN` by those names, and -0 keeps its sign.
 */
import { writeDigits } from './digits.ts';
import { writeFraction } from './double.ts';

/** No number takes more bytes: a sign, six leading zeros with their point, 17 digits. */
export const MAX_NUMBER_BYTES = 25;

const MINUS = 45;

/** Integers up to here are exact, and so is each step of the arithmetic below. Beyond there are no fractions. */
const MAX_EXACT = Number.MAX_SAFE_INTEGER;

/** Smaller ones have an exponent. */
const MIN_FRACTION = 1e-6;

/** The text of a value. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/**
 * The canonical text of an OpenMetrics `le` or `quantile`: shortest digits, an exponent of at least two digits below
 * 1e-4 and from 1e6 up, and always a point or an exponent (`1.0`, `0.005`, `1e+06`).
 */
export function formatCanonical(value: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  const [digits = '', power = ''] = value.toExponential().split('e');
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 6)) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = formatNumber(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** Writes the text of a value to `out[at ..]` (room for `MAX_NUMBER_BYTES`) and returns where it ends. */
export function writeNumber(out: Buffer, at: number, value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude <= MAX_EXACT) {
    const start = value < 0 || (value === 0 && 1 / value < 0) ? at + 1 : at;
    out[at] = MINUS;
    if (Math.floor(magnitude) === magnitude) return writeInteger(out, start, magnitude);
    if (magnitude >= MIN_FRACTION) {
      const end = writeFraction(out, start, magnitude);
      if (end >= 0) return end;
    }
  }
  return at + out.write(formatNumber(value), at, 'latin1');
}

/** Digits of an integer of [0, 2^53). */
function writeInteger(out: Buffer, at: number, value: number): number {
  if (value < 1e9) return writeDigits(out, at, value, widthOf(value));
  let high = Math.floor(value / 1e9);
  let low = value - high * 1e9;
  if (low < 0) {
    high -= 1;
    low += 1e9;
  }
  return writeDigits(out, writeInteger(out, at, high), low, 9);
}

/** Number of digits of an integer below 1e9. */
function widthOf(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1e3) return 3;
  if (value < 1e4) return 4;
  if (value < 1e5) return 5;
  if (value < 1e6) return 6;
  if (value < 1e7) return 7;
  return value < 1e8 ? 8 : 9;
}

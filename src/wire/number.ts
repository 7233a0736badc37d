/**
 * Numbers as pages print them: the shortest decimal that reads back to the same double, which is what JavaScript's
 * `String` gives and what Go's ParseFloat takes. `+Inf`, `-Inf` and `NaN` by those names, and -0 keeps its sign.
 */

/** No number takes more bytes: a sign, six leading zeros with their point, 17 digits. */
export const MAX_NUMBER_BYTES = 25;

const ZERO = 48;
const MINUS = 45;
const POINT = 46;

/** Integers up to here are exact, and so is each step of the arithmetic below. */
const MAX_EXACT = Number.MAX_SAFE_INTEGER;

/**
 * A number of at most six decimals and 15 digits: such decimals are all different doubles, so the digits are the
 * shortest. Real gauges are often like this, and it is several times faster than a string.
 */
const DECIMAL_SCALE = 1e6;
const DECIMAL_LIMIT = 1e15 / DECIMAL_SCALE;

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
    if (magnitude < DECIMAL_LIMIT) {
      const scaled = Math.round(magnitude * DECIMAL_SCALE);
      if (scaled / DECIMAL_SCALE === magnitude) return writeDecimal(out, start, scaled);
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

/** Six decimals without trailing zeros; at least one is not zero. */
function writeDecimal(out: Buffer, at: number, scaled: number): number {
  const whole = Math.floor(scaled / DECIMAL_SCALE);
  let fraction = (scaled - whole * DECIMAL_SCALE) | 0;
  let width = 6;
  while (fraction % 10 === 0) {
    fraction = (fraction / 10) | 0;
    width--;
  }
  const point = writeInteger(out, at, whole);
  out[point] = POINT;
  return writeDigits(out, point + 1, fraction, width);
}

/** The last `width` digits of an integer below 1e9, leading zeros included. */
function writeDigits(out: Buffer, at: number, value: number, width: number): number {
  let rest = value | 0;
  for (let p = at + width - 1; p >= at; p--) {
    const quotient = (rest / 10) | 0;
    out[p] = ZERO + rest - quotient * 10;
    rest = quotient;
  }
  return at + width;
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

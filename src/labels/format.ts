/**
 * Formats of numbered label values: printf style (`pod-%03d`) when there is a `%`, else braces (`web-{}`,
 * `{:04x}`), with the meaning that both have in Python for an integer.
 */

/** How one number is written; the common ground of both styles. */
interface Spec {
  readonly radix: 2 | 8 | 10 | 16;
  readonly upper: boolean;
  /** Decimal places of `f`; `undefined` for integers. */
  readonly decimals: number | undefined;
  /** Least number of digits, zeros in front (`%.3d`). */
  readonly digits: number;
  readonly plus: '' | '+' | ' ';
  readonly prefix: '' | '0b' | '0o' | '0x' | '0X';
  readonly width: number;
  /** `=` pads between sign and digits. */
  readonly align: '<' | '>' | '^' | '=';
  readonly fill: string;
}

type Part = string | Spec;

const MAX_WIDTH = 200;
const MAX_DECIMALS = 20;

const CONVERSION = /%([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z])?/y;
const REPLACEMENT = /\{(0?)(?::(?:(.?)([<>^=]))?([-+ ]?)(#?)(0?)(\d*)(?:\.(\d+))?([a-zA-Z%]?))?\}/uy;

/**
 * Makes the function that writes a number. Throws a RangeError that says what is wrong and what is allowed. Any
 * accepted format gives different texts for different integers.
 */
export function createFormat(format: string): (value: number) => string {
  const parts = format.includes('%') ? parsePrintf(format) : parseBraces(format);
  if (!parts.some((part) => typeof part !== 'string')) {
    throw new RangeError(`the format "${format}" has no place for the number: write %d or {} where it goes`);
  }
  return (value) => {
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : write(part, value);
    return text;
  };
}

function parsePrintf(format: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < format.length) {
    const percent = format.indexOf('%', at);
    if (percent < 0) {
      parts.push(format.slice(at));
      break;
    }
    if (percent > at) parts.push(format.slice(at, percent));
    if (format[percent + 1] === '%') {
      parts.push('%');
      at = percent + 2;
      continue;
    }
    CONVERSION.lastIndex = percent;
    const match = CONVERSION.exec(format);
    const [text = '%', flags = '', width = '', precision, type = ''] = match ?? [];
    if (!/^[diusxXof]$/.test(type)) {
      throw new RangeError(
        `the format "${format}" has "${text}": after % come flags, width and one of d i u s x X o f (or %% for a percent sign)`,
      );
    }
    if (parts.some((part) => typeof part !== 'string')) {
      throw new RangeError(`the format "${format}" has more than one place for the one number`);
    }
    const isText = type === 's';
    if (isText && precision !== undefined) {
      throw new RangeError(
        `the format "${format}" has "${text}", which cuts digits off: 10 and 100 would be the same`,
      );
    }
    const zero = flags.includes('0') && !isText;
    parts.push(
      createSpec(format, {
        type: type === 'i' || type === 'u' || isText ? 'd' : type,
        precision,
        precisionIsDigits: type !== 'f',
        plus: isText ? '' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '',
        alternate: flags.includes('#'),
        width,
        align: flags.includes('-') ? '<' : zero ? '=' : '>',
        fill: zero && !flags.includes('-') ? '0' : ' ',
      }),
    );
    at = percent + text.length;
  }
  return parts;
}

function parseBraces(format: string): Part[] {
  const parts: Part[] = [];
  let automatic = 0;
  let numbered = 0;
  let at = 0;
  while (at < format.length) {
    const rest = format.slice(at);
    const brace = rest.search(/[{}]/);
    if (brace < 0) {
      parts.push(rest);
      break;
    }
    if (brace > 0) parts.push(rest.slice(0, brace));
    at += brace;
    const doubled = format.slice(at, at + 2);
    if (doubled === '{{' || doubled === '}}') {
      parts.push(doubled.slice(1));
      at += 2;
      continue;
    }
    REPLACEMENT.lastIndex = at;
    const match = REPLACEMENT.exec(format);
    const [text = '', index, fill = '', align, sign = '', alternate, zero, width = '', precision, type = ''] =
      match ?? [];
    if (
      match === null ||
      !['', 'd', 'x', 'X', 'o', 'b', 'f'].includes(type) ||
      (precision !== undefined && type !== 'f')
    ) {
      throw new RangeError(
        `the format "${format}" is wrong at "${format.slice(at, at + 12)}": the number goes in as {}, {0}, {:03d} or with ` +
          `fill, align, sign, width and one of d x X o b f (or {{ and }} for braces)`,
      );
    }
    if (index === '0') numbered++;
    else automatic++;
    if (automatic > 1 || (automatic > 0 && numbered > 0)) {
      throw new RangeError(
        `the format "${format}" has more than one {} for the one number; {0} may be repeated`,
      );
    }
    parts.push(
      createSpec(format, {
        type: type === '' ? 'd' : type,
        precision,
        precisionIsDigits: false,
        plus: sign === '+' || sign === ' ' ? sign : '',
        alternate: alternate === '#',
        width,
        align: (align ?? (zero === '0' ? '=' : '>')) as Spec['align'],
        fill: fill === '' ? (zero === '0' ? '0' : ' ') : fill,
      }),
    );
    at += text.length;
  }
  return parts;
}

interface RawSpec {
  readonly type: string;
  readonly precision: string | undefined;
  readonly precisionIsDigits: boolean;
  readonly plus: Spec['plus'];
  readonly alternate: boolean;
  readonly width: string;
  readonly align: Spec['align'];
  readonly fill: string;
}

function createSpec(format: string, raw: RawSpec): Spec {
  const { type, precision, precisionIsDigits, alternate } = raw;
  const width = Number(raw.width);
  const decimals = type === 'f' ? Number(precision ?? 6) : undefined;
  const digits = precisionIsDigits ? Number(precision ?? 0) : 0;
  if (Math.max(width, digits) > MAX_WIDTH || (decimals ?? 0) > MAX_DECIMALS) {
    throw new RangeError(
      `the format "${format}" is too wide: at most ${MAX_WIDTH} characters and ${MAX_DECIMALS} decimal places`,
    );
  }
  // Such a fill would make one text of two numbers: 1 and 10 are both 10000 by {:0<5}.
  if (/[1-9a-zA-Z.+-]/.test(raw.fill) || (raw.fill === '0' && (raw.align === '<' || raw.align === '^'))) {
    throw new RangeError(`the format "${format}" pads with "${raw.fill}", which could be part of a number`);
  }
  const radix = type === 'x' || type === 'X' ? 16 : type === 'o' ? 8 : type === 'b' ? 2 : 10;
  const prefix = alternate && radix !== 10 ? (`0${type}` as Spec['prefix']) : '';
  return {
    radix,
    upper: type === 'X',
    decimals,
    digits,
    plus: raw.plus,
    prefix,
    width,
    align: raw.align,
    fill: raw.fill,
  };
}

function write(spec: Spec, value: number): string {
  const size = Math.abs(value);
  let digits = spec.decimals === undefined ? size.toString(spec.radix) : size.toFixed(spec.decimals);
  if (spec.upper) digits = digits.toUpperCase();
  const sign = `${value < 0 ? '-' : spec.plus}${spec.prefix}`;
  const text = digits.padStart(spec.digits, '0');
  const missing = spec.width - sign.length - text.length;
  if (missing <= 0) return sign + text;
  const left = spec.align === '<' ? 0 : spec.align === '^' ? Math.floor(missing / 2) : missing;
  const before = spec.fill.repeat(left);
  const after = spec.fill.repeat(missing - left);
  return spec.align === '=' ? sign + before + text : before + sign + text + after;
}

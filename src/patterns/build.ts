/** Patterns in TypeScript: functions that make the data which a file would hold. */
import { LyrebirdError } from '../util/errors.ts';
import { formatNotation, parseNotation } from './notation.ts';
import type { Extent, Length, LinearFields, Pattern, PatternFields, PatternNode } from './pattern.ts';
import { patternField } from './schema.ts';
import { extentOf } from './track.ts';

type Fields<Kind extends keyof PatternFields> = PatternFields[Kind];

/** Refuses at once what a file would be refused for. Throws a LyrebirdError `pattern_invalid` that names the place. */
function checked(pattern: PatternNode): Pattern {
  const result = patternField.safeParse(pattern);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new LyrebirdError('pattern_invalid', problems.join('\n'));
}

/** One value, for so many ticks or so long; without a length for ever. */
export function constant(value: number, length?: Length): Pattern {
  return checked({ constant: { value, ...extentOf(length) } });
}

/**
 * A straight line. `length` in ticks includes both ends (a single tick is `from`); by time, `'5m'` or `{ for: '5m', open: 'none' }`,
 * the end is left to what follows unless `open` says otherwise.
 */
export function linear(
  from: number,
  to: number,
  length: Length | (Extent & Pick<LinearFields, 'open'>),
): Pattern {
  return checked({ linear: { from, to, ...extentOf(length) } });
}

/** One value a tick; `null` is a gap. */
export function values(...list: readonly (number | null)[]): Pattern {
  return checked({ values: list });
}

/** Anywhere from `min` to `max`, anew every tick and series. */
export function random(min: number, max: number, length?: Length): Pattern {
  return checked({ random: { min, max, ...extentOf(length) } });
}

/** Around `mean` with standard deviation `sigma`, anew every tick and series. */
export function gaussian(mean: number, sigma: number, length?: Length): Pattern {
  return checked({ gaussian: { mean, sigma, ...extentOf(length) } });
}

/** Ticks at which the series is absent; without a length for ever. */
export function gap(length?: Length): Pattern {
  return checked({ gap: extentOf(length) });
}

export function sine(fields: Fields<'sine'>): Pattern {
  return checked({ sine: fields });
}

export function cosine(fields: Fields<'cosine'>): Pattern {
  return checked({ cosine: fields });
}

export function triangle(fields: Fields<'triangle'>): Pattern {
  return checked({ triangle: fields });
}

export function ramp(fields: Fields<'ramp'>): Pattern {
  return checked({ ramp: fields });
}

export function square(fields: Fields<'square'>): Pattern {
  return checked({ square: fields });
}

export function step(fields: Fields<'step'>): Pattern {
  return checked({ step: fields });
}

/** One after the other; none is nothing. */
export function join(...patterns: readonly Pattern[]): Pattern {
  return checked({ join: patterns });
}

/** Over and over, each pass afresh; without `times` for ever. Nothing repeated is nothing. */
export function loop(of: Pattern, times?: number): Pattern {
  return checked({ loop: { of, ...(times !== undefined && { times }) } });
}

/** Goes on with its last value, or its last gap, for ever. */
export function hold(of: Pattern): Pattern {
  return checked({ hold: { of } });
}

/** The beginning of a pattern. */
export function take(of: Pattern, length: Length): Pattern {
  return checked({ take: { of, ...extentOf(length) } });
}

/** The sum, tick by tick. The shortest ends it; a gap in one is a gap. So it is for `sub` to `max`. */
export function add(...patterns: readonly Pattern[]): Pattern {
  return checked({ add: patterns });
}

/** The first less all others. */
export function sub(...patterns: readonly Pattern[]): Pattern {
  return checked({ sub: patterns });
}

export function mul(...patterns: readonly Pattern[]): Pattern {
  return checked({ mul: patterns });
}

/** The first over all others; a gap where that is no number. */
export function div(...patterns: readonly Pattern[]): Pattern {
  return checked({ div: patterns });
}

export function min(...patterns: readonly Pattern[]): Pattern {
  return checked({ min: patterns });
}

export function max(...patterns: readonly Pattern[]): Pattern {
  return checked({ max: patterns });
}

export function abs(of: Pattern): Pattern {
  return checked({ abs: { of } });
}

/** To so many decimals, halves upwards. */
export function round(of: Pattern, decimals = 0): Pattern {
  return checked({ round: { of, decimals } });
}

/** Held between `min` and `max`. */
export function clamp(of: Pattern, min: number, max: number): Pattern {
  return checked({ clamp: { of, min, max } });
}

/** promtool's series notation, `"0+10x100 _x3 stale 5x10"`, in its shortest form. */
export function notation(text: string): Pattern {
  try {
    return formatNotation(parseNotation(text));
  } catch (error) {
    throw new LyrebirdError('pattern_invalid', (error as Error).message, { cause: error });
  }
}

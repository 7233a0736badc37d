/**
 * Patterns: values tick by tick, composed of smaller ones. A pattern is plain data, the same in a file, in JSON and in
 * TypeScript: a number (for ever), a text in promtool's notation, a list (one after the other), or a mapping with one
 * key. What it is worth at a tick is worked out by track.ts.
 */
export type Pattern = number | string | readonly Pattern[] | PatternNode;

/** How long: so many ticks, or a time (seconds, or text with a unit) rounded up to whole ticks; neither is for ever. */
export interface Extent {
  readonly ticks?: number | undefined;
  readonly for?: number | string | undefined;
}

/** A length as functions take it: a number of ticks, or a time with its unit, `30s`. */
export type Length = number | string;

export interface LinearFields extends Extent {
  readonly from: number;
  readonly to: number;
  /**
   * Which ends of a segment by time are left out. `right` (the default) leaves the end to what follows, so that segments
   * joined last as long as their times; `left` has a gap in place of the first value. By ticks both ends are there.
   */
  readonly open?: 'left' | 'right' | 'both' | 'none' | undefined;
}

export interface WaveFields extends Extent {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Seconds, or text with a unit. */
  readonly period_s: number | string;
  /** Fraction of the period; 0.25 is a quarter ahead. */
  readonly phase?: number | undefined;
}

interface Invertible {
  readonly invert?: boolean | undefined;
}

/** By key what stands below it. */
export interface PatternFields {
  constant: Extent & { readonly value: number };
  linear: LinearFields;
  /** `null` is a gap. */
  values: readonly (number | null)[];
  random: Extent & { readonly min?: number | undefined; readonly max?: number | undefined };
  gaussian: Extent & { readonly mean?: number | undefined; readonly sigma?: number | undefined };
  gap: Length | Extent;
  sine: WaveFields;
  cosine: WaveFields;
  triangle: WaveFields;
  ramp: WaveFields & Invertible;
  square: WaveFields & Invertible & { readonly duty_cycle?: number | undefined };
  step: WaveFields & Invertible & { readonly steps?: number | undefined };
  join: readonly Pattern[];
  /** Without `times` for ever. */
  loop: { readonly of: Pattern; readonly times?: number | undefined };
  hold: { readonly of: Pattern };
  take: Extent & { readonly of: Pattern };
  add: readonly Pattern[];
  sub: readonly Pattern[];
  mul: readonly Pattern[];
  div: readonly Pattern[];
  min: readonly Pattern[];
  max: readonly Pattern[];
  abs: { readonly of: Pattern };
  round: { readonly of: Pattern; readonly decimals?: number | undefined };
  clamp: { readonly of: Pattern; readonly min?: number | undefined; readonly max?: number | undefined };
}

export type PatternKind = keyof PatternFields;

export type PatternNode = {
  [Kind in PatternKind]: { readonly [Key in Kind]: PatternFields[Kind] };
}[PatternKind];

/** What comes when a pattern is over: `remove` ends the series; a number goes on with that value. */
export type EndStrategy = 'hold' | 'loop' | 'remove' | 'gap' | number;

/** The kind and the fields of a mapping. */
export function kindOf(node: PatternNode): PatternKind {
  return Object.keys(node)[0] as PatternKind;
}

/** A pattern, and what comes after it. */
export function withEnd(pattern: Pattern, end: EndStrategy): Pattern {
  switch (end) {
    case 'hold':
      return { hold: { of: pattern } };
    case 'loop':
      return { loop: { of: pattern } };
    case 'gap':
      return { join: [pattern, { gap: {} }] };
    case 'remove':
      return pattern;
    default:
      return { join: [pattern, end] };
  }
}

/** Whether a pattern goes on for ever, whatever the interval. */
export function isEndless(pattern: Pattern): boolean {
  if (typeof pattern === 'number') return true;
  if (typeof pattern === 'string') return false;
  if (isList(pattern)) return pattern.some(isEndless);
  const kind = kindOf(pattern);
  const fields = (pattern as Readonly<Record<string, unknown>>)[kind];
  switch (kind) {
    case 'values':
    case 'linear':
    case 'take':
      return false;
    case 'hold':
      return !isEmpty((fields as PatternFields['hold']).of);
    case 'join':
      return (fields as readonly Pattern[]).some(isEndless);
    case 'loop': {
      const { of, times } = fields as PatternFields['loop'];
      return times === 0 || isEmpty(of) ? false : times === undefined || isEndless(of);
    }
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'min':
    case 'max':
      return (fields as readonly Pattern[]).every(isEndless);
    case 'abs':
    case 'round':
    case 'clamp':
      return isEndless((fields as { readonly of: Pattern }).of);
    default:
      return lengthOf(fields as Length | Extent) === undefined;
  }
}

/** Whether a pattern has no tick at all. */
export function isEmpty(pattern: Pattern): boolean {
  if (typeof pattern === 'number') return false;
  if (typeof pattern === 'string') return pattern.trim() === '' || pattern.trim() === '_x0';
  if (isList(pattern)) return pattern.every(isEmpty);
  const kind = kindOf(pattern);
  const fields = (pattern as Readonly<Record<string, unknown>>)[kind];
  if (Array.isArray(fields)) {
    if (kind === 'values') return fields.length === 0;
    return kind === 'join'
      ? fields.every((one) => isEmpty(one as Pattern))
      : fields.some((one) => isEmpty(one as Pattern));
  }
  if (kind === 'loop' && (fields as PatternFields['loop']).times === 0) return true;
  if (typeof fields === 'object' && fields !== null && 'of' in fields) return isEmpty(fields.of as Pattern);
  return lengthOf(fields as Length | Extent) === 0;
}

/** Ticks, or text, of an extent; `undefined` when it is for ever. */
function lengthOf(fields: Length | Extent): Length | undefined {
  return typeof fields === 'object' ? (fields.ticks ?? fields.for) : fields;
}

/** `Array.isArray` that knows of lists that must not be changed. */
export function isList(pattern: Pattern): pattern is readonly Pattern[] {
  return Array.isArray(pattern);
}

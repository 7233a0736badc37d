/** Numbers that follow a pattern in place of being one: options of algorithms, and how many observations there are. */
import { z } from 'zod';
import { isEmpty, isEndless, withEnd, type EndStrategy, type Pattern } from '../patterns/pattern.ts';
import { patternField } from '../patterns/schema.ts';
import { createTrack, type Track, type TrackOptions } from '../patterns/track.ts';

export interface Patterned {
  readonly pattern: Pattern;
  /** What comes after it. Default: its last value. */
  readonly end?: EndStrategy | undefined;
}

/** A pattern and its end, as the file has them side by side. */
export const patternedFields = z
  .strictObject({
    pattern: patternField.describe(
      'Values tick by tick: a number, a text as "0+10x5 _x3 stale", a list of patterns one after the other, or a mapping with one key.',
    ),
    end: z
      .union([z.enum(['hold', 'loop', 'remove', 'gap']), z.number()])
      .optional()
      .describe(
        'What comes after it: its last value, all of it again, nothing (the series ends), absence, or a value. Default: hold.',
      ),
  })
  .superRefine(({ pattern, end }, context) => {
    if (isEmpty(pattern)) context.addIssue({ code: 'custom', path: ['pattern'], message: 'has no tick' });
    else if (end !== undefined && isEndless(pattern)) {
      context.addIssue({
        code: 'custom',
        path: ['end'],
        message: 'is never reached: the pattern never ends',
      });
    }
  });

const ends = 'its last value, all of it again, or a value. Default: hold.';

/** An option in place of its number: the same for all series of one age, and always there. */
export const patternedOption = patternedFields
  .safeExtend({
    end: z
      .union([z.enum(['hold', 'loop']), z.number()])
      .optional()
      .describe(`What comes after it: ${ends}`),
  })
  .superRefine((fields, context) => {
    if (isEmpty(fields.pattern)) return;
    const { isRandom, hasGaps } = trackOf(fields);
    const refuse = (message: string): void =>
      context.addIssue({ code: 'custom', path: ['pattern'], message });
    if (isRandom)
      refuse('draws, and so would differ from series to series; an option is the same for all of them');
    if (hasGaps) refuse('may have a gap, and an option always has a value');
  });

/** `observations_per_s` in place of its number. */
export const patternedArrivals = patternedFields.safeExtend({
  end: z
    .union([z.enum(['hold', 'loop', 'gap']), z.number()])
    .optional()
    .describe(`What comes after it: nothing is observed any more (gap), ${ends}`),
});

export function isPatterned(value: unknown): value is Patterned {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'pattern');
}

/** Whether an option is a number that may follow a pattern: whole numbers may not, since what is between them is none. */
export function mayFollow(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'number':
      return (schema as z.ZodNumber).format !== 'safeint';
    case 'optional':
    case 'default':
    case 'prefault':
      return mayFollow(def.innerType);
    case 'pipe': {
      const { def: from } = (def.in as z.core.$ZodTypes)._zod;
      return from.type === 'union' && from.options.some((option) => option._zod.def.type === 'number');
    }
    default:
      return false;
  }
}

/** A pattern with its end. Bounds are the same at any interval. */
export function trackOf(
  { pattern, end = 'hold' }: Patterned,
  options: TrackOptions = { intervalMs: 1000 },
): Track {
  return createTrack(isEndless(pattern) ? pattern : withEnd(pattern, end), options);
}

/** Least and greatest value; both 0 when it never has any. */
export function boundsOf(patterned: Patterned): readonly [low: number, high: number] {
  const { low, high } = trackOf(patterned);
  return low <= high ? [low, high] : [0, 0];
}

/** Options with numbers in place of patterns: every combination of their least and greatest values, all least first. */
export function cornersOf(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  return Object.entries(options).reduce<Readonly<Record<string, unknown>>[]>(
    (corners, [name, value]) => {
      const values: readonly unknown[] = isPatterned(value) ? [...new Set(boundsOf(value))] : [value];
      return values.flatMap((one) => corners.map((corner) => ({ ...corner, [name]: one })));
    },
    [{}],
  );
}

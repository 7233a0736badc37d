/** Patterns as a file writes them: strict, every mistake with its path. What is parsed parses to itself. */
import { z } from 'zod';
import { positiveSeconds, size, sizeFromZero } from '../util/fields.ts';
import { parseNotation } from './notation.ts';
import { isEndless, type Pattern, type PatternKind } from './pattern.ts';

const ticks = () => z.int().min(1).optional().describe('So many ticks.');
const time = () =>
  positiveSeconds()
    .optional()
    .describe('So long, in whole ticks: seconds, or with a unit as 5m. Neither ticks nor for is for ever.');
const extent = { ticks: ticks(), for: time() };

const share = () => z.number().min(0).max(1);
const wave = {
  min: size().optional().describe('Lowest value. Default: 0.'),
  max: size().optional().describe('Highest value. Default: 1.'),
  period_s: positiveSeconds().describe('Length of the period, which begins with the pattern.'),
  phase: z.number().optional().describe('Shift as a fraction of the period; 0.25 is a quarter ahead.'),
  ...extent,
};
const invert = z.boolean().optional().describe('Upside down.');

const nested = z.lazy(() => patternField);
const several = z.array(nested).min(1);
const of = nested.describe('The pattern it works on.');

const FIELDS = {
  constant: oneExtent({ value: size().describe('The value.'), ...extent }).describe('One value.'),
  linear: oneExtent({
    from: size().describe('First value.'),
    to: size().describe('Last value; both are there when ticks are given.'),
    ...extent,
    open: z
      .enum(['left', 'right', 'both', 'none'])
      .optional()
      .describe(
        'Ends of a segment by time that are left out. Default: right, so that joined ones last as their times.',
      ),
  })
    .refine(({ ticks, for: time }) => ticks !== undefined || time !== undefined, {
      error: 'needs ticks or for: how long it takes',
    })
    .refine(({ ticks, open }) => ticks === undefined || open === undefined, {
      path: ['open'],
      error: 'is for segments by time (for); by ticks both ends are there',
    })
    .describe('A straight line from one value to another.'),
  values: z.array(z.union([z.number(), z.null()])).describe('One value a tick; null is a gap.'),
  random: withOrder(oneExtent({ min: size().optional(), max: size().optional(), ...extent })).describe(
    'Anywhere from min (0) to max (1), anew every tick and series.',
  ),
  gaussian: oneExtent({ mean: size().optional(), sigma: sizeFromZero().optional(), ...extent }).describe(
    'Around a mean (0) with a standard deviation (1), anew every tick and series.',
  ),
  gap: z
    .union([z.number(), z.string(), z.looseObject({})])
    .transform((value) =>
      typeof value === 'object' ? value : typeof value === 'number' ? { ticks: value } : { for: value },
    )
    .pipe(oneExtent({ ticks: z.int().min(0).optional(), for: time() }))
    .describe('Ticks at which the series is absent: a number of them, or a time with its unit as 30s.'),
  sine: withOrder(oneExtent(wave)).describe('A sine that begins in the middle.'),
  cosine: withOrder(oneExtent(wave)).describe('A sine that begins at max.'),
  triangle: withOrder(oneExtent(wave)).describe('Up for half the period, and down for the other half.'),
  ramp: withOrder(oneExtent({ ...wave, invert })).describe('Rises evenly and begins again.'),
  square: withOrder(
    oneExtent({ ...wave, duty_cycle: share().optional().describe('Share at max. Default: 0.5.'), invert }),
  ).describe('At max for a share of the period, then at min.'),
  step: withOrder(
    oneExtent({ ...wave, steps: z.int().min(2).max(1_000_000).optional().describe('Default: 4.'), invert }),
  ).describe('Climbs in equal steps.'),
  join: z
    .array(nested)
    .superRefine(refuseUnreachable)
    .describe('One after the other; a list by itself is the same.'),
  loop: z
    .strictObject({
      of,
      times: z.int().min(0).optional().describe('How often. Default: for ever.'),
    })
    .superRefine(({ of: inner }, context) => {
      if (isEndless(inner))
        context.addIssue({ code: 'custom', path: ['of'], message: 'never ends, so it is never repeated' });
    })
    .describe('Over and over, each pass afresh.'),
  hold: z.strictObject({ of }).describe('Goes on with its last value when it is over.'),
  take: oneExtent({ of, ...extent })
    .refine(({ ticks, for: time }) => ticks !== undefined || time !== undefined, {
      error: 'needs ticks or for: how much of it',
    })
    .describe('Its beginning.'),
  add: several.describe('The sum, tick by tick. The shortest ends it; a gap in one is a gap.'),
  sub: several.describe('The first less all others.'),
  mul: several.describe('The product.'),
  div: several.describe('The first over all others; a gap where that is no number.'),
  min: several.describe('The least.'),
  max: several.describe('The greatest.'),
  abs: z.strictObject({ of }).describe('Without its sign.'),
  round: z
    .strictObject({ of, decimals: z.int().min(0).max(15).optional().describe('Default: 0.') })
    .describe('To whole numbers, or to decimals.'),
  clamp: withOrder(z.strictObject({ of, min: size().optional(), max: size().optional() })).describe(
    'Held between min and max.',
  ),
} as const satisfies Record<PatternKind, z.ZodType>;

const KINDS = Object.keys(FIELDS) as PatternKind[];

/** Names the kinds where a key is none of them. */
const mapping = z.strictObject(FIELDS);

/** A pattern in the file. */
export const patternField: z.ZodType<Pattern> = z.unknown().transform((raw, context): Pattern => {
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message, input: raw });
    return z.NEVER;
  };
  /** Issues keep what they were raised with, so that the caller puts them in its own words. */
  const parse = <Schema extends z.ZodType>(schema: Schema, value: unknown, path: readonly string[]) => {
    const payload = schema._zod.run({ value, issues: [] }, { async: false }) as z.core.ParsePayload;
    context.issues.push(
      ...z.core.util.prefixIssues(path[0] ?? '', payload.issues).map((issue) => withoutEmpty(issue)),
    );
    return payload.value as z.output<Schema>;
  };
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : refuse(`is ${raw}; needs a finite number`);
  if (typeof raw === 'string') return parseText(raw, refuse);
  if (Array.isArray(raw)) return parse(FIELDS.join, raw, []);
  if (typeof raw !== 'object' || raw === null) {
    return refuse(
      `${raw === undefined ? 'is missing' : raw === null ? 'is empty' : `is ${raw as boolean}`}; needs a number, a text as "0+10x5 _x3", a list of patterns, or a mapping with one of ${KINDS.join(', ')}`,
    );
  }
  const keys = Object.keys(raw);
  const [kind] = keys;
  if (kind === undefined || keys.length > 1) {
    return refuse(
      `has ${keys.length === 0 ? 'no key' : `${keys.length} keys (${keys.join(', ')})`}; a mapping is one pattern, with one key; several are a list`,
    );
  }
  if (!Object.hasOwn(FIELDS, kind)) {
    context.issues.push({
      code: 'unrecognized_keys',
      keys: [kind],
      input: { ...raw },
      inst: mapping,
      path: [],
    });
    return z.NEVER;
  }
  const fields = parse(FIELDS[kind as PatternKind], (raw as Readonly<Record<string, unknown>>)[kind], [kind]);
  return { [kind]: fields } as unknown as Pattern;
});

/** The schema of what stands below each key, for the JSON Schema. */
export const patternFields: Readonly<Record<PatternKind, z.ZodType>> = FIELDS;

function parseText(text: string, refuse: (message: string) => never): Pattern {
  try {
    parseNotation(text);
    return text;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse(error.message);
  }
}

/** Without the empty first part that a prefix of nothing leaves. */
function withoutEmpty<Issue extends { path?: PropertyKey[] | undefined }>(issue: Issue): Issue {
  if (issue.path?.[0] === '') issue.path.shift();
  return issue;
}

/** An object of whose `ticks` and `for` at most one is given. */
function oneExtent<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape).refine(
    (fields) => {
      const { ticks, for: time } = fields as { ticks?: unknown; for?: unknown };
      return ticks === undefined || time === undefined;
    },
    { path: ['for'], error: 'stands beside ticks; one of them is allowed' },
  );
}

/** Refuses a minimum above the maximum, defaults included. */
function withOrder<Schema extends z.ZodObject>(schema: Schema): Schema {
  const isClamp = Object.hasOwn(schema.shape, 'of');
  const boundsOf = (fields: unknown): { min: number; max: number } => {
    const { min, max } = fields as { min?: number; max?: number };
    return isClamp
      ? { min: min ?? Number.NEGATIVE_INFINITY, max: max ?? Number.POSITIVE_INFINITY }
      : { min: min ?? 0, max: max ?? 1 };
  };
  return schema.refine(
    (fields) => {
      const { min, max } = boundsOf(fields);
      return min <= max;
    },
    {
      path: ['max'],
      error: ({ input }) => {
        const { min, max } = boundsOf(input);
        return `is ${max}; it must be min (${min}) or more`;
      },
    },
  );
}

function refuseUnreachable(parts: readonly Pattern[], context: z.RefinementCtx): void {
  const endless = parts.findIndex(isEndless);
  if (endless === -1 || endless === parts.length - 1) return;
  context.addIssue({
    code: 'custom',
    path: [endless + 1],
    message:
      'is never reached: the pattern before it never ends; give that ticks or for, or put it into take',
  });
}

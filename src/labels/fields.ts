/** The label part of the configuration: the values of a label, and profiles with their cap and sampling. */
import { z } from 'zod';
import { positiveSeconds } from '../util/fields.ts';
import { churnFields, type Churn } from './churn/kinds.ts';
import { createFormat } from './format.ts';
import { identityOf } from './sets.ts';
import type { TimedChurn } from './turnover.ts';
import { parseTemplate, type TemplatePart } from './template.ts';

export const labelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'a label name is letters, digits and _, not a digit first' })
  // Backends reserve `__`, and rename `_x` to `key_x` on the OTLP path alone, so that two series would come of one.
  .regex(/^(?!_)/, { error: 'a label name begins with a letter: backends reserve __ and rename _ over OTLP' })
  // The scope of OTLP metrics becomes these labels.
  .regex(/^(?!otel_scope_)/, { error: 'labels otel_scope_* are those of the OTLP scope' });

const labelValue = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .refine((value) => !/\p{Surrogate}/u.test(value), {
    error: 'is not valid Unicode: half of a surrogate pair',
  });

/** The keys that say which values a label has; a label has one of them. */
const SOURCES = ['values', 'range', 'cardinality', 'values_file', 'map', 'template'] as const;
const SPREADS = ['even', 'blocks', 'hash'] as const;

const labelFields = z.strictObject({
  values: z
    .array(labelValue)
    .min(1)
    .optional()
    .describe('The values, in order. Numbers are taken as they are written.'),
  range: z
    .tuple([z.int(), z.int()])
    .optional()
    .describe('The integers from the first to the second, both included, written by fmt.'),
  cardinality: z
    .int()
    .min(1)
    .optional()
    .describe(
      'So many generated values: the integers from 1, written by fmt, which is <label>-{} by default.',
    ),
  values_file: z
    .string()
    .min(1)
    .optional()
    .describe('A text file with one value a line, relative to this file. Empty lines are left out.'),
  fmt: z
    .string()
    .optional()
    .describe('How a number is written: printf style (pod-%03d) or braces (web-{}, {:04x}). Default {}.'),
  template: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A text of other labels' values, as {service}:8080. With range or cardinality {n}, as {n:03d}, is a number that multiplies the series.",
    ),
  of: labelName
    .optional()
    .describe(
      'The label on whose value this one hangs: each pod has one node. It does not multiply the series.',
    ),
  spread: z
    .enum(SPREADS)
    .optional()
    .describe(
      'How values are given to those of `of`: in turn (even, the default), in runs (blocks), or by chance (hash).',
    ),
  map: z.record(z.string(), labelValue).optional().describe('The value for each value of `of`.'),
});

const label = labelFields.superRefine((fields, context) => {
  const { values, range, fmt, cardinality, template, of, spread, map } = fields;
  const refuse = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: 'custom', path, message });
  };
  const numbered = range !== undefined || cardinality !== undefined;
  const given = SOURCES.filter(
    (key) =>
      fields[key] !== undefined && !(template !== undefined && (key === 'range' || key === 'cardinality')),
  );
  if (range !== undefined && cardinality !== undefined) {
    refuse([], 'has both range and cardinality; one of them is allowed');
  } else if (given.length === 0) {
    refuse([], 'needs values or a range, or one of cardinality, values_file, map and template');
  } else if (given.length > 1) {
    refuse([], `has both ${given[0]} and a ${given[1]}; one of them is allowed`);
  }
  if (fields.values_file !== undefined)
    refuse(['values_file'], 'is read with a file of configuration only; write the values');
  if (fmt !== undefined && (template !== undefined || !numbered))
    refuse(['fmt'], 'writes the numbers of a range or cardinality, and there is none');
  else if (fmt !== undefined)
    attempt(
      () => createFormat(fmt),
      (message) => refuse(['fmt'], message),
    );
  if (of === undefined && spread !== undefined)
    refuse(['spread'], 'says how values hang on `of`, and there is none');
  if (of === undefined && map !== undefined)
    refuse(['map'], 'gives a value for each one of `of`, and there is none');
  if (map !== undefined && spread !== undefined) refuse(['spread'], 'has nothing to say beside map');
  if (of !== undefined && template !== undefined)
    refuse(['of'], 'stands beside template; one of them is allowed');
  if (template !== undefined) {
    attempt(
      () => checkTemplate(parseTemplate(template), numbered),
      (message) => refuse(['template'], message),
    );
  }
  if (range !== undefined && range[0] > range[1]) {
    refuse(
      ['range'],
      `is reversed: [${range[0]}, ${range[1]}] holds no number; write [${range[1]}, ${range[0]}]`,
    );
  }
  const first = new Map<string, number>();
  for (const [index, value] of (values ?? []).entries()) {
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, index);
    else
      refuse(
        ['values', index],
        `"${value}" is there already (values[${earlier}]); two equal label sets cannot be told apart`,
      );
  }
});

function attempt(work: () => void, refuse: (message: string) => void): void {
  try {
    work();
  } catch (error) {
    refuse((error as RangeError).message);
  }
}

function checkTemplate(parts: readonly TemplatePart[], numbered: boolean): void {
  const hasNumber = parts.some((part) => typeof part !== 'string' && 'write' in part);
  if (hasNumber && !numbered)
    throw new RangeError('has {n}, and there is no range or cardinality that numbers it');
  if (!hasNumber && numbered)
    throw new RangeError('has no {n}, which is where the number of range or cardinality goes');
}

/** Labels by name, in the order in which they are printed. The last one turns fastest. */
export const labelsFields = z.record(labelName, label);

/** One label set, its labels in the order in which they are printed. */
export const labelSetFields = z.record(labelName, labelValue);

/** Explicit label sets. Two are the same when they have the same labels that are not empty, in whatever order. */
export const labelSetsFields = z
  .array(labelSetFields)
  .min(1)
  .superRefine((sets, context) => {
    const first = new Map<string, number>();
    for (const [index, set] of sets.entries()) {
      const identity = identityOf(set);
      const earlier = first.get(identity);
      if (earlier === undefined) first.set(identity, index);
      else
        context.addIssue({
          code: 'custom',
          path: [index],
          message: `is the label set of label_sets[${earlier}]; two equal label sets cannot be told apart`,
        });
    }
  });

const profileShape = z.strictObject({
  labels: labelsFields.default({}).describe('Labels by name; every combination of their values is a series.'),
  label_sets: labelSetsFields
    .optional()
    .describe(
      'Explicit label sets in place of a product; labels beside them multiply them. A label that a set lacks is empty.',
    ),
  series_cap: z
    .int()
    .min(1)
    .optional()
    .describe('At most so many series for each metric of the profile. Leave it out for all combinations.'),
  sampling_strategy: z
    .enum(['first_n', 'hash', 'cover'])
    .default('first_n')
    .describe(
      'Which combinations a cap keeps: the first in order, a pseudo-random choice, or one in which every value occurs as soon as it can. A larger cap only extends each.',
    ),
  zipf_alpha: z
    .number()
    .min(0)
    .max(10)
    .optional()
    .describe(
      "Skews the choice of hash: value k of a label is drawn with a weight of k^-alpha, the first value most often. 1 is Zipf's law, 0 no skew.",
    ),
  churn: churnFields
    .optional()
    .describe(
      'How series turn over while the run goes on: those of old label values end, others begin from zero.',
    ),
  ramp_series: positiveSeconds()
    .optional()
    .describe(
      'Series come one after the other in so much time from the start, as a service does that is rolled out.',
    ),
});

/** A label space that metrics share. */
export const profileFields = profileShape
  .superRefine(checkChurn)
  .superRefine(({ zipf_alpha: alpha, series_cap: cap, sampling_strategy: strategy }, context) => {
    if (alpha === undefined) return;
    const refuse = (message: string): void => {
      context.addIssue({ code: 'custom', path: ['zipf_alpha'], message });
    };
    if (cap === undefined) refuse('skews which series a series_cap keeps, and there is none');
    else if (strategy !== 'hash') refuse(`skews the choice of sampling_strategy hash; it is ${strategy}`);
  });

function checkChurn(profile: z.output<typeof profileShape>, context: z.RefinementCtx): void {
  if (profile.churn === undefined) return;
  const mistake = findChurnMistake(profile, profile.churn);
  if (mistake !== undefined)
    context.addIssue({ code: 'custom', path: ['churn', mistake.key], message: mistake.message });
}

/** What of a churn cannot be in a profile. */
export function findChurnMistake(
  { labels, label_sets: sets }: Pick<z.output<typeof profileShape>, 'labels' | 'label_sets'>,
  churn: Churn,
): { readonly key: string; readonly message: string } | undefined {
  const own = labels[churn.label];
  const listed = sets?.map((set) => set[churn.label] ?? '');
  const isSet = listed?.some((value) => value !== '') === true;
  if (own === undefined && !isSet) {
    const names = [...new Set([...Object.keys(labels), ...(sets ?? []).flatMap((set) => Object.keys(set))])];
    return {
      key: 'label',
      message: `is ${JSON.stringify(churn.label)}, which is no label of the profile; it has ${names.join(', ') || 'none'}`,
    };
  }
  const values = isSet ? new Set(listed) : new Set(own?.values);
  if (values.has(''))
    return {
      key: 'label',
      message: `is ${churn.label}, which is empty in some series; there is nothing to turn over`,
    };
  const ranged = own?.range === undefined ? own?.cardinality : own.range[1] - own.range[0] + 1;
  const count = isSet || own?.values !== undefined ? values.size : ranged;
  if (churn.kind === 'autoscale' && count !== undefined && churn.max > count)
    return { key: 'max', message: `is ${churn.max}; ${churn.label} has ${count} values` };
  return undefined;
}

export type Label = z.output<typeof label>;
export type Labels = z.output<typeof labelsFields>;
export type LabelSets = z.output<typeof labelSetsFields>;
export type Profile = z.output<typeof profileFields> & {
  /** Churns that began while it runs, ended ones too; never in a file. */
  readonly churns?: readonly TimedChurn[] | undefined;
};

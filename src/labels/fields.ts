/** The label part of the configuration: the values of a label, and profiles with their cap and sampling. */
import { z } from 'zod';
import { createFormat } from './format.ts';
import { identityOf } from './sets.ts';

const labelName = z
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

const label = z
  .strictObject({
    values: z
      .array(labelValue)
      .min(1)
      .optional()
      .describe('The values, in order. Numbers are taken as they are written.'),
    range: z
      .tuple([z.int(), z.int()])
      .optional()
      .describe('The integers from the first to the second, both included, written by fmt.'),
    fmt: z
      .string()
      .optional()
      .describe(
        'How a number of the range is written: printf style (pod-%03d) or braces (web-{}, {:04x}). Default {}.',
      ),
  })
  .superRefine(({ values, range, fmt }, context) => {
    const refuse = (path: (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    if ((values === undefined) === (range === undefined)) {
      refuse(
        [],
        values === undefined
          ? 'needs values or a range'
          : 'has both values and a range; one of them is allowed',
      );
    }
    if (fmt !== undefined && range === undefined)
      refuse(['fmt'], 'writes the numbers of a range, and there is none');
    if (fmt !== undefined) {
      try {
        createFormat(fmt);
      } catch (error) {
        refuse(['fmt'], (error as RangeError).message);
      }
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

/** A label space that metrics share. */
export const profileFields = z.strictObject({
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
    .enum(['first_n', 'hash'])
    .default('first_n')
    .describe(
      'Which combinations a cap keeps: the first in order, or a pseudo-random choice that a larger cap only extends.',
    ),
});

export type Labels = z.output<typeof labelsFields>;
export type LabelSets = z.output<typeof labelSetsFields>;
export type Profile = z.output<typeof profileFields>;

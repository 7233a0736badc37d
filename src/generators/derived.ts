import { z } from 'zod';
import {
  compileExpression,
  isMonotonic,
  namesIn,
  parseExpression,
  type Evaluate,
  type Expression,
} from './expression.ts';
import { defineScalar, factorAt, type GeneratorContext } from './generator.ts';

const expression = z.string().superRefine((text, context) => {
  try {
    parseExpression(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as RangeError).message });
  }
});

const DESCRIPTION =
  'Over names of other metrics with the same labels: numbers, + - *, / by a number, ( ), min, max, floor, and time (seconds since 1970).';

function readerOf(text: string, { inputs }: GeneratorContext): Evaluate {
  const parsed: Expression = parseExpression(text);
  let evaluate: Evaluate | undefined;
  return (batch, out) => {
    evaluate ??= compileExpression(parsed, (name) => {
      const values = inputs?.get(name);
      if (values === undefined) throw new RangeError(`${text}: there are no values of ${name}`);
      return values;
    });
    evaluate(batch, out);
  };
}

/** Level: the expression over what its inputs show at the same tick. */
export const derivedLevel = defineScalar({
  name: 'derived',
  summary: 'Follows from other metrics of the same series at the same tick, as free = total - used.',
  types: ['gauge'],
  options: z.strictObject({ expression: expression.default('time').describe(DESCRIPTION) }),
  examples: [{ expression: '2 + 3 * 4' }, { expression: '-max(1, 2.5, time / 1e9) - floor(.5)' }],
  inputs: ({ expression: text }) => namesIn(parseExpression(text)),
  create({ expression: text }, context) {
    const read = readerOf(text, context);
    return { state: [], fill: (batch, out) => read(batch, out) };
  },
});

/** Increment: by how much the expression over the totals of its inputs has grown, times modulation; a reset begins at 0. */
export const derivedTotal = defineScalar({
  name: 'derived',
  summary: 'Grows as other counters of the same series do, as total = reads + writes.',
  types: ['counter'],
  options: z.strictObject({
    expression: expression
      .refine((text) => isSum(text), {
        error: 'could fall: of a counter it is a sum of counters, and of positive multiples of them',
      })
      .default('time')
      .describe(DESCRIPTION),
  }),
  examples: [{ expression: '5' }, { expression: 'time' }],
  inputs: ({ expression: text }) => namesIn(parseExpression(text)),
  create({ expression: text }, context) {
    const read = readerOf(text, context);
    let scratch = new Float64Array(0);
    const readInto = (batch: Parameters<Evaluate>[0]): Float64Array => {
      if (scratch.length < batch.to - batch.from) scratch = new Float64Array(batch.to - batch.from);
      read(batch, scratch);
      return scratch;
    };
    return {
      state: ['previous'],
      fractional: true,
      start(batch) {
        const { from, to, state } = batch;
        (state['previous'] as Float64Array).set(readInto(batch).subarray(0, to - from), from);
      },
      fill(batch, out, rate) {
        const { from, to, state } = batch;
        const previous = state['previous'] as Float64Array;
        const now = readInto(batch);
        for (let slot = from; slot < to; slot++) {
          const total = now[slot - from] as number;
          const grown = total - (previous[slot] as number);
          previous[slot] = total;
          out[slot - from] = Math.max(0, grown < 0 ? total : grown) * factorAt(rate, slot);
        }
      },
    };
  },
});

function isSum(text: string): boolean {
  try {
    return isMonotonic(parseExpression(text));
  } catch {
    return true;
  }
}

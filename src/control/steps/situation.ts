/** `situation:` in a scenario: leads learned series to another situation, at once or over some time. */
import { z } from 'zod';
import { nearest } from '../../util/errors.ts';
import { effectFields } from '../effect.ts';
import { durationFromZero } from '../fields.ts';
import { situationEffect } from '../situation.ts';
import { defineStep } from '../step.ts';

export const situationStep = defineStep({
  name: 'situation',
  fields: z
    .strictObject({
      to: z.string().min(1).describe('Name of the situation.'),
      over: durationFromZero()
        .prefault(0)
        .describe('How long the way there takes, and the way back where the step ends.'),
      series: effectFields.series,
    })
    .describe('Leads learned series to another situation, as POST /control/situation does.'),
  *check({ to, over }, { durationS }, { metrics }) {
    const known = [...new Set(metrics.flatMap(({ situations }) => situations))];
    if (!known.includes(to)) {
      const close = nearest(to, known);
      const hint = close === undefined ? '.' : `, did you mean ${close}?`;
      yield {
        path: ['to'],
        message: `is ${to}, a situation that no metric knows${hint} Situations: ${known.join(', ') || 'none'}`,
      };
    }
    if (durationS !== undefined && 2 * over > durationS)
      yield {
        path: ['over'],
        message: `is ${over} s there and ${over} s back, which do not fit into the ${durationS} s of the step`,
      };
  },
  start: ({ over, ...body }, { id, at, durationS }) => ({
    do: 'set_effect' as const,
    ...situationEffect({ ...body, id, at, durationS, overS: over }),
  }),
  end: (id) => ({ do: 'cancel_effect' as const, id }),
});

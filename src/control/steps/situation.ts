/** `situation:` in a scenario: leads learned series to another situation, at once or over some time. */
import { z } from 'zod';
import { durationFromZero } from '../fields.ts';
import { checkSituation, situationEffect, situationFields } from '../situation.ts';
import { defineStep } from '../step.ts';

export const situationStep = defineStep({
  name: 'situation',
  fields: z
    .strictObject({
      to: situationFields.to,
      over: durationFromZero()
        .prefault(0)
        .describe('How long the way there takes, and the way back where the step ends.'),
      series: situationFields.series,
    })
    .describe('Leads learned series to another situation, as POST /control/situation does.'),
  check: ({ to, over }, { durationS }, { metrics }) =>
    checkSituation({ to, overS: over, durationS }, metrics, { over: 'over', whole: 'the step' }),
  start: ({ over, ...body }, { id, at, durationS }) => ({
    do: 'set_effect' as const,
    ...situationEffect({ ...body, id, at, durationS, overS: over }),
  }),
  end: (id) => ({ do: 'cancel_effect' as const, id }),
});

/** `fault:` in a scenario: the body of `POST /api/v1/faults`, without its time. */
import { z } from 'zod';
import { faultFields, refuseForeign } from '../fault.ts';
import { defineStep, type Mistake } from '../step.ts';

export const faultStep = defineStep({
  name: 'fault',
  fields: z
    .strictObject(faultFields)
    .describe('Spoils scrapes or pushes, as POST /api/v1/faults does.')
    .superRefine(refuseForeign),
  *check(): Generator<Mistake> {
    // It is about no metric.
  },
  start: (body, { id, at, durationS }) => ({
    do: 'set_fault' as const,
    ...body,
    id,
    at,
    ...(durationS !== undefined && { duration_s: durationS }),
  }),
  end: (id) => ({ do: 'cancel_fault' as const, id }),
});

/** `fault:` in a scenario: the body of `POST /api/v1/faults`, without its time. */
import { z } from 'zod';
import { FAULT_KINDS } from '../../sinks/shared/faults.ts';
import { faultFields, refuseForeign, spoilsNothing } from '../fault.ts';
import { defineStep } from '../step.ts';

export const faultStep = defineStep({
  name: 'fault',
  fields: z
    .strictObject(faultFields)
    .describe('Spoils scrapes or pushes, as POST /api/v1/faults does.')
    .superRefine(refuseForeign),
  *check({ kind }, _, { exporters }) {
    if (!exporters[FAULT_KINDS[kind]]) yield { path: ['kind'], message: spoilsNothing(kind) };
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

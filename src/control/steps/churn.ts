/** `churn:` in a scenario: the body of `POST /api/v1/churn`, without its time. */
import { z } from 'zod';
import { runtimeChurnFields } from '../churn.ts';
import { defineStep } from '../step.ts';

export const churnStep = defineStep({
  name: 'churn',
  fields: z
    .strictObject(runtimeChurnFields)
    .describe('Has series of a profile turn over, as POST /api/v1/churn does.'),
  // Profiles are looked at when the scenario starts: a step is checked against metrics alone.
  check: () => [],
  start: (body, { id, at, durationS }) => ({ do: 'set_churn' as const, ...body, id, at, durationS }),
  end: (id) => ({ do: 'cancel_churn' as const, id }),
});

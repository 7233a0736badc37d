/** `explode:` in a scenario: the body of `POST /api/v1/explosions`, without its time. */
import { z } from 'zod';
import { explosionFields } from '../explosion.ts';
import { defineStep, findSubjects } from '../step.ts';

export const explodeStep = defineStep({
  name: 'explode',
  fields: z
    .strictObject(explosionFields)
    .describe('Gives a metric a label with many values, as POST /api/v1/explosions does.'),
  *check({ metric, label }, _, subjects) {
    const found = subjects.find(({ name }) => name === metric);
    if (found === undefined) {
      const message = findSubjects(metric, subjects);
      yield {
        path: ['metric'],
        message: typeof message === 'string' ? message : 'is a pattern; needs one metric',
      };
    } else if (found.labels.includes(label)) {
      yield { path: ['label'], message: `is ${label}, which ${metric} has already` };
    }
  },
  start: (body, { id, at, durationS }) => ({ do: 'explode' as const, ...body, id, at, durationS }),
  end: (id) => ({ do: 'cancel_explosion' as const, id }),
});

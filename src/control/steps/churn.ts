/** `churn:` in a scenario: the body of `POST /api/v1/churn`, without its time. */
import { z } from 'zod';
import { findChurnMistake } from '../../labels/fields.ts';
import { nearest } from '../../util/errors.ts';
import { runtimeChurnFields } from '../churn.ts';
import { defineStep } from '../step.ts';

export const churnStep = defineStep({
  name: 'churn',
  fields: z
    .strictObject(runtimeChurnFields)
    .describe('Has series of a profile turn over, as POST /api/v1/churn does.'),
  *check({ profile: name, churn }, _, { profiles }) {
    const profile = profiles.get(name);
    if (profile === undefined) {
      const close = nearest(name, profiles.keys());
      const hint = close === undefined ? '.' : `, did you mean ${close}?`;
      const all = [...profiles.keys()].join(', ') || 'none';
      yield {
        path: ['profile'],
        message: `is ${name}, and no profile is called so${hint} Profiles: ${all}`,
      };
      return;
    }
    const mistake = findChurnMistake(profile, churn);
    if (mistake !== undefined) yield { path: ['churn', mistake.key], message: mistake.message };
    else if (profile.churn !== undefined && profile.churn.label !== churn.label)
      yield {
        path: ['churn', 'label'],
        message: `is ${churn.label}, and series of ${name} turn over by ${profile.churn.label}; all churn of a profile is of one label`,
      };
  },
  start: (body, { id, at, durationS }) => ({ do: 'set_churn' as const, ...body, id, at, durationS }),
  end: (id) => ({ do: 'cancel_churn' as const, id }),
});

/** `spike:` in a scenario: the body of `POST /control/spike`, without its length. */
import { z } from 'zod';
import { spikeChange } from '../../engine/effects.ts';
import { isMeasured } from '../../series/family.ts';
import { spikeFields } from '../spike.ts';
import { defineStep, findSubject } from '../step.ts';

export const spikeStep = defineStep({
  name: 'spike',
  fields: z
    .strictObject(spikeFields)
    .describe('Multiplies what a metric generates, as POST /control/spike does.'),
  *check({ metric }, _, { metrics }) {
    const found = findSubject(metric, metrics);
    if (typeof found === 'string') yield { path: ['metric'], message: found };
    else if (!isMeasured(found))
      yield { path: ['metric'], message: `is ${metric}, whose values are 0 and 1 and cannot be multiplied` };
  },
  start({ metric, multiplier }, { id, at, durationS }, typeOf) {
    const change =
      spikeChange(typeOf(metric) ?? 'counter') === 'rate'
        ? { rate: multiplier }
        : { value: { scale: multiplier } };
    return { do: 'set_effect' as const, id, metrics: [metric], at, durationS, ...change };
  },
  end: (id) => ({ do: 'cancel_effect' as const, id }),
});

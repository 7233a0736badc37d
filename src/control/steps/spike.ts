/** `spike:` in a scenario: the body of `POST /control/spike`, without its length. */
import { z } from 'zod';
import { spikeChange } from '../../engine/effects.ts';
import { findSpikeMistakes, spikeFields } from '../spike.ts';
import { defineStep } from '../step.ts';

export const spikeStep = defineStep({
  name: 'spike',
  fields: z
    .strictObject(spikeFields)
    .describe('Multiplies what a metric generates, as POST /control/spike does.'),
  check: (body, _, { metrics }) => findSpikeMistakes(body, metrics),
  start({ metric, multiplier }, { id, at, durationS }, typeOf) {
    const change =
      spikeChange(typeOf(metric) ?? 'counter') === 'rate'
        ? { rate: multiplier }
        : { value: { scale: multiplier } };
    return { do: 'set_effect' as const, id, metrics: [metric], at, durationS, ...change };
  },
  end: (id) => ({ do: 'cancel_effect' as const, id }),
});

/** `explode:` in a scenario: the body of `POST /api/v1/explosions`, without its time. */
import { z } from 'zod';
import { explosionFields } from '../explosion.ts';
import { defineStep, findSubject } from '../step.ts';

export const explodeStep = defineStep({
  name: 'explode',
  fields: z
    .strictObject(explosionFields)
    .describe('Gives a metric a label with many values, as POST /api/v1/explosions does.'),
  *check({ metric, label, values }, _, { metrics, maxSeries }) {
    const found = findSubject(metric, metrics);
    if (typeof found === 'string') {
      yield { path: ['metric'], message: found };
      return;
    }
    if (found.labels.includes(label))
      yield { path: ['label'], message: `is ${label}, which ${metric} has already` };
    if (found.unexplodable !== undefined) yield { path: ['metric'], message: found.unexplodable };
    const others = metrics.reduce((sum, { storedSeries }) => sum + storedSeries, 0) - found.storedSeries;
    const total = others + found.storedSeries * values;
    if (total > maxSeries)
      yield {
        path: ['values'],
        message: `is ${values}, which brings the stored series to ${total.toLocaleString('en')}, more than limits.max_series, ${maxSeries.toLocaleString('en')}`,
      };
  },
  start: (body, { id, at, durationS }) => ({ do: 'explode' as const, ...body, id, at, durationS }),
  end: (id) => ({ do: 'cancel_explosion' as const, id }),
});

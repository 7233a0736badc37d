/** Error rates of `POST /control/error_rate` as an action: an effect whose labels and values are found by what they are called. */
import { errorLabelsOf, type ErrorRateRequest } from '../../control/error-rate.ts';
import type { Family } from '../../series/family.ts';
import { LyrebirdError } from '../../util/errors.ts';
import { defineAction } from '../action.ts';
import type { EffectStatus } from '../status.ts';
import { unknownMetric } from '../unknown.ts';

export const errorRate = defineAction<'error_rate', ErrorRateRequest, EffectStatus>({
  name: 'error_rate',
  async prepare({ metric, rate, ...times }, { effects, lineUp }) {
    const prepared = await effects.prepare({
      // Another rate for the metric takes the place of this one.
      id: `error-rate-${metric.replaceAll(/[^A-Za-z0-9._-]/g, '_')}`.slice(0, 64),
      metrics: [metric],
      errorRate: { ...labelsOf(metric, lineUp.families), share: rate },
      ...times,
    });
    return { commit: async (now) => effects.set(await effects.renew(prepared), now).effect };
  },
});

function labelsOf(metric: string, families: readonly Family[]) {
  const family = families.find(({ name }) => name === metric);
  if (family === undefined)
    throw unknownMetric(
      metric,
      families.map(({ name }) => name),
    );
  if (family.type !== 'counter') throw invalid(`${metric} is a ${family.type}; error rates are for counters`);
  const labels = errorLabelsOf(family.labels.dimensions);
  if (labels !== undefined) return labels;
  throw invalid(
    `${metric} has no label such as status or code with values such as 200 and 500; name them in error_rate of POST /api/v1/effects`,
  );
}

function invalid(message: string): LyrebirdError {
  return new LyrebirdError('invalid_effect', message);
}

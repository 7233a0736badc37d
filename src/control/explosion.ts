/** Explosions as they are asked for: a label that a metric gets for a while. */
import { z } from 'zod';
import { labelName } from '../labels/fields.ts';

/** What explodes, without its time. */
export const explosionFields = {
  metric: z.string().describe('Name in the file, without the prefix of an exporter.'),
  label: labelName
    .refine((name) => name !== 'le' && name !== 'quantile', {
      error: 'le and quantile are labels of buckets and quantiles',
    })
    .describe('A label that the metric does not have.')
    .meta({ example: 'request_id' }),
  values: z
    .int()
    .min(1)
    .max(10_000_000)
    .describe('How many values it has, 1 to so many: each series of the metric becomes so many others.'),
};

export interface ExplosionRequest {
  /** Names the explosion: one by the same id is replaced. Default: `explosion-1`, `explosion-2`, ... */
  readonly id?: string | undefined;
  /** Name of the family, as in the file. */
  readonly metric: string;
  readonly label: string;
  /** At least 1. */
  readonly values: number;
  /** First tick: its number, or the model time that it is not before. Default: the next one. */
  readonly at?: number | string | undefined;
  /** More than 0; rounded up to whole ticks. None lasts until it is cancelled. */
  readonly durationS?: number | undefined;
}

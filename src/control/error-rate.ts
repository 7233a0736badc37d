/** Error rates as Mockingbird asks for them: successes of a counter that fail for a while. */
import { z } from 'zod';
import type { Dimension } from '../labels/space.ts';
import type { ErrorRate } from './effect.ts';
import { share } from './fields.ts';

/** What fails, without its length. */
export const errorRateFields = {
  metric: z.string().describe('Name in the file, of a counter with a label such as status or code.'),
  rate: share().describe('The share of successes that fail.'),
};

export interface ErrorRateRequest {
  /** Name of the family, as in the file. */
  readonly metric: string;
  /** Above 0, up to 1. */
  readonly rate: number;
  /** First tick: its number, or the model time that it is not before. Default: the next one. */
  readonly at?: number | string | undefined;
  /** More than 0; rounded up to whole ticks. */
  readonly durationS: number;
}

const STATUS_LABELS = [
  'status',
  'status_code',
  'code',
  'http_status',
  'http_status_code',
  'response_code',
  'http_response_status_code',
];
/** Values that mean success and failure, the plainest first. */
const SUCCESS = [/^200$/, /^2\d\d$/, /^(ok|success)$/i];
const FAILURE = [/^500$/, /^5\d\d$/, /^(error|failure|failed)$/i];
/** A label with more values is no status. */
const MAX_STATUSES = 1000;

/** The label that tells success from failure, with a value of each; `undefined` when there is none. */
export function errorLabelsOf(dimensions: readonly Dimension[]): Pick<ErrorRate, 'from' | 'to'> | undefined {
  for (const name of STATUS_LABELS) {
    const dimension = dimensions.find((one) => one.name === name);
    if (dimension === undefined || dimension.count > MAX_STATUSES) continue;
    const values = Array.from({ length: dimension.count }, (_, index) => dimension.value(index));
    const [from, to] = [SUCCESS, FAILURE].map((patterns) =>
      patterns
        .map((pattern) => values.find((value) => pattern.test(value)))
        .find((value) => value !== undefined),
    );
    if (from !== undefined && to !== undefined) return { from: { [name]: from }, to: { [name]: to } };
  }
  return undefined;
}

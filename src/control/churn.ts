/** Churn as it is asked for while a run goes on. */
import { z } from 'zod';
import { churnFields, type Churn } from '../labels/churn/kinds.ts';

/** What turns over, without its time. */
export const runtimeChurnFields = {
  profile: z.string().describe('The profile whose series turn over.'),
  churn: churnFields.describe('As `churn` of a profile in the file; its times count from its first tick.'),
};

export interface ChurnRequest {
  /** Names the churn: one by the same id is replaced. Default: `churn-1`, `churn-2`, ... */
  readonly id?: string | undefined;
  /** Name of the profile, as in the file. */
  readonly profile: string;
  readonly churn: Churn;
  /** First tick: its number, or the model time that it is not before. Default: the next one. */
  readonly at?: number | string | undefined;
  /** More than 0; rounded up to whole ticks. None lasts until it is cancelled. */
  readonly durationS?: number | undefined;
}

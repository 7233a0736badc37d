/** Spikes as they are asked for. */
import { z } from 'zod';

const POSITIVE = { error: 'needs a finite number above 0' };

/** What a spike changes, without its length. */
export const spikeFields = {
  metric: z.string().describe('Name in the file, without the prefix of an exporter.'),
  multiplier: z
    .number(POSITIVE)
    .gt(0, POSITIVE)
    .describe('Of the rate of a counter, the level of a gauge, each observation of the others.'),
};

export interface SpikeRequest {
  /** Name of the family, as in the file. */
  readonly metric: string;
  /** More than 0. Counter: times its rate; gauge: times its level; histogram, summary: times each observation. */
  readonly multiplier: number;
  /** First tick: its number, or the model time that it is not before. Default: the next one. */
  readonly at?: number | string | undefined;
  /** More than 0; rounded up to whole ticks, at least one. */
  readonly durationS: number;
}

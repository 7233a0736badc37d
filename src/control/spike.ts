/** Spikes as they are asked for. */
import { z } from 'zod';
import { durationAboveZero } from './fields.ts';

const POSITIVE = { error: 'needs a finite number above 0' };

/** What a spike changes, without its length. */
export const spikeFields = {
  metric: z.string().describe('Name in the file, without the prefix of an exporter.'),
  multiplier: z
    .number(POSITIVE)
    .gt(0, POSITIVE)
    .describe('Of the rate of a counter, the level of a gauge, each observation of the others.'),
};

/** Seconds, or a duration with units. */
export function spikeDuration() {
  return durationAboveZero()
    .describe('Seconds, or a duration with units; rounded up to whole ticks.')
    .meta({ example: 30 });
}

export interface SpikeRequest {
  /** Name of the family, as in the file. */
  readonly metric: string;
  /** More than 0. Counter: times its rate; gauge: times its level; histogram, summary: times each observation. */
  readonly multiplier: number;
  /** More than 0; rounded up to whole ticks, at least one. */
  readonly durationS: number;
}

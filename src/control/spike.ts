/** Spikes as they are asked for. */
import { z } from 'zod';
import { spikeChange } from '../engine/effects.ts';
import { declaredType, isMeasured, withArticle, type Family } from '../series/family.ts';
import { MAX_RATE, MAX_VALUE } from './effect-rules.ts';
import { findSubject, type Mistake, type Subject } from './step.ts';

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

/** Of a multiplier that numbers of a metric do not bear: totals that are infinite once are so for ever. In words. */
export function whyTooMuch(
  multiplier: number,
  metric: Pick<Family, 'name' | 'type' | 'declared'>,
): string | undefined {
  const most = spikeChange(metric.type) === 'rate' ? MAX_RATE : MAX_VALUE;
  if (multiplier <= most) return undefined;
  return `is ${multiplier}; allowed for ${metric.name}, ${withArticle(declaredType(metric))}: above 0, up to ${most}`;
}

/** What of a spike in the file cannot be for these metrics. */
export function* findSpikeMistakes(
  { metric, multiplier }: Pick<SpikeRequest, 'metric' | 'multiplier'>,
  metrics: readonly Subject[],
): Generator<Mistake> {
  const found = findSubject(metric, metrics);
  if (typeof found === 'string') {
    yield { path: ['metric'], message: found };
    return;
  }
  const excess = whyTooMuch(multiplier, found);
  if (!isMeasured(found))
    yield { path: ['metric'], message: `is ${metric}, whose values are 0 and 1 and cannot be multiplied` };
  else if (excess !== undefined) yield { path: ['multiplier'], message: excess };
}

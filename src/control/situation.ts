/** Situations as they are asked for: effects on every metric that knows them. */
import { z } from 'zod';
import { effectFields, type EffectRequest } from './effect.ts';
import { nearSituations } from './effect-rules.ts';
import { durationFromZero } from './fields.ts';
import type { Mistake, Subject } from './step.ts';

/** Where it leads, without when. */
export const situationFields = {
  to: z.string().min(1).describe('Name of the situation.'),
  over_s: durationFromZero()
    .optional()
    .describe('How long the way there takes, and the way back where it ends. Default: it is there at once.')
    .meta({ example: '2m' }),
  series: effectFields.series,
};

interface SituationRequest extends Pick<EffectRequest, 'id' | 'series' | 'at' | 'durationS'> {
  /** Name of the situation. */
  readonly to: string;
  /** How long the way there takes, and the way back where it ends; 0 for at once. */
  readonly overS: number;
}

/** The effect that leads there. */
export function situationEffect({ to, overS, ...rest }: SituationRequest): EffectRequest {
  return {
    ...rest,
    metrics: ['*'],
    situation: to,
    ...(overS > 0 && { rampUpS: overS }),
    ...(overS > 0 && rest.durationS !== undefined && { rampDownS: overS }),
  };
}

/** What of it cannot be for these metrics; `keys` are those under which the file has its way and its length. */
export function* checkSituation(
  { to, overS, durationS }: Pick<SituationRequest, 'to' | 'overS' | 'durationS'>,
  metrics: readonly Subject[],
  keys: { readonly over: string; readonly whole: string },
): Generator<Mistake> {
  const known = new Set(metrics.flatMap(({ situations }) => situations));
  if (!known.has(to))
    yield {
      path: ['to'],
      message: `is ${to}, a situation that no metric knows${nearSituations(to, known)}`,
    };
  if (durationS !== undefined && 2 * overS > durationS)
    yield {
      path: [keys.over],
      message: `is ${overS} s there and ${overS} s back, which do not fit into the ${durationS} s of ${keys.whole}`,
    };
}

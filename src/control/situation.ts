/** Situations as they are asked for: effects on every metric that knows them. */
import type { EffectRequest } from './effect.ts';

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

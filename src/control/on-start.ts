/** `runtime.on_start`: the actions that a run begins with, in the form that Mockingbird gives them. */
import { z } from 'zod';
import { errorRateFields, type ErrorRateRequest } from './error-rate.ts';
import type { EffectRequest } from './effect.ts';
import { boundedTimeFields } from './fields.ts';
import { checkSituation, situationEffect, situationFields } from './situation.ts';
import { findSpikeMistakes, spikeFields, type SpikeRequest } from './spike.ts';
import { findSubject, type Mistake, type Scene } from './step.ts';

/** What each action needs, and what it may have; it has no other keys. */
const KEYS = {
  spike: { needs: ['metric', 'multiplier', 'duration_s'], may: [] },
  error_rate: { needs: ['metric', 'rate', 'duration_s'], may: [] },
  situation: { needs: ['to'], may: ['over_s', 'series', 'duration_s'] },
  scenario: { needs: ['scenario'], may: [] },
} as const;

const actionNames = Object.keys(KEYS) as (keyof typeof KEYS)[];

export const onStartFields = z
  .strictObject({
    action: z.enum(actionNames).describe('What to do.'),
    metric: spikeFields.metric.optional(),
    multiplier: spikeFields.multiplier.optional(),
    rate: errorRateFields.rate.optional(),
    to: situationFields.to.optional(),
    over_s: situationFields.over_s,
    series: situationFields.series,
    duration_s: boundedTimeFields.duration_s.optional(),
    scenario: z.string().optional().describe('The scenario that is started.'),
  })
  .superRefine(({ action, ...given }, context) => {
    const { needs, may }: Readonly<Record<'needs' | 'may', readonly string[]>> = KEYS[action];
    const all = [...needs, ...may].join(', ');
    const refuse = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message });
    for (const key of needs)
      if (given[key as keyof typeof given] === undefined)
        refuse(key, `is missing; ${action} needs ${needs.join(', ')}`);
    for (const key of Object.keys(given))
      if (!needs.includes(key) && !may.includes(key))
        refuse(key, `is nothing that ${action} has; it has ${all}`);
  });

export type OnStart = z.output<typeof onStartFields>;

type StartAction =
  | ({ readonly do: 'spike' } & SpikeRequest)
  | ({ readonly do: 'error_rate' } & ErrorRateRequest)
  | ({ readonly do: 'set_effect' } & EffectRequest)
  | { readonly do: 'start_scenario'; readonly scenario: string };

/** The action that an entry stands for. */
export function onStartAction({
  action,
  metric = '',
  multiplier = 1,
  rate = 1,
  to = '',
  over_s: overS = 0,
  series,
  duration_s: durationS,
  scenario = '',
}: OnStart): StartAction {
  switch (action) {
    case 'spike':
      return { do: 'spike', metric, multiplier, durationS: durationS ?? 0 };
    case 'error_rate':
      return { do: 'error_rate', metric, rate, durationS: durationS ?? 0 };
    case 'situation':
      return { do: 'set_effect', ...situationEffect({ to, overS, series, durationS }) };
    case 'scenario':
      return { do: 'start_scenario', scenario };
  }
}

/** What of an entry cannot be for these metrics and scenarios. */
export function* checkOnStart(
  { action, metric, multiplier, to, over_s: overS = 0, duration_s: durationS, scenario }: OnStart,
  { metrics }: Scene,
  scenarios: readonly string[],
): Generator<Mistake> {
  if (action === 'spike' && metric !== undefined && multiplier !== undefined) {
    yield* findSpikeMistakes({ metric, multiplier }, metrics);
    return;
  }
  const found = metric === undefined ? undefined : findSubject(metric, metrics);
  if (typeof found === 'string') yield { path: ['metric'], message: found };
  else if (found !== undefined && found.errorLabels === undefined)
    yield {
      path: ['metric'],
      message: `is ${metric}: ${found.unmovable ?? 'it has no label such as status or code with values such as 200 and 500'}`,
    };
  if (to !== undefined)
    yield* checkSituation({ to, overS, durationS }, metrics, { over: 'over_s', whole: 'duration_s' });
  if (scenario !== undefined && !scenarios.includes(scenario))
    yield {
      path: ['scenario'],
      message: `is ${scenario}; scenarios of the file: ${scenarios.join(', ') || 'none'}`,
    };
}

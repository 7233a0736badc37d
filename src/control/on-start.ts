/** `runtime.on_start`: the actions that a run begins with, in the form that Mockingbird gives them. */
import { z } from 'zod';
import { errorRateFields, type ErrorRateRequest } from './error-rate.ts';
import { boundedTimeFields } from './fields.ts';
import { findSpikeMistakes, spikeFields, type SpikeRequest } from './spike.ts';
import { findSubject, type Mistake, type Scene } from './step.ts';

/** What each action needs; it has no other keys. */
const KEYS = {
  spike: ['metric', 'multiplier', 'duration_s'],
  error_rate: ['metric', 'rate', 'duration_s'],
  scenario: ['scenario'],
} as const;

const actionNames = Object.keys(KEYS) as (keyof typeof KEYS)[];

export const onStartFields = z
  .strictObject({
    action: z.enum(actionNames).describe('What to do.'),
    metric: spikeFields.metric.optional(),
    multiplier: spikeFields.multiplier.optional(),
    rate: errorRateFields.rate.optional(),
    duration_s: boundedTimeFields.duration_s.optional(),
    scenario: z.string().optional().describe('The scenario that is started.'),
  })
  .superRefine(({ action, ...rest }, context) => {
    const wanted: readonly string[] = KEYS[action];
    for (const key of Object.keys({ ...Object.fromEntries(wanted.map((name) => [name, 0])), ...rest })) {
      const isGiven = rest[key as keyof typeof rest] !== undefined;
      if (isGiven === wanted.includes(key)) continue;
      context.addIssue({
        code: 'custom',
        path: [key],
        message: isGiven
          ? `is nothing that ${action} has; it has ${wanted.join(', ')}`
          : `is missing; ${action} needs ${wanted.join(', ')}`,
      });
    }
  });

export type OnStart = z.output<typeof onStartFields>;

type StartAction =
  | ({ readonly do: 'spike' } & SpikeRequest)
  | ({ readonly do: 'error_rate' } & ErrorRateRequest)
  | { readonly do: 'start_scenario'; readonly scenario: string };

/** The action that an entry stands for. */
export function onStartAction({
  action,
  metric = '',
  multiplier = 1,
  rate = 1,
  duration_s: durationS = 0,
  scenario = '',
}: OnStart): StartAction {
  switch (action) {
    case 'spike':
      return { do: 'spike', metric, multiplier, durationS };
    case 'error_rate':
      return { do: 'error_rate', metric, rate, durationS };
    case 'scenario':
      return { do: 'start_scenario', scenario };
  }
}

/** What of an entry cannot be for these metrics and scenarios. */
export function* checkOnStart(
  { action, metric, multiplier, scenario }: OnStart,
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
  if (scenario !== undefined && !scenarios.includes(scenario))
    yield {
      path: ['scenario'],
      message: `is ${scenario}; scenarios of the file: ${scenarios.join(', ') || 'none'}`,
    };
}

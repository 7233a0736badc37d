/** `runtime.on_start`: the actions that a run begins with, in the form that Mockingbird gives them. */
import { z } from 'zod';
import { durationAboveZero } from './fields.ts';
import { spikeFields, type SpikeRequest } from './spike.ts';
import { findSubjects, type Mistake, type Subject } from './step.ts';

/** What each action needs; it has no other keys. */
const KEYS = {
  spike: ['metric', 'multiplier', 'duration_s'],
  scenario: ['scenario'],
} as const;

const actionNames = Object.keys(KEYS) as (keyof typeof KEYS)[];

export const onStartFields = z
  .strictObject({
    action: z.enum(actionNames).describe('What to do.'),
    metric: spikeFields.metric.optional(),
    multiplier: spikeFields.multiplier.optional(),
    duration_s: durationAboveZero().optional().describe('How long it lasts.'),
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

/** The action that an entry stands for. */
export function onStartAction({
  action,
  metric = '',
  multiplier = 1,
  duration_s: durationS = 0,
  scenario = '',
}: OnStart):
  | ({ readonly do: 'spike' } & SpikeRequest)
  | { readonly do: 'start_scenario'; readonly scenario: string } {
  return action === 'spike'
    ? { do: 'spike', metric, multiplier, durationS }
    : { do: 'start_scenario', scenario };
}

/** What of an entry cannot be for these metrics and scenarios. */
export function* checkOnStart(
  { metric, scenario }: OnStart,
  subjects: readonly Subject[],
  scenarios: readonly string[],
): Generator<Mistake> {
  const found = metric === undefined ? [] : findSubjects(metric, subjects);
  if (typeof found === 'string') yield { path: ['metric'], message: found };
  if (scenario !== undefined && !scenarios.includes(scenario))
    yield {
      path: ['scenario'],
      message: `is ${scenario}; scenarios of the file: ${scenarios.join(', ') || 'none'}`,
    };
}

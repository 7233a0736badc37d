/** Scenarios: named timelines of steps, as the file has them, and the actions that a run begins with. */
import { z } from 'zod';
import type { MetricType } from '../series/family.ts';
import { durationAboveZero, durationFromZero } from './fields.ts';
import type { Mistake, Scene, StepKind, When } from './step.ts';
import { STEPS, type StepAction } from './steps.ts';

const kinds = new Map<string, AnyStepKind>(STEPS.map((kind) => [kind.name, kind as AnyStepKind]));
type AnyStepKind = StepKind<string, z.ZodObject, StepAction, StepAction>;

const bodies = Object.fromEntries(STEPS.map(({ name, fields }) => [name, fields.optional()])) as {
  readonly [Kind in (typeof STEPS)[number] as Kind['name']]: z.ZodOptional<Kind['fields']>;
};

const stepFields = z
  .strictObject({
    at: durationFromZero().prefault(0).describe('When it begins, from the start of the scenario.'),
    for: durationAboveZero()
      .optional()
      .describe('How long it lasts, ramps included. Without it, until the scenario is stopped.'),
    ...bodies,
  })
  .superRefine((step, context) => {
    const given = givenKinds(step);
    if (given.length === 1) return;
    const found = given.length === 0 ? 'does nothing' : `has ${given.join(' and ')}`;
    context.addIssue({
      code: 'custom',
      message: `${found}; needs one of: ${[...kinds.keys()].join(', ')}`,
    });
  });

function givenKinds(step: Readonly<Record<string, unknown>>): string[] {
  return [...kinds.keys()].filter((name) => step[name] !== undefined);
}

export const scenarioFields = z
  .strictObject({
    description: z.string().optional().describe('For people.'),
    loop: z
      .strictObject({
        every: durationAboveZero()
          .optional()
          .describe('From start to start. Default: when all steps are over.'),
        times: z.int().min(1).optional().describe('How often in all. Default: until it is stopped.'),
      })
      .optional()
      .describe('Begins anew. Default: once.'),
    steps: z.array(stepFields).min(1).describe('What happens, each with its time.'),
  })
  .superRefine(({ loop, steps }, context) => {
    if (loop === undefined || steps.some((step) => givenKinds(step).length !== 1)) return;
    const open = steps.findIndex(isOpen);
    if (open >= 0)
      context.addIssue({
        code: 'custom',
        path: ['steps', open],
        message: 'has no end, and the scenario loops; needs for',
      });
    const lengthS = lengthOf(steps);
    if (open < 0 && loop.every !== undefined && loop.every < lengthS)
      context.addIssue({
        code: 'custom',
        path: ['loop', 'every'],
        message: `is ${loop.every} s; needs at least ${lengthS} s, which is how long the steps take`,
      });
  });

/** Short enough for the ids of its steps, `scenario.<name>.<n>`. */
const scenarioName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, {
  error: 'the name of a scenario is up to 40 letters, digits, _ and -, a letter or digit first',
});

export const scenariosFields = z.record(scenarioName, scenarioFields);

export type Scenario = z.output<typeof scenarioFields>;
export type Step = Scenario['steps'][number];

/** Seconds until all steps are over; infinite when one has no end. */
export function lengthOf(steps: readonly Step[]): number {
  return Math.max(
    ...steps.map((step) => step.at + (step.for ?? (isOpen(step) ? Number.POSITIVE_INFINITY : 0))),
  );
}

/** Whether a step lasts until the scenario is stopped. */
export function isOpen(step: Step): boolean {
  if (step.for !== undefined) return false;
  const [kind, body] = kindOf(step);
  return kind.isMomentary?.(body) !== true;
}

/** The id of what a step makes; `n` counts from 1. */
export function stepId(scenario: string, n: number): string {
  return `scenario.${scenario}.${n}`;
}

/** Whether an id is one that scenarios make. */
export function isScenarioId(id: string): boolean {
  return id.startsWith('scenario.');
}

/** The action that begins a step. */
export function startStep(
  step: Step,
  when: When,
  typeOf: (metric: string) => MetricType | undefined,
): StepAction {
  const [kind, body] = kindOf(step);
  return kind.start(body, when, typeOf);
}

/** The action that ends what a step made. */
export function endStep(step: Step, id: string): StepAction {
  return kindOf(step)[0].end(id);
}

/** The kind of a step, for people. */
export function nameOfStep(step: Step): string {
  return kindOf(step)[0].name;
}

function kindOf(step: Step): [AnyStepKind, Record<string, unknown>] {
  for (const [name, kind] of kinds) {
    const body = step[name as keyof Step] as Record<string, unknown> | undefined;
    if (body !== undefined) return [kind, body];
  }
  throw new RangeError('a step without a kind');
}

/** What of a scenario cannot be, as far as it can be told before it runs. */
export function* checkScenario({ steps }: Scenario, scene: Scene): Generator<Mistake> {
  for (const [index, step] of steps.entries()) {
    const [kind, body] = kindOf(step);
    for (const { path, message } of kind.check(body, { durationS: step.for }, scene))
      yield { path: ['steps', index, kind.name, ...path], message };
  }
}

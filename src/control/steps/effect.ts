/** `effect:` in a scenario: the body of `POST /api/v1/effects`, without its time. */
import { z } from 'zod';
import { parseMatchers, type Matcher } from '../../labels/matchers.ts';
import { isMeasured } from '../../series/family.ts';
import { LyrebirdError } from '../../util/errors.ts';
import { effectFields, effectRequestOf, type EffectRequest } from '../effect.ts';
import { changes, findEffectMistakes, optionChangesOf, whyUnchanged } from '../effect-rules.ts';
import { defineStep, findSubjects, type Mistake, type Subject } from '../step.ts';

const { at: _at, duration_s: _duration, ...fields } = effectFields;
const body = z.strictObject(fields);
type Body = z.output<typeof body>;

export const effectStep = defineStep({
  name: 'effect',
  fields: body.describe('Changes what series generate, as POST /api/v1/effects does.'),
  *check(asked, { durationS }, { metrics }) {
    const request = effectRequestOf({ ...asked, duration_s: durationS }, undefined);
    // One mistake often follows from another: the first one is enough.
    const [mistake] = [...findStepMistakes(asked, durationS), ...findEffectMistakes(request)];
    if (mistake !== undefined) yield mistake;
    const chosen: Subject[] = [];
    for (const [index, wanted] of request.metrics.entries()) {
      const path = typeof asked.metrics === 'string' ? ['metrics'] : ['metrics', index];
      const found = findSubjects(wanted, metrics);
      if (typeof found === 'string') {
        yield { path, message: found };
        continue;
      }
      const changed = found.filter((metric) => changes(request, metric));
      if (changed.length === 0 && mistake === undefined) yield whyUnchanged(request, found);
      chosen.push(...changed);
    }
    if (asked.series !== undefined) yield* checkSeries(asked.series, chosen);
    yield* checkOptions(request, chosen);
    yield* checkErrorRate(request, chosen);
  },
  isMomentary: ({ reset }) => reset === true,
  start: (asked, { id, at, durationS }) => ({
    do: 'set_effect' as const,
    ...effectRequestOf({ ...asked, at, duration_s: durationS }, id),
  }),
  end: (id) => ({ do: 'cancel_effect' as const, id }),
});

/** What is said otherwise in a step than in a request, since its length stands in the step. */
function* findStepMistakes(
  { reset, ramp_up_s: up = 0, ramp_down_s: down = 0 }: Body,
  durationS: number | undefined,
): Generator<Mistake> {
  if (reset === true && durationS !== undefined)
    yield { path: ['reset'], message: 'is about one tick; leave out the for of the step' };
  const ramps = up + down;
  if (durationS !== undefined && ramps > durationS) {
    const key = down === 0 ? 'ramp_up_s' : 'ramp_down_s';
    yield { path: [key], message: `ramps of ${ramps} s do not fit into the ${durationS} s of the step` };
  }
}

function* checkSeries(series: string, chosen: readonly Subject[]): Generator<Mistake> {
  const path = ['series'];
  let matchers: readonly Matcher[];
  try {
    matchers = parseMatchers(series);
  } catch (error) {
    if (!(error instanceof LyrebirdError)) throw error;
    yield { path, message: error.message.replace(/^series: /, '') };
    return;
  }
  if (chosen.length === 0) return;
  const labels = new Set(chosen.flatMap((subject) => subject.labels));
  for (const { name, matches, value } of matchers) {
    if (!labels.has(name)) {
      const there = [...labels].join(', ') || 'none';
      yield { path, message: `there is no label ${name}; labels of these metrics: ${there}` };
    } else if (chosen.every((subject) => subject.valuesOf(name)?.some(matches) === false)) {
      const there = new Set(chosen.flatMap((subject) => subject.valuesOf(name) ?? []));
      yield { path, message: `no ${name} matches ${JSON.stringify(value)}; there are: ${list(there)}` };
    }
  }
}

function* checkOptions(request: EffectRequest, chosen: readonly Subject[]): Generator<Mistake> {
  for (const changed of optionChangesOf(request)) {
    for (const metric of chosen.filter(isMeasured)) {
      const message = metric.refuseOptions(changed);
      if (message === undefined) continue;
      yield { path: ['params'], message };
      return;
    }
  }
}

/** Labels and values that are named are there. */
function* checkErrorRate({ errorRate }: EffectRequest, chosen: readonly Subject[]): Generator<Mistake> {
  if (errorRate === undefined) return;
  for (const side of ['from', 'to'] as const) {
    for (const [name, value] of Object.entries(errorRate[side])) {
      for (const metric of chosen.filter(({ unmovable }) => unmovable === undefined)) {
        const values = metric.labels.includes(name) ? metric.valuesOf(name) : [];
        if (values?.includes(value) !== false) continue;
        yield {
          path: ['error_rate', side, name],
          message: `is ${JSON.stringify(value)}, and ${metric.name} has no such ${name}; there are: ${list(values)}`,
        };
        break;
      }
    }
  }
}

const MAX_LISTED = 10;

function list(values: Iterable<string>): string {
  const all = [...values];
  const rest = all.length > MAX_LISTED ? `, and ${all.length - MAX_LISTED} more` : '';
  return `${all.slice(0, MAX_LISTED).join(', ') || 'none'}${rest}`;
}

/** `effect:` in a scenario: the body of `POST /api/v1/effects`, without its time. */
import { z } from 'zod';
import { parseMatchers } from '../../labels/matchers.ts';
import { LyrebirdError } from '../../util/errors.ts';
import { effectFields, effectRequestOf } from '../effect.ts';
import { defineStep, findSubjects, type Mistake, type Subject } from '../step.ts';

const { at: _at, duration_s: _duration, ...fields } = effectFields;

export const effectStep = defineStep({
  name: 'effect',
  fields: z.strictObject(fields).describe('Changes what series generate, as POST /api/v1/effects does.'),
  *check(body, { durationS }, subjects) {
    const chosen: Subject[] = [];
    for (const [index, wanted] of [body.metrics].flat().entries()) {
      const found = findSubjects(wanted, subjects);
      if (typeof found !== 'string') chosen.push(...found);
      else
        yield {
          path: typeof body.metrics === 'string' ? ['metrics'] : ['metrics', index],
          message: found,
        };
    }
    if (body.series !== undefined) yield* checkSeries(body.series, chosen);
    if (body.reset === true && durationS !== undefined)
      yield { path: ['reset'], message: 'is about one tick; leave out the for of the step' };
    const ramps = (body.ramp_up_s ?? 0) + (body.ramp_down_s ?? 0);
    if (durationS !== undefined && ramps > durationS) {
      const key = body.ramp_down_s === undefined ? 'ramp_up_s' : 'ramp_down_s';
      yield { path: [key], message: `ramps of ${ramps} s do not fit into the ${durationS} s of the step` };
    }
  },
  isMomentary: ({ reset }) => reset === true,
  start: (body, { id, at, durationS }) => ({
    do: 'set_effect' as const,
    ...effectRequestOf({ ...body, at, duration_s: durationS }, id),
  }),
  end: (id) => ({ do: 'cancel_effect' as const, id }),
});

function* checkSeries(series: string, chosen: readonly Subject[]): Generator<Mistake> {
  const path = ['series'];
  try {
    const labels = new Set(chosen.flatMap((subject) => subject.labels));
    if (chosen.length === 0) return;
    for (const { name } of parseMatchers(series)) {
      if (labels.has(name)) continue;
      const there = [...labels].join(', ') || 'none';
      yield { path, message: `there is no label ${name}; labels of these metrics: ${there}` };
    }
  } catch (error) {
    if (!(error instanceof LyrebirdError)) throw error;
    yield { path, message: error.message.replace(/^series: /, '') };
  }
}

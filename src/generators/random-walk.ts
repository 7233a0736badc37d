import { z } from 'zod';
import { normal } from '../util/draws.ts';
import { size, sizeFromZero } from '../util/fields.ts';
import { defineScalar } from './generator.ts';

/**
 * Level: x_k = reflect(x_{k-1} + step N(0, 1)), x_0 = start. What is beyond a bound of the clamp is folded back
 * inside, in the state too, so that a walk leaves a bound as freely as it came.
 */
export const randomWalk = defineScalar({
  name: 'random_walk',
  summary: 'Wanders by a normal step a tick, reflected at the bounds of its clamp.',
  types: ['gauge'],
  options: z
    .strictObject({
      start: size()
        .optional()
        .describe(
          'Level at birth, within the clamp. Default: 0, or the bound of the clamp that is next to it.',
        ),
      step: sizeFromZero().default(0.1).describe('Standard deviation of the step of one tick.'),
      clamp: z.tuple([size(), size()]).optional().describe('Bounds [min, max] of the level. Default: none.'),
    })
    .superRefine(({ start, clamp }, context) => {
      if (clamp === undefined) return;
      const [min, max] = clamp;
      if (min > max) {
        const message = `is [${min}, ${max}]; the first bound is the lower one: [${max}, ${min}]`;
        context.addIssue({ code: 'custom', path: ['clamp'], message });
      } else if (start !== undefined && (start < min || start > max)) {
        const message = `is ${start}; it must lie within the clamp, from ${min} to ${max}`;
        context.addIssue({ code: 'custom', path: ['start'], message });
      }
    }),
  examples: [
    {},
    { step: 0 },
    { start: 0.5, step: 0.4, clamp: [0, 1] },
    { start: -3, step: 50, clamp: [-4, -2.5] },
    { start: 7, clamp: [7, 7] },
    { clamp: [50, 100] },
  ],
  create({ start: given, step, clamp }) {
    const min = clamp?.[0] ?? Number.NEGATIVE_INFINITY;
    const max = clamp?.[1] ?? Number.POSITIVE_INFINITY;
    const start = given ?? Math.min(max, Math.max(min, 0));
    return {
      state: ['level'],
      clamp,
      start({ from, to, state }) {
        (state['level'] as Float64Array).fill(start, from, to);
      },
      fill({ tick, intervalS, from, to, keysHi, keysLo, rng, state }, out) {
        const levels = state['level'] as Float64Array;
        if (intervalS === 0) {
          out.set(levels.subarray(from, to));
          return;
        }
        for (let slot = from; slot < to; slot++) {
          rng.seek(keysHi[slot] as number, keysLo[slot] as number, tick);
          let x = (levels[slot] as number) + step * normal(rng);
          if (x < min || x > max) x = reflect(x, min, max);
          levels[slot] = x;
          out[slot - from] = x;
        }
      },
    };
  },
});

/** Folds a number into [min, max] as mirrors at both ends would. */
function reflect(x: number, min: number, max: number): number {
  const width = max - min;
  if (width === 0) return min;
  const period = 2 * width;
  let along = (x - min) % period;
  if (along < 0) along += period;
  return Math.min(max, min + (along > width ? period - along : along));
}

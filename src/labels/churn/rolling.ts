/**
 * A rolling deployment: positions take new values one after the other, in order, evenly over a time. Position p of n turns over
 * (p + 1) / n of the time after the deployment began.
 */
import { z } from 'zod';
import { durationSeconds, positiveSeconds } from '../../util/fields.ts';
import { lowerBound, type Positions, type Process } from './process.ts';

export const rollingFields = z.strictObject({
  kind: z.literal('rolling').describe('Values are replaced one after the other, in order.'),
  label: z.string().describe('The label whose values turn over, one of the profile.'),
  over: positiveSeconds().describe('How long a deployment takes, from the first value to the last.'),
  every: positiveSeconds()
    .optional()
    .describe('How often there is one, from begin to begin; at least `over`. Default: there is one.'),
  after: durationSeconds().prefault(0).describe('When the first one begins, counted from the start.'),
});

export function createRolling(
  { over, every, after }: z.output<typeof rollingFields>,
  { count, used }: Positions,
): Process {
  const overMs = over * 1000;
  const everyMs = every === undefined ? Number.POSITIVE_INFINITY : every * 1000;
  const afterMs = after * 1000;
  return {
    renews: true,
    lifeAt(position, ms, out) {
      const since = ms - afterMs - (overMs * (position + 1)) / count;
      out.alive = true;
      out.generation = since < 0 ? 0 : 1 + Math.floor(since / everyMs);
      out.births = 1 + out.generation;
    },
    *changed(fromMs, toMs) {
      const first = Math.max(0, Math.floor((fromMs - afterMs - overMs) / everyMs));
      for (let round = first; ; round++) {
        const beganMs = afterMs + (round === 0 ? 0 : round * everyMs);
        if (!(beganMs < toMs)) return;
        if (round - first > 2) {
          yield [0, used.length];
          return;
        }
        // One more at both ends, so that rounding leaves none out.
        const from = Math.floor(((fromMs - beganMs) / overMs) * count) - 2;
        const to = Math.ceil(((toMs - beganMs) / overMs) * count) + 1;
        if (from < count) yield [lowerBound(used, from), lowerBound(used, to)];
      }
    },
  };
}

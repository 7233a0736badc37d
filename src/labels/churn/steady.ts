/**
 * Steady churn: a share of the positions an hour, one after the other in a pseudo-random order that comes round, so that each
 * has been replaced before one is again.
 */
import { z } from 'zod';
import { createPermutation } from '../permutation.ts';
import { lowerBound, type Positions, type Process } from './process.ts';

export const steadyFields = z.strictObject({
  kind: z.literal('steady').describe('A share of the values is replaced every hour, evenly over the hour.'),
  label: z.string().describe('The label whose values turn over, one of the profile.'),
  per_hour: z
    .number()
    .gt(0)
    .max(3600)
    .describe('Share of the values that an hour replaces: 0.1 is a tenth; 2 replaces each of them twice.'),
});

const HOUR_MS = 3_600_000;

export function createSteady(
  { per_hour: perHour }: z.output<typeof steadyFields>,
  { count, used, key }: Positions,
): Process {
  const rank = createPermutation(count, key);
  const ranks = Float64Array.from(used, rank);
  const order = Uint32Array.from(used, (_, index) => index).sort(
    (a, b) => (ranks[a] as number) - (ranks[b] as number),
  );
  const sorted = Float64Array.from(order, (index) => ranks[index] as number);
  const replacedBy = (ms: number): number => Math.floor((ms / HOUR_MS) * perHour * count);

  return {
    renews: true,
    lifeAt(position, ms, out) {
      out.alive = true;
      out.generation = Math.max(0, Math.ceil((replacedBy(ms) - rank(position)) / count));
      out.births = 1 + out.generation;
    },
    *changed(fromMs, toMs) {
      const from = replacedBy(fromMs);
      const to = replacedBy(toMs);
      if (to - from >= count) {
        yield [0, used.length];
        return;
      }
      const round = Math.floor(from / count) * count;
      for (const base of [round, round + count]) {
        const begin = lowerBound(sorted, from - base);
        const end = lowerBound(sorted, to - base);
        for (let at = begin; at < end; at++) yield [order[at] as number, (order[at] as number) + 1];
      }
    },
  };
}

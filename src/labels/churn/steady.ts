/**
 * Steady churn: a share of the positions an hour, one after the other in a pseudo-random order that comes round, so that each
 * has been replaced before one is again.
 */
import { z } from 'zod';
import { createPermutation } from '../permutation.ts';
import { lowerBound, STEP, type Positions, type Process } from './process.ts';

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

export function* stepSteady(
  { per_hour: perHour }: z.output<typeof steadyFields>,
  { count, used, key }: Positions,
): Generator<void, Process> {
  const rank = createPermutation(count, key);
  const ranks = new Float64Array(used.length);
  for (let index = 0; index < used.length; index++) {
    ranks[index] = rank(used[index] as number);
    if (index % STEP === STEP - 1) yield;
  }
  const order = yield* sort(ranks, count);
  const sorted = new Float64Array(order.length);
  for (let i = 0; i < order.length; i++) {
    sorted[i] = ranks[order[i] as number] as number;
    if (i % STEP === STEP - 1) yield;
  }
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

/** Indexes of numbers from 0 to below a limit in the order of the numbers, which are spread evenly: each has a bucket nearly to itself. */
function* sort(numbers: Float64Array, limit: number): Generator<void, Uint32Array> {
  const { length } = numbers;
  const bucketOf = (index: number): number =>
    Math.min(length - 1, Math.floor(((numbers[index] as number) / limit) * length));
  const next = new Uint32Array(length + 1);
  for (let index = 0; index < length; index++) {
    const after = bucketOf(index) + 1;
    next[after] = (next[after] as number) + 1;
    if (index % STEP === STEP - 1) yield;
  }
  for (let bucket = 1; bucket <= length; bucket++)
    next[bucket] = (next[bucket] as number) + (next[bucket - 1] as number);
  const order = new Uint32Array(length);
  for (let index = 0; index < length; index++) {
    const bucket = bucketOf(index);
    const at = next[bucket] as number;
    order[at] = index;
    next[bucket] = at + 1;
    if (index % STEP === STEP - 1) yield;
  }
  for (let i = 1; i < length; i++) {
    const index = order[i] as number;
    let at = i;
    while (at > 0 && (numbers[order[at - 1] as number] as number) > (numbers[index] as number)) {
      order[at] = order[at - 1] as number;
      at -= 1;
    }
    order[at] = index;
    if (i % STEP === STEP - 1) yield;
  }
  return order;
}

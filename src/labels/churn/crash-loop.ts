/**
 * A crash loop: some positions go down again and again, stay away for a back-off that doubles, and come back with the same value
 * and everything from zero.
 */
import { z } from 'zod';
import { namedKey } from '../../util/key.ts';
import { positiveSeconds } from '../../util/fields.ts';
import { Rng } from '../../util/rng.ts';
import { STEP, type Positions, type Process } from './process.ts';

export const crashLoopFields = z.strictObject({
  kind: z.literal('crash_loop').describe('Some values go away again and again, and come back from zero.'),
  label: z.string().describe('The label whose values crash, one of the profile.'),
  share: z.number().gt(0).max(1).describe('Share of the values that crash.'),
  every: positiveSeconds().describe(
    'How long one is there until it crashes again; the first time at a moment of its own within it.',
  ),
  back_off: positiveSeconds()
    .prefault(10)
    .describe('How long it stays away the first time; twice as long each time.'),
  max_back_off: positiveSeconds().prefault(300).describe('The longest that it stays away.'),
});

export function* stepCrashLoop(
  { share, every, back_off: backOff, max_back_off: maxBackOff }: z.output<typeof crashLoopFields>,
  { used, key }: Positions,
): Generator<void, Process> {
  const everyMs = every * 1000;
  const { hi, lo } = namedKey('crash', key);
  const rng = new Rng();
  /** The first crash of each position that crashes, infinite for the others; ms after the beginning. */
  const firstOf = (position: number): number => {
    rng.seek(hi, lo ^ Math.floor(position / 2 ** 32), position | 0);
    if (rng.float() >= share) return Number.POSITIVE_INFINITY;
    return rng.float() * everyMs;
  };
  const waits: number[] = [];
  for (let ms = backOff * 1000; ms < maxBackOff * 1000; ms *= 2) waits.push(ms);
  const lastWait = maxBackOff * 1000;
  const crashing: number[] = [];
  for (let index = 0; index < used.length; index++) {
    if (Number.isFinite(firstOf(used[index] as number))) crashing.push(index);
    if (index % STEP === STEP - 1) yield;
  }

  return {
    renews: false,
    lifeAt(position, ms, out) {
      let crashAt = firstOf(position);
      let crashes = 0;
      out.alive = true;
      while (crashAt <= ms) {
        const wait = waits[crashes];
        if (wait === undefined) {
          // From here on every round takes as long.
          const round = lastWait + everyMs;
          const rounds = Math.floor((ms - crashAt) / round);
          out.alive = ms - crashAt - rounds * round >= lastWait;
          crashes += rounds + Number(out.alive);
          break;
        }
        out.alive = ms >= crashAt + wait;
        if (!out.alive) break;
        crashes += 1;
        crashAt += wait + everyMs;
      }
      out.generation = 0;
      out.births = 1 + crashes;
    },
    *changed() {
      for (const index of crashing) yield [index, index + 1];
    },
  };
}

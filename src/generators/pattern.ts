import { createReader, type Reader } from '../patterns/reader.ts';
import { createTrack } from '../patterns/track.ts';
import type { Rng } from '../util/rng.ts';
import { defineScalar, factorAt, type ScalarGenerator } from './generator.ts';
import { patternedFields, trackOf, type Patterned } from './patterned.ts';

/** Level at t_k: the pattern's value at tick k - birth. */
export const patternLevel = defineScalar({
  name: 'pattern',
  summary: 'Follows a pattern, tick by tick since the birth of the series.',
  types: ['gauge'],
  options: patternedFields,
  examples: [
    { pattern: [{ linear: { from: 0, to: 10, ticks: 4 } }, 7] },
    { pattern: '0+10x3 _x2 5', end: 'loop' },
    { pattern: '1 2 3', end: 'remove' },
    {
      pattern: {
        clamp: {
          of: { add: [{ sine: { period_s: 5, max: 10 } }, { gaussian: { sigma: 0.5 } }] },
          min: 0,
        },
      },
    },
    { pattern: { hold: { of: { random: { max: 9, ticks: 3 } } } } },
  ],
  create: (options, { intervalMs }) => createFollower(options, intervalMs, 0),
});

/** Increment over a tick: the pattern's value x seconds x modulation; its first tick is the first after birth. */
export const patternRate = defineScalar({
  name: 'pattern',
  summary: 'Grows at a rate per second that follows a pattern, tick by tick since the birth of the series.',
  types: ['counter'],
  options: patternedFields.superRefine(({ pattern, end }, context) => {
    const { low } = createTrack(pattern, { intervalMs: 1000 });
    const least = typeof end === 'number' ? Math.min(low, end) : low;
    if (least < 0) {
      const message = `may be as low as ${least}, and a counter never falls; a rate is 0 or more: clamp: {of: ..., min: 0}`;
      context.addIssue({ code: 'custom', path: [low < 0 ? 'pattern' : 'end'], message });
    }
  }),
  examples: [
    { pattern: [{ linear: { from: 0, to: 10, ticks: 4 } }, 7] },
    { pattern: '0+10x3 _x2 5', end: 'loop' },
    { pattern: { clamp: { of: { gaussian: { mean: 5, sigma: 3 } }, min: 0 } } },
  ],
  create: (options, { intervalMs }) => createFollower(options, intervalMs, 1),
});

/** Gives what a pattern is worth, times seconds where it is a rate; `after` is the tick after birth that it begins with. */
function createFollower(patterned: Patterned, intervalMs: number, after: 0 | 1): ScalarGenerator {
  const track = trackOf(patterned, { intervalMs });
  const isRate = after === 1;
  let reader: { readonly rng: Rng; readonly read: Reader } | undefined;
  return {
    state: ['birth'],
    fractional: isRate,
    absent: track.hasGaps || track.length < Number.POSITIVE_INFINITY,
    lifetime: track.length + after,
    start({ tick, from, to, state }) {
      (state['birth'] as Float64Array).fill(tick, from, to);
    },
    fill({ tick, from, to, keysHi, keysLo, rng, state, intervalS }, out, rate) {
      const births = state['birth'] as Float64Array;
      if (reader?.rng !== rng) reader = { rng, read: createReader(track, rng) };
      const { read } = reader;
      let birth = Number.NaN;
      let value = Number.NaN;
      for (let slot = from; slot < to; slot++) {
        if (track.isRandom || births[slot] !== birth) {
          birth = births[slot] as number;
          const first = birth + after;
          value = read(tick - first, first, keysHi[slot] as number, keysLo[slot] as number);
          if (isRate) value *= intervalS;
        }
        out[slot - from] = isRate ? value * factorAt(rate, slot) : value;
      }
    },
  };
}

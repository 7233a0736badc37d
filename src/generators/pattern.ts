import { z } from 'zod';
import { isEmpty, isEndless, withEnd, type EndStrategy, type Pattern } from '../patterns/pattern.ts';
import { patternField } from '../patterns/schema.ts';
import { createTrack } from '../patterns/track.ts';
import { defineScalar, type ScalarGenerator } from './generator.ts';

const options = z
  .strictObject({
    pattern: patternField.describe(
      'Values tick by tick: a number, a text as "0+10x5 _x3 stale", a list of patterns one after the other, or a mapping with one key.',
    ),
    end: z
      .union([z.enum(['hold', 'loop', 'remove', 'gap']), z.number()])
      .optional()
      .describe(
        'What comes after it: its last value, all of it again, nothing (the series ends), absence, or a value. Default: hold.',
      ),
  })
  .superRefine(({ pattern, end }, context) => {
    if (isEmpty(pattern)) context.addIssue({ code: 'custom', path: ['pattern'], message: 'has no tick' });
    else if (end !== undefined && isEndless(pattern)) {
      context.addIssue({
        code: 'custom',
        path: ['end'],
        message: 'is never reached: the pattern never ends',
      });
    }
  });

/** Level at t_k: the pattern's value at tick k - birth. */
export const patternLevel = defineScalar({
  name: 'pattern',
  summary: 'Follows a pattern, tick by tick since the birth of the series.',
  types: ['gauge'],
  options,
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
  create: ({ pattern, end }, { intervalMs }) => createFollower(pattern, end, intervalMs, 0),
});

/** Increment over a tick: the pattern's value x seconds x modulation; its first tick is the first after birth. */
export const patternRate = defineScalar({
  name: 'pattern',
  summary: 'Grows at a rate per second that follows a pattern, tick by tick since the birth of the series.',
  types: ['counter'],
  options: options.superRefine(({ pattern, end }, context) => {
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
  create: ({ pattern, end }, { intervalMs }) => createFollower(pattern, end, intervalMs, 1),
});

/** Gives what a pattern is worth, times seconds where it is a rate; `after` is the tick after birth that it begins with. */
function createFollower(
  pattern: Pattern,
  end: EndStrategy | undefined,
  intervalMs: number,
  after: 0 | 1,
): ScalarGenerator {
  const track = createTrack(isEndless(pattern) ? pattern : withEnd(pattern, end ?? 'hold'), { intervalMs });
  const isRate = after === 1;
  return {
    state: ['birth'],
    fractional: isRate,
    absent: track.hasGaps || track.length < Number.POSITIVE_INFINITY,
    lifetime: track.length + after,
    start({ tick, from, to, state }) {
      (state['birth'] as Float64Array).fill(tick, from, to);
    },
    fill(batch, out, rate) {
      const { tick, from, to, keysHi, keysLo, rng, state, intervalS } = batch;
      const births = state['birth'] as Float64Array;
      let slot = from;
      let birth = Number.NaN;
      let value = Number.NaN;
      const draws = (since: number, stream: number) => {
        rng.seek(
          keysHi[slot] as number,
          keysLo[slot] as number,
          (births[slot] as number) + after + since,
          stream,
        );
        return rng;
      };
      for (; slot < to; slot++) {
        // Series of one age share their value, unless they draw.
        if (track.isRandom || births[slot] !== birth) {
          birth = births[slot] as number;
          const since = tick - birth - after;
          value = since < track.length ? track.at(since, since, draws) : Number.NaN;
          if (isRate) value *= intervalS;
        }
        out[slot - from] = isRate
          ? value * (typeof rate === 'number' ? rate : (rate[slot] as number))
          : value;
      }
    },
  };
}

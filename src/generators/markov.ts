import { z } from 'zod';
import { positiveSeconds } from '../util/fields.ts';
import { defineScalar } from './generator.ts';
import { transitionsWithin } from './transitions.ts';

const MAX_STATES = 100;

const states = z
  .array(z.string().min(1))
  .min(1)
  .max(MAX_STATES)
  .superRefine((names, context) => {
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      context.addIssue({
        code: 'custom',
        path: [index],
        message: `is ${name} a second time; states are different`,
      });
    }
  })
  .describe('The states; a series for each, of which one is 1.');

const options = z
  .strictObject({
    states,
    dwell_s: z
      .union([positiveSeconds(), z.record(z.string(), positiveSeconds())])
      .default(60)
      .describe(
        'Mean time in a state before another follows: of all, or by state; 60 s for those that are not named.',
      ),
    transitions: z
      .record(z.string(), z.record(z.string(), z.number().min(0)))
      .default({})
      .describe(
        'By state, what may follow and how often, as weights. Without an entry all others follow alike; an empty one is never left.',
      ),
    start: z.string().optional().describe('The state at birth. Default: the first.'),
  })
  .superRefine((given, context) => {
    const known = new Set(given.states);
    const refuse = (path: string[], name: string): void => {
      if (known.has(name)) return;
      context.addIssue({
        code: 'custom',
        path,
        message: `${name} is none of the states: ${given.states.join(', ')}`,
      });
    };
    if (given.start !== undefined) refuse(['start'], given.start);
    if (typeof given.dwell_s === 'object')
      for (const name of Object.keys(given.dwell_s)) refuse(['dwell_s', name], name);
    for (const [from, weights] of Object.entries(given.transitions)) {
      refuse(['transitions', from], from);
      for (const to of Object.keys(weights)) {
        refuse(['transitions', from, to], to);
        if (to === from)
          context.addIssue({
            code: 'custom',
            path: ['transitions', from, to],
            message: `leads back to ${from}; how long it stays is said by dwell_s`,
          });
      }
    }
  });

type Options = z.output<typeof options>;

const DEFAULT_DWELL_S = 60;

/** What leaves each state, per second and by target. */
function ratesOf({ states: names, dwell_s: dwell, transitions }: Options): number[][] {
  return names.map((from) => {
    const dwellS = typeof dwell === 'number' ? dwell : (dwell[from] ?? DEFAULT_DWELL_S);
    const own = transitions[from];
    const weights = names.map((to) => (to === from ? 0 : own === undefined ? 1 : (own[to] ?? 0)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => (total === 0 ? 0 : weight / total / dwellS));
  });
}

/**
 * Level: whether the slot's state is the one that is active. A Markov chain in continuous time, looked at once a tick:
 * P(state at t) = row of exp(Q (t - t_{k-1})) of the state before. The slots of one series have one key, and so all draw the same.
 */
export const markov = defineScalar({
  name: 'markov',
  summary: 'Goes from state to state as a Markov chain does.',
  types: ['stateset'],
  options,
  examples: [
    { states: ['on', 'off'], dwell_s: 3 },
    { states: ['alone'] },
    {
      states: ['running', 'draining', 'down'],
      dwell_s: { running: '5s', down: 0.5 },
      transitions: { running: { draining: 3, down: 1 }, draining: { down: 1 }, down: {} },
      start: 'draining',
    },
  ],
  create(chosen, { stateOf = () => 0 }) {
    const rates = ratesOf(chosen);
    const first = Math.max(0, chosen.states.indexOf(chosen.start ?? ''));
    let withinS = 0;
    let rows: readonly Float64Array[] = [];
    return {
      state: ['active'],
      start({ from, to, state }) {
        (state['active'] as Float64Array).fill(first, from, to);
      },
      fill({ tick, intervalS, from, to, keysHi, keysLo, rng, state }, out) {
        const active = state['active'] as Float64Array;
        if (intervalS > 0 && intervalS !== withinS) {
          withinS = intervalS;
          rows = transitionsWithin(rates, intervalS);
        }
        for (let slot = from; slot < to; slot++) {
          if (intervalS > 0) {
            rng.seek(keysHi[slot] as number, keysLo[slot] as number, tick);
            active[slot] = follow(rows[active[slot] as number] as Float64Array, rng.float());
          }
          out[slot - from] = Number(active[slot] === stateOf(slot));
        }
      },
    };
  },
});

/** The first index whose cumulated probability is above a uniform number. */
function follow(cumulated: Float64Array, u: number): number {
  const last = cumulated.length - 1;
  let index = 0;
  while (index < last && u >= (cumulated[index] as number)) index++;
  return index;
}

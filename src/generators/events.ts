/** Levels that tell of the last of a row of events, each series with events of its own. */
import { z } from 'zod';
import { exponential } from '../util/draws.ts';
import { positiveSeconds } from '../util/fields.ts';
import { defineScalar, type Batch, type ScalarGenerator } from './generator.ts';

const options = z.strictObject({
  every_s: positiveSeconds().default(3600).describe('Time between two events, or its mean.'),
  events: z
    .enum(['poisson', 'fixed'])
    .default('poisson')
    .describe(
      'When they happen: at any time, as a Poisson process does, or by the clock, each series with a shift of its own.',
    ),
});

const examples: z.input<typeof options>[] = [
  {},
  { every_s: 3 },
  { every_s: '1m', events: 'fixed' },
  { every_s: 0.4, events: 'fixed' },
];

export const timeSince = defineScalar({
  name: 'time_since',
  summary: 'Seconds since the last event: of a backup, a restart, a message.',
  types: ['gauge'],
  options,
  examples,
  create: (chosen) => createEvents(chosen, (modelS, eventS) => modelS - eventS),
});

export const lastEvent = defineScalar({
  name: 'last_event',
  summary: 'When the last event was, in seconds since the Unix epoch.',
  types: ['gauge'],
  options,
  examples,
  create: (chosen) => createEvents(chosen, (_, eventS) => eventS),
});

/**
 * The last event before t. Poisson: looking back from t it is Exp(every) ago, and if that is further back than the last tick there was
 * none since. Fixed: the greatest n every + shift that is not after t, with the shift uniform in [0, every).
 */
function createEvents(
  { every_s: every, events }: z.output<typeof options>,
  level: (modelS: number, eventS: number) => number,
): ScalarGenerator {
  const isFixed = events === 'fixed';
  const find = (batch: Batch, slot: number, modelS: number): number => {
    const { rng, keysHi, keysLo, tick } = batch;
    rng.seek(keysHi[slot] as number, keysLo[slot] as number, isFixed ? 0 : tick);
    if (!isFixed) return modelS - every * exponential(rng);
    const shift = every * rng.float();
    return Math.min(modelS, Math.floor((modelS - shift) / every) * every + shift);
  };
  return {
    state: ['event'],
    start(batch) {
      const seen = batch.state['event'] as Float64Array;
      for (let { from: slot } = batch; slot < batch.to; slot++)
        seen[slot] = find(batch, slot, batch.modelMs / 1000);
    },
    fill(batch, out) {
      const { from, to, intervalS } = batch;
      const modelS = batch.modelMs / 1000;
      const seen = batch.state['event'] as Float64Array;
      for (let slot = from; slot < to; slot++) {
        if (intervalS > 0) {
          const eventS = find(batch, slot, modelS);
          if (modelS - eventS < intervalS) seen[slot] = eventS;
        }
        out[slot - from] = level(modelS, seen[slot] as number);
      }
    },
  };
}

import { describe, expect, it } from 'vitest';

import type { Amendments } from '../../src/config/amend.ts';
import { createFamilies } from '../../src/config/families.ts';
import { SLICING } from '../../src/engine/clock.ts';
import { createEffects } from '../../src/engine/effects.ts';
import { createLocalExecutor, type Blueprint } from '../../src/engine/executor.ts';
import { createTicker } from '../../src/engine/ticker.ts';
import { createFamilyControl } from '../../src/simulation/families.ts';
import { stepSources } from '../../src/simulation/plant.ts';
import { atOnce } from '../../src/util/slices.ts';
import { yieldNow } from '../../src/util/turns.ts';
import { configOf, START_MS } from '../support/simulation.ts';

const of = (rate: number) =>
  configOf({
    metrics: [{ name: 'm', type: 'counter', base_rate: rate, labels: { pod: { range: [1, 3] } } }],
  });
const bomb = (values: number): Amendments => ({
  explosions: [{ metric: 'm', label: 'user', values }],
  churns: [],
});

/** What other threads are asked for, by the number of the blueprint that it is about. */
function createRig() {
  const config = of(1);
  const configured = createFamilies(config);
  const sources = atOnce(stepSources(configured));
  const effects = createEffects();
  const executor = createLocalExecutor(sources, yieldNow);
  const ticker = createTicker({ sources, executor, effects, startMs: START_MS, intervalMs: 1000 });
  const asked: string[] = [];
  const blueprints: Blueprint[] = [];
  const control = createFamilyControl({
    before: { config, configured },
    shard: undefined,
    ticker,
    *make(_, families) {
      const known = ticker.sources;
      return { sources: yield* stepSources(families, known), known, model: undefined, buffers: [] };
    },
    executor: {
      async prepare(blueprint) {
        asked.push(`prepare ${blueprints.push(blueprint)}`);
        await yieldNow();
      },
      async release(blueprint) {
        asked.push(`release ${blueprints.indexOf(blueprint) + 1}`);
        await yieldNow();
      },
    },
    slicing: SLICING,
    following: () => control.amendments,
    admit: () => undefined,
    effects,
    onLoss: () => undefined,
  });
  return { control, asked };
}

describe('what other threads have made of families to come', () => {
  it('is let go of when it is expected no longer, and the rest when another change is taken', async () => {
    const { control, asked } = createRig();
    for (const values of [2, 3, 4]) await control.expect(bomb(values));
    expect(asked).toEqual(['prepare 1', 'prepare 2', 'release 1', 'prepare 3']);
    await control.amend(bomb(4));
    expect(asked.slice(4)).toEqual(['release 2']);
    expect(control.families.map(({ size }) => size)).toEqual([12]);
  });

  it('is let go of when something else has changed first, and made anew', async () => {
    const { control, asked } = createRig();
    const prepared = await control.prepare(of(5));
    await control.amend(bomb(2));
    expect(asked).toEqual(['prepare 1', 'prepare 2', 'release 1']);
    await control.change(prepared);
    expect(asked.slice(3)).toEqual(['prepare 3']);
    expect(control.config.metrics).toMatchObject([{ base_rate: 5 }]);
  });

  it('is let go of when nothing comes of it', async () => {
    const { control, asked } = createRig();
    await control.change(await control.prepare(of(1)));
    expect(asked).toEqual(['prepare 1', 'release 1']);
  });
});

import { describe, expect, it } from 'vitest';

import { lookAhead } from '../../src/simulation/ahead.ts';
import { createChurns } from '../../src/simulation/churns.ts';
import { createExplosions } from '../../src/simulation/explosions.ts';
import type { Scenarios } from '../../src/simulation/scenarios.ts';
import { createWorld } from '../../src/simulation/world.ts';
import { yieldNow } from '../../src/util/turns.ts';
import { configOf, START_MS } from '../support/simulation.ts';

const CONFIG = configOf({
  profiles: { web: { labels: { pod: { range: [1, 3] } } } },
  metrics: [{ name: 'm', type: 'counter', profile: 'web', algorithm: 'poisson', base_rate: 10 }],
  scenarios: {
    bomb: { steps: [{ at: 2, for: 3, explode: { metric: 'm', label: 'step', values: 2 } }] },
    deploy: {
      steps: [
        { at: 4, for: 5, churn: { profile: 'web', churn: { kind: 'rolling', label: 'pod', over: 2 } } },
      ],
    },
  },
});
const BOMB = { id: 'bomb', metric: 'm', label: 'user', values: 4 };
const ROLLING = { kind: 'rolling', label: 'pod', over: 2, after: 0 } as const;

type Upcoming = ReturnType<Scenarios['upcoming']>;

function createRig(intervalMs = 1000) {
  const explosions = createExplosions(() => CONFIG, undefined, intervalMs);
  const churns = createChurns(() => CONFIG, intervalMs);
  const now = (tick: number) => ({ tick, modelMs: tick * intervalMs });
  return {
    explode: (more: object, tick = 0) => explosions.set({ ...BOMB, ...more }, now(tick)),
    churn: (more: object, tick = 0) => churns.set({ profile: 'web', churn: ROLLING, ...more }, now(tick)),
    cancel: (id: string, at: number, tick = 0) => explosions.cancel({ id, at }, now(tick)),
    at: (tick: number, steps: Upcoming = []) =>
      lookAhead(
        {
          explosions,
          churns,
          intervalMs,
          scenarios: {
            upcoming: (from, to) => steps.filter((step) => step.tick >= from && step.tick <= to),
          },
        },
        tick,
      ),
  };
}

describe('what is known of families to come', () => {
  it('is nothing while nothing begins or ends soon', () => {
    const { at, explode } = createRig();
    expect(at(0)).toBeUndefined();
    explode({ at: 20 });
    expect(at(14)).toBeUndefined();
    expect(at(20)).toBeUndefined();
  });

  it('is an explosion five seconds before it begins, and its end', () => {
    const { at, explode } = createRig();
    explode({ at: 20, durationS: 10 });
    expect(at(15)).toEqual({ explosions: [BOMB], churns: [] });
    expect(at(25)).toEqual({ explosions: [], churns: [] });
  });

  it('is at least what the next tick brings, however long ticks are', () => {
    const { at, explode } = createRig(60_000);
    explode({ at: 7 });
    expect(at(5)).toBeUndefined();
    expect(at(6)).toEqual({ explosions: [BOMB], churns: [] });
  });

  it('is what comes first of several', () => {
    const { at, explode, churn } = createRig();
    explode({ at: 10 });
    explode({ id: 'a', label: 'other', at: 12 });
    churn({ id: 'c', at: 11 });
    const explosions = [{ ...BOMB, id: 'a', label: 'other' }, BOMB];
    const churns = [{ profile: 'web', churn: ROLLING, fromTick: 11, untilTick: Number.POSITIVE_INFINITY }];
    expect(at(9)).toEqual({ explosions: [BOMB], churns: [] });
    expect(at(10)).toEqual({ explosions: [BOMB], churns });
    expect(at(11)).toEqual({ explosions, churns });
  });

  it('is the end of what is cancelled for a tick to come', () => {
    const { at, explode, cancel } = createRig();
    explode({});
    cancel('bomb', 9, 2);
    expect(at(3)).toBeUndefined();
    expect(at(4)).toEqual({ explosions: [], churns: [] });
  });

  it('is what steps of scenarios begin and end', () => {
    const { at, explode } = createRig();
    explode({ id: 'scenario.s.1' });
    const step = { ...BOMB, id: 'scenario.s.2', label: 'step', at: 9, durationS: 2 };
    const steps: Upcoming = [
      { tick: 9, action: { do: 'explode', ...step } },
      { tick: 9, action: { do: 'set_churn', id: 'x', profile: 'web', churn: ROLLING, at: 9, durationS: 3 } },
      { tick: 9, action: { do: 'cancel_explosion', id: 'scenario.s.1' } },
      { tick: 8, action: { do: 'cancel_effect', id: 'scenario.s.3' } },
    ];
    expect(at(6, steps)).toEqual({
      explosions: [{ ...BOMB, id: 'scenario.s.2', label: 'step' }],
      churns: [{ profile: 'web', churn: ROLLING, fromTick: 9, untilTick: 12 }],
    });
  });
});

it('a run is the same whether there was time between ticks to make families ready or none', async () => {
  const numbers = async (turns: number): Promise<unknown[]> => {
    const world = await createWorld(CONFIG, { startMs: START_MS });
    const shown: unknown[] = [];
    await world.ticker.birth(START_MS);
    const act = async (action: Parameters<typeof world.prepare>[0]) => {
      const { commit } = await world.prepare(action);
      await commit(world.ticker.frame);
    };
    for (let tick = 1; tick <= 20; tick++) {
      if (tick === 2) await act({ do: 'start_scenario', scenario: 'bomb' });
      if (tick === 3) await act({ do: 'start_scenario', scenario: 'deploy', at: 6 });
      if (tick === 4) await act({ do: 'explode', ...BOMB, at: 9 });
      if (tick === 12) await act({ do: 'cancel_explosion', id: 'bomb', at: 14 });
      for (let turn = 0; turn < turns; turn++) await yieldNow();
      await world.ticker.advance(START_MS + tick * 1000);
      const [entry] = world.ticker.frame.families;
      if (entry?.column.kind !== 'scalar') throw new TypeError('a counter is a scalar');
      const { labels, size } = entry.family;
      shown.push([
        tick,
        [...entry.column.values],
        Array.from({ length: size }, (_, slot) => labels.names.map((__, d) => labels.value(slot, d)).join()),
      ]);
    }
    await world.close();
    return shown;
  };
  const hurried = await numbers(0);
  expect(await numbers(30)).toEqual(hurried);
  expect(new Set(hurried.map((one) => (one as unknown[][])[1]?.length))).toEqual(new Set([3, 6, 12]));
});

import { describe, expect, it } from 'vitest';

import { prepareAction, type Action } from '../../src/simulation/actions.ts';
import { createWorld } from '../../src/simulation/world.ts';
import { configOf, START_MS, startSimulation } from '../support/simulation.ts';

const metrics = [
  { name: 'ticks_total', type: 'counter', algorithm: 'constant', base_rate: 1 },
  { name: 'level', type: 'gauge', algorithm: 'constant', start: 1 },
];

/** A world whose tick 0 is done. */
async function createBorn() {
  const world = await createWorld(configOf({ metrics }), { startMs: START_MS });
  await world.ticker.birth(START_MS);
  return world;
}

describe('an action', () => {
  it.each<[string, Action, unknown]>([
    [
      'a spike',
      { do: 'spike', metric: 'level', multiplier: 2, durationS: 5 },
      { id: 'spike-1', from_tick: 1 },
    ],
    [
      'an effect',
      { do: 'set_effect', metrics: ['level'], value: { offset: 3 } },
      { outcome: 'created', effect: { id: 'effect-1', from_tick: 1 } },
    ],
  ])('%s takes effect with the tick after the one that it is committed at', async (_, action, answer) => {
    const { prepare, ticker } = await createBorn();
    const { commit } = await prepare(action);
    expect(await commit(ticker.frame)).toMatchObject(answer as object);
  });

  it('changes nothing until it is committed', async () => {
    const { prepare, ticker, spikes } = await createBorn();
    await prepare({ do: 'spike', metric: 'level', multiplier: 2, durationS: 5 });
    expect(spikes.active(ticker.frame.tick)).toEqual([]);
  });

  it.each<[Action['do'], Action, string]>([
    ['cancel_spike', { do: 'cancel_spike', id: 'spike-3' }, 'spike_not_found'],
    ['cancel_effect', { do: 'cancel_effect', id: 'calm' }, 'effect_not_found'],
  ])('%s of what is not there is refused', async (_, action, code) => {
    const { prepare, ticker } = await createBorn();
    const { commit } = await prepare(action);
    await expect(Promise.resolve().then(() => commit(ticker.frame))).rejects.toMatchObject({ code });
  });

  it('is the same whether it is taken or read from its record', async () => {
    const taken = { do: 'set_effect', metrics: ['level'], series: undefined, value: { scale: -0 } } as const;
    const read = JSON.parse(JSON.stringify(taken)) as typeof taken;
    const [live, replayed] = [await createBorn(), await createBorn()];
    for (const [{ prepare, ticker }, action] of [
      [live, taken],
      [replayed, read],
    ] as const)
      await (await prepare(action)).commit(ticker.frame);
    expect(live.effects.active(0)).toStrictEqual(replayed.effects.active(0));
  });

  it('of no known kind is told what there is', async () => {
    const world = await createBorn();
    await expect(prepareAction({ do: 'explode_all' } as never, world)).rejects.toThrow(
      'there is no action explode_all; allowed: spike, cancel_spike, error_rate, set_effect,',
    );
  });

  it('names what it makes up by the actions before it, whatever was refused in between', async () => {
    const run = await startSimulation({ metrics });
    const { simulation } = run;
    const spike = () => simulation.act({ do: 'spike', metric: 'level', multiplier: 2, durationS: 1 });
    const effect = () => simulation.act({ do: 'set_effect', metrics: ['level'], value: { offset: 1 } });
    await spike();
    await effect();
    await expect(simulation.spike({ metric: 'no', multiplier: 1, durationS: 1 })).rejects.toThrow('no');
    await run.ticks(3);
    expect([(await spike()).id, (await effect()).effect.id]).toEqual(['spike-2', 'effect-2']);
  });
});

import { describe, expect, it } from 'vitest';

import type { Config } from '../../src/config/schema.ts';
import { birthOf, isPresent } from '../../src/series/frame.ts';
import type { Action } from '../../src/simulation/actions.ts';
import { createWorld } from '../../src/simulation/world.ts';
import { configOf, START_MS } from '../support/simulation.ts';

const METRIC = { name: 'm', type: 'counter', profile: 'web', algorithm: 'constant', base_rate: 10 };

const of = (more: object = {}): Config =>
  configOf({
    profiles: { web: { labels: { pod: { range: [1, 2] } } }, other: { labels: { host: { range: [1, 2] } } } },
    metrics: [METRIC],
    ...more,
  });
const ROLLING = { kind: 'rolling', label: 'pod', over: 2, after: 0 } as const;

async function born(config: Config) {
  const losses: string[] = [];
  const world = await createWorld(config, {
    startMs: START_MS,
    onFailure: (message) => losses.push(message),
  });
  await world.ticker.birth(START_MS);
  const tick = async (times = 1) => {
    for (let i = 0; i < times; i++)
      await world.ticker.advance(START_MS + (world.ticker.frame.tick + 1) * 1000);
  };
  const act = async <A extends Action>(action: A) => {
    const { commit } = await world.prepare(action);
    return commit(world.ticker.frame);
  };
  /** `labels value birth` of each series of the first metric, pods that have turned over marked. */
  const shown = () => {
    const [entry] = world.ticker.frame.families;
    if (entry?.column.kind !== 'scalar') throw new TypeError('not read here');
    const { values } = entry.column;
    const { labels, size } = entry.family;
    return Array.from({ length: size }, (_, slot) => slot)
      .filter((slot) => isPresent(entry, slot))
      .map((slot) => {
        const own = labels.names.map((_, d) => labels.value(slot, d).replace(/-.*/, "'")).join('/');
        return `${own} ${values[slot]} ${(birthOf(entry, slot) - START_MS) / 1000}`;
      });
  };
  const change = async (to: Config) => world.lineUp.change(await world.lineUp.prepare(to));
  return { world, tick, act, shown, change, losses };
}

describe('an explosion', () => {
  it('ends all series, begins as many others for each value, and puts the first ones back', async () => {
    const { world, tick, act, shown } = await born(of());
    await tick();
    const { outcome, explosion } = await act({
      do: 'explode',
      metric: 'm',
      label: 'user',
      values: 3,
      durationS: 2,
    });
    expect(outcome).toBe('created');
    expect(explosion).toMatchObject({
      id: 'explosion-1',
      from_tick: 2,
      until_tick: 4,
      series: 6,
      stored_series: 6,
    });
    await tick();
    expect(shown()).toEqual(['1/1 0 2', '1/2 0 2', '1/3 0 2', '2/1 0 2', '2/2 0 2', '2/3 0 2']);
    await tick();
    expect(shown()[0]).toBe('1/1 10 2');
    expect(world.explosions.active(3)).toEqual([]);
    await tick();
    expect(shown()).toEqual(['1 0 4', '2 0 4']);
    await tick();
    expect(shown()).toEqual(['1 10 4', '2 10 4']);
  });

  it('begins at a tick to come, and ends with the next one when it is cancelled', async () => {
    const { tick, act, shown } = await born(of());
    await act({ do: 'explode', id: 'bomb', metric: 'm', label: 'user', values: 2, at: 3 });
    await tick(2);
    expect(shown()).toHaveLength(2);
    await tick();
    expect(shown()).toHaveLength(4);
    expect(await act({ do: 'cancel_explosion', id: 'bomb' })).toMatchObject({ until_tick: 4 });
    await tick();
    expect(shown()).toEqual(['1 0 4', '2 0 4']);
    await expect(act({ do: 'cancel_explosion', id: 'bomb' })).rejects.toThrow(
      'no explosion bomb is active or to come; there are: none',
    );
  });

  it('that overlaps another one of the same metric tells of the series that both together make', async () => {
    const { world, tick, act, shown } = await born(of());
    await act({ do: 'explode', id: 'one', metric: 'm', label: 'user', values: 3, durationS: 5 });
    const { explosion } = await act({
      do: 'explode',
      id: 'two',
      metric: 'm',
      label: 'session',
      values: 2,
      at: 2,
      durationS: 2,
    });
    const seriesOf = () =>
      world.explosions.active(world.ticker.frame.tick).map(({ id, series }) => `${id} ${series}`);
    expect(explosion).toMatchObject({ series: 12, stored_series: 12 });
    expect(seriesOf()).toEqual(['one 12', 'two 12']);
    await tick(2);
    expect(shown()).toHaveLength(12);
    expect(seriesOf()).toEqual(['one 12', 'two 12']);
    await tick();
    expect(seriesOf()).toEqual(['one 6']);
  });

  it('changes nothing when it is asked for again, and is another one when it is asked for otherwise', async () => {
    const { tick, act, shown } = await born(of());
    const bomb = { do: 'explode', id: 'bomb', metric: 'm', label: 'user', values: 2 } as const;
    await act(bomb);
    await tick(2);
    expect((await act(bomb)).outcome).toBe('unchanged');
    await tick();
    expect(shown()[0]).toBe('1/1 20 1');
    expect((await act({ ...bomb, values: 3 })).outcome).toBe('replaced');
    await tick();
    expect(shown()).toHaveLength(6);
  });

  it('goes on through a change of the metrics', async () => {
    const { world, tick, act, shown, change } = await born(of());
    await act({ do: 'explode', metric: 'm', label: 'user', values: 2, durationS: 4 });
    await tick(2);
    await change(of({ metrics: [{ ...METRIC, base_rate: 20 }] }));
    await tick();
    expect(shown()).toEqual(['1/1 30 1', '1/2 30 1', '2/1 30 1', '2/2 30 1']);
    await tick(2);
    expect(shown()).toEqual(['1 0 5', '2 0 5']);
    expect(world.config.metrics[0]).not.toHaveProperty('exploded');
  });

  it.each<[string, object, string]>([
    [
      'another metric follows from it',
      {
        metrics: [
          METRIC,
          { name: 'twice', type: 'gauge', profile: 'web', algorithm: 'derived', expression: '2 * m' },
        ],
      },
      'metric is m, which twice follows from, series by series; they need the same labels',
    ],
    [
      'it has the label of itself',
      { metrics: [{ ...METRIC, labels: { user: { values: ['x'] } } }] },
      'label is user, which m has already; its labels: pod, user',
    ],
    [
      'there would be too many series',
      { limits: { max_series: 5 }, profiles: { web: { labels: { pod: { range: [1, 4] } } } } },
      'values is 2, which brings the stored series to 8, more than limits.max_series, 5',
    ],
  ])('rests, and is said to, while %s', async (_, more, why) => {
    const { tick, act, shown, change, losses } = await born(of());
    await act({ do: 'explode', metric: 'm', label: 'user', values: 2 });
    await tick();
    expect(shown()).toHaveLength(4);
    await change(of(more));
    await tick();
    expect(shown().every((series) => / 2$| 0$/.test(series) && !series.startsWith('1/1'))).toBe(true);
    expect(losses).toEqual([`m does not explode by 2 values of user: ${why}`]);
    await change(of());
    await tick();
    expect(shown()).toEqual(['1/1 0 3', '1/2 0 3', '2/1 0 3', '2/2 0 3']);
    expect(losses).toHaveLength(1);
  });

  it('takes an effect on its label with it, and says so', async () => {
    const { world, tick, act, losses } = await born(of());
    await act({ do: 'explode', metric: 'm', label: 'user', values: 2, durationS: 2 });
    await tick();
    await act({ do: 'set_effect', id: 'one', metrics: ['m'], series: '{user="1"}', rate: 3 });
    await tick(2);
    expect(world.effects.active(3)).toEqual([]);
    expect(losses).toEqual(['effect one ends: none of its series is left']);
  });

  it('has all series that there are then changed by several effects, and by an error rate', async () => {
    const codes = { labels: { status: { values: ['200', '500'] } } };
    const metrics = [{ ...METRIC, algorithm: 'poisson', ...codes }];
    const { world, tick, act, shown } = await born(of({ metrics }));
    await act({ do: 'spike', metric: 'm', multiplier: 5, durationS: 60 });
    await act({ do: 'error_rate', metric: 'm', rate: 1, durationS: 60 });
    await act({ do: 'set_effect', id: 'one', metrics: ['m'], series: '{pod="1"}', rate: 0 });
    await act({ do: 'explode', metric: 'm', label: 'user', values: 2, durationS: 5 });
    await tick(3);
    const grown = shown().filter((line) => !/ 0 \d+$/.test(line));
    expect(grown.map((line) => line.split(' ')[0])).toEqual(['2/500/1', '2/500/2']);
    await tick(4);
    expect(shown().map((line) => line.split(' ')[0])).toEqual(['1/200', '1/500', '2/200', '2/500']);
    expect(world.effects.active(7)).toHaveLength(3);
  });

  it('is a step of a scenario', async () => {
    const scenarios = {
      bomb: { steps: [{ at: 1, for: 2, explode: { metric: 'm', label: 'user', values: 2 } }] },
    };
    const { tick, act, shown } = await born(of({ scenarios }));
    await act({ do: 'start_scenario', scenario: 'bomb' });
    const sizes: number[] = [];
    for (let i = 0; i < 5; i++) {
      await tick();
      sizes.push(shown().length);
    }
    expect(sizes).toEqual([2, 4, 4, 2, 2]);
  });

  const EXPLODE = { do: 'explode', metric: 'm', label: 'user', values: 2 } as const;
  it.each<[string, object, string]>([
    ['a metric that there is not', { metric: 'n' }, 'no metric is called n'],
    ['a label that it has', { label: 'pod' }, 'label is pod, which m has already; its labels: pod'],
    [
      'more series than allowed',
      { values: 501 },
      'values is 501, which brings the stored series to 1,002, more than limits.max_series, 1,000',
    ],
    [
      'labels that are too long',
      { label: 'a_label_with_a_long_name' },
      'label is a_label_with_a_long_name, which brings the labels of m to 29 bytes, more than limits.max_label_bytes, 20',
    ],
    ['a tick that is over', { at: 1 }, 'at is tick 1; the next tick is 2'],
    ['an id that is none', { id: '.' }, 'id is "."; allowed: up to 64 letters'],
  ])('is refused with %s', async (_, more, message) => {
    const { tick, act } = await born(of({ limits: { max_series: 1000, max_label_bytes: 20 } }));
    await tick();
    await expect(act({ ...EXPLODE, ...more })).rejects.toThrow(message);
  });

  it('is refused where another one has the same label at the same time, and taken after it', async () => {
    const { act } = await born(of());
    await act({ ...EXPLODE, durationS: 3 });
    await expect(act({ ...EXPLODE, at: 3 })).rejects.toThrow('label is user, which m has already');
    expect(await act({ ...EXPLODE, at: 4 })).toMatchObject({ explosion: { id: 'explosion-2' } });
  });

  it('is refused where values follow series by series', async () => {
    const sum = { name: 'twice', type: 'gauge', profile: 'web', algorithm: 'derived', expression: '2 * m' };
    const { act } = await born(of({ metrics: [METRIC, sum] }));
    await expect(act(EXPLODE)).rejects.toThrow('metric is m, which twice follows from');
    await expect(act({ ...EXPLODE, metric: 'twice' })).rejects.toThrow('which follows from other metrics');
  });
});

describe('churn that begins while it runs', () => {
  it('turns series over as that of the file does, counted from its first tick', async () => {
    const { world, tick, act, shown } = await born(of());
    await tick(2);
    const { churn } = await act({ do: 'set_churn', profile: 'web', churn: ROLLING });
    expect(churn).toMatchObject({ id: 'churn-1', from_tick: 3, until_tick: null, metrics: ['m'] });
    await tick();
    expect(shown()).toEqual(['1 30 0', '2 30 0']);
    await tick();
    expect(shown()).toEqual(["1' 0 4", '2 40 0']);
    await tick();
    expect(shown()).toEqual(["1' 10 4", "2' 0 5"]);
    expect(world.churns.active(5).map(({ id }) => id)).toEqual(['churn-1']);
  });

  it('leaves labels what they have become when it is cancelled, and another one goes on from there', async () => {
    const { world, tick, act, shown } = await born(of());
    await act({ do: 'set_churn', id: 'one', profile: 'web', churn: ROLLING });
    await tick();
    await act({ do: 'cancel_churn', id: 'one' });
    await tick(3);
    expect(shown()).toEqual(["1' 20 2", '2 40 0']);
    const [before] = world.families;
    const pod = before?.labels.value(0, 0);
    await act({ do: 'set_churn', id: 'two', profile: 'web', churn: ROLLING });
    await tick();
    expect(world.families[0]?.labels.value(0, 0)).toBe(pod);
    await tick(2);
    expect(world.families[0]?.labels.value(0, 0)).not.toBe(pod);
    expect(shown()).toEqual(["1' 10 6", "2' 0 7"]);
  });

  it('brings back what is away at its end', async () => {
    const churn = { kind: 'autoscale', label: 'pod', min: 1, max: 2, period: 20, shape: 'square' } as const;
    const { tick, act, shown } = await born(of());
    await act({ do: 'set_churn', profile: 'web', churn, durationS: 2 });
    await tick(2);
    expect(shown()).toEqual(['1 20 0']);
    await tick(2);
    expect(shown()).toEqual(['1 40 0', "2' 10 3"]);
  });

  it('leaves an effect on a label that has turned over where it is', async () => {
    const { world, tick, act, shown } = await born(of());
    await act({ do: 'set_churn', id: 'one', profile: 'web', churn: ROLLING, durationS: 2 });
    await tick(2);
    await act({ do: 'set_effect', id: 'turned', metrics: ['m'], series: '{pod=~"1-.*"}', rate: 3 });
    // Another one makes other spaces of labels.
    await act({ do: 'set_churn', id: 'two', profile: 'web', churn: { ...ROLLING, over: 100 } });
    await tick(2);
    expect(shown()).toEqual(["1' 60 2", "2' 10 3"]);
    expect(world.effects.active(4)).toMatchObject([{ id: 'turned', targets: [{ series: 1, of: 2 }] }]);
  });

  it('goes on beneath an explosion', async () => {
    const { tick, act, shown } = await born(of());
    await act({ do: 'set_churn', profile: 'web', churn: ROLLING });
    await act({ do: 'explode', metric: 'm', label: 'user', values: 2 });
    await tick(3);
    expect(shown()).toEqual(["1'/1 10 2", "1'/2 10 2", "2'/1 0 3", "2'/2 0 3"]);
  });

  it.each<[string, object, string]>([
    ['a profile that there is not', { profile: 'wep' }, 'no profile is called wep, did you mean web?'],
    [
      'a label that there is not',
      { churn: { ...ROLLING, label: 'pods' } },
      'churn.label: is "pods", which is no label of the profile; it has pod',
    ],
  ])('is refused with %s', async (_, more, message) => {
    const { act } = await born(of());
    await expect(act({ do: 'set_churn', profile: 'web', churn: ROLLING, ...more })).rejects.toThrow(message);
  });

  it('is of one label', async () => {
    const profiles = { web: { labels: { pod: { range: [1, 2] }, zone: { range: [1, 2] } } } };
    const { act } = await born(of({ profiles }));
    await act({ do: 'set_churn', profile: 'web', churn: ROLLING });
    await expect(
      act({ do: 'set_churn', profile: 'web', churn: { ...ROLLING, label: 'zone' } }),
    ).rejects.toThrow('churn.label: is zone, and series of web turn over by pod');
  });
});

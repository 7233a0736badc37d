import { describe, expect, it } from 'vitest';

import type { Config } from '../../src/config/schema.ts';
import { birthOf, isPresent } from '../../src/series/frame.ts';
import type { Action } from '../../src/simulation/actions.ts';
import { planOf } from '../../src/simulation/plan.ts';
import { createWorld } from '../../src/simulation/world.ts';
import { configOf, START_MS } from '../support/simulation.ts';

const METRIC = { name: 'm', type: 'counter', profile: 'web', algorithm: 'constant', base_rate: 10 };

const of = (profile: object, metric: object = {}): Config =>
  configOf({
    profiles: { web: { labels: { pod: { range: [1, 4] } }, ...profile } },
    metrics: [{ ...METRIC, ...metric }],
  });
const ROLLING = { kind: 'rolling', label: 'pod', over: 4, after: 2 };

async function born(config: Config) {
  const world = await createWorld(config, { startMs: START_MS });
  await world.ticker.birth(START_MS);
  const tick = async (times = 1) => {
    for (let i = 0; i < times; i++)
      await world.ticker.advance(START_MS + (world.ticker.frame.tick + 1) * 1000);
  };
  /** `pod value birth` of each series, the pods that have turned over marked; `-` for none. */
  const shown = () => {
    const [entry] = world.ticker.frame.families;
    if (entry?.column.kind !== 'scalar') throw new TypeError('not read here');
    const { values } = entry.column;
    return Array.from({ length: entry.family.size }, (_, slot) => {
      if (!isPresent(entry, slot)) return '-';
      const pod = entry.family.labels.value(slot, 0).replace(/-.*/, "'");
      return `${pod} ${values[slot]} ${(birthOf(entry, slot) - START_MS) / 1000}`;
    });
  };
  return { world, tick, shown };
}

describe('a profile with churn', () => {
  it('ends series and begins others from zero with the tick', async () => {
    const { world, tick, shown } = await born(of({ churn: ROLLING }));
    await tick(3);
    expect(shown()).toEqual(["1' 0 3", '2 30 0', '3 30 0', '4 30 0']);
    expect(world.ticker.frame.families[0]?.turned).toEqual([0]);
    await tick(4);
    expect(shown()).toEqual(["1' 40 3", "2' 30 4", "3' 20 5", "4' 10 6"]);
    expect(world.ticker.frame.families[0]?.turned).toBeUndefined();
  });

  it('has series stay away and come back with the labels that they had', async () => {
    const churn = { kind: 'crash_loop', label: 'pod', share: 1, every: 20, back_off: 3 };
    const { tick, shown } = await born(of({ churn }));
    let away = 0;
    for (let i = 0; i < 60; i++) {
      await tick();
      for (const series of shown()) {
        expect(series).not.toContain("'");
        away += Number(series === '-');
      }
    }
    expect(away).toBeGreaterThan(4 * 3);
  });

  it('has its effects on the labels that there are at each tick', async () => {
    const { world, tick, shown } = await born(of({ churn: ROLLING }));
    const prepared = await world.effects.prepare({ metrics: ['m'], series: '{pod=~"[0-9]+"}', rate: 3 });
    world.effects.set(prepared, world.ticker.frame);
    await tick(4);
    expect(shown()).toEqual(["1' 10 3", "2' 0 4", '3 120 0', '4 120 0']);
  });

  it('gives a turned series the draws of its own label set', async () => {
    const { world, tick, shown } = await born(
      of({ churn: ROLLING }, { algorithm: 'poisson', base_rate: 50 }),
    );
    await tick(7);
    const [value] = shown();
    const pod = world.families[0]?.labels.value(0, 0);
    const fixed = await born(
      configOf({
        profiles: { web: { labels: { pod: { values: [pod] } } } },
        metrics: [{ ...METRIC, algorithm: 'poisson', base_rate: 50 }],
      }),
    );
    await fixed.tick(3);
    const [before] = fixed.shown();
    await fixed.tick(4);
    const numberOf = (text = '') => Number(text.split(' ')[1]);
    expect(numberOf(value)).toBe(numberOf(fixed.shown()[0]) - numberOf(before));
  });

  it('goes on through a change of its metrics, and takes in new ones as they are by now', async () => {
    const { world, tick, shown } = await born(of({ churn: ROLLING }));
    await tick(4);
    await world.lineUp.change(await world.lineUp.prepare(of({ churn: ROLLING }, { base_rate: 20 })));
    await tick();
    expect(shown()).toEqual(["1' 30 3", "2' 20 4", "3' 0 5", '4 60 0']);
    const wider = of({ churn: ROLLING, series_cap: 3 }, { base_rate: 20 });
    await world.lineUp.change(await world.lineUp.prepare(wider));
    await tick();
    expect(shown()).toEqual(["1' 50 3", "2' 40 4", "3' 20 5"]);
  });

  it('leaves series that are listed by themselves alone, and they leave it alone', async () => {
    const series = [{ labels: { zone: 'north' } }, { labels: { pod: 'canary' } }];
    const { tick, shown } = await born(of({ churn: ROLLING }, { series }));
    await tick(7);
    const alone = await born(of({ churn: ROLLING }));
    await alone.tick(7);
    expect(shown()).toEqual([...alone.shown(), ' 70 0', 'canary 70 0']);
  });

  it.each<[string, number, readonly string[]]>([
    ['was away', 2, ['1 30 0', '2 0 3', '3 0 3']],
    ['has the labels of the file again', 7, ['1 80 0', '2 0 8', '3 0 8']],
  ])('begins anew what %s, since a reload takes away what turned it over', async (_, ticks, wanted) => {
    const { world, tick, shown } = await born(of({}));
    const act = async (action: Action) => (await world.prepare(action)).commit(world.ticker.frame);
    const churn = { kind: 'autoscale', label: 'pod', min: 1, max: 4, period: 10, shape: 'square' } as const;
    await act({ do: 'set_churn', profile: 'web', churn });
    await tick(ticks);
    expect(shown()).toEqual(
      ticks < 6 ? ['1 20 0', '-', '-', '-'] : ['1 70 0', "2' 10 6", "3' 10 6", "4' 10 6"],
    );
    await act({ do: 'configure', config: of({ labels: { pod: { range: [1, 3] } } }) });
    await tick();
    expect(shown()).toEqual(wanted);
  });

  it('is planned with the label sets that an hour shows', () => {
    const plan = planOf(of({ churn: { kind: 'steady', label: 'pod', per_hour: 0.5 } }));
    expect(plan.families.map(({ series, series_in_an_hour: seen }) => [series, seen])).toEqual([[4, 6]]);
  });

  it.each<[string, object, string]>([
    [
      'a label that there is not',
      { ...ROLLING, label: 'pods' },
      'profiles.web.churn.label: is "pods", which is no label of the profile; it has pod',
    ],
    [
      'a kind that there is not',
      { kind: 'rollin', label: 'pod' },
      'profiles.web.churn.kind: is "rollin"; allowed: rolling, autoscale, crash_loop, steady',
    ],
    [
      'no kind',
      { label: 'pod' },
      'profiles.web.churn.kind: is missing; allowed: rolling, autoscale, crash_loop, steady',
    ],
    [
      'more values than there are',
      { kind: 'autoscale', label: 'pod', min: 1, max: 9, period: '1m' },
      'profiles.web.churn.max: is 9; pod has 4 values',
    ],
    [
      'deployments that overlap',
      { ...ROLLING, every: 3 },
      'profiles.web.churn.every: is 3 s, less than over, 4 s: one deployment ends before the next begins',
    ],
    [
      'a key of another kind',
      { ...ROLLING, share: 1 },
      'profiles.web.churn.share: unknown key share; allowed: kind, label, over, every, after',
    ],
  ])('is refused with %s', (_, churn, message) => {
    expect(() => of({ churn })).toThrow(message);
  });
});

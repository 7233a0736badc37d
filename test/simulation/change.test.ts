import { describe, expect, it } from 'vitest';

import { createFamilies } from '../../src/config/families.ts';
import type { Config } from '../../src/config/schema.ts';
import { birthOf } from '../../src/series/frame.ts';
import { planChange } from '../../src/simulation/change.ts';
import { atOnce } from '../../src/util/slices.ts';
import { createWorld } from '../../src/simulation/world.ts';
import { configOf, START_MS } from '../support/simulation.ts';

const PROFILE = { labels: { zone: { values: ['a', 'b'] }, host: { range: [1, 3] } }, series_cap: 5 };
const METRIC = { name: 'm', type: 'counter', profile: 'web', algorithm: 'constant', base_rate: 10 };
const HISTOGRAM = { name: 'm', type: 'histogram', buckets: [1, 2], observations_per_s: 3 };
const SUMMARY = { name: 'm', type: 'summary', quantiles: [0.5] };

const of = (metric: object = {}, profile: object = {}, base: object = METRIC): Config =>
  configOf({ profiles: { web: { ...PROFILE, ...profile } }, metrics: [{ ...base, ...metric }] });

describe('a change of the configuration', () => {
  it.each<[string, Config, Config, string, readonly number[] | undefined]>([
    ['nothing', of(), of(), 'same', undefined],
    ['its help', of(), of({ help: 'Other words.' }), 'kept', undefined],
    [
      'a unit that is in the name already',
      of({ name: 'm_seconds' }),
      of({ name: 'm_seconds', unit: 's' }),
      'kept',
      undefined,
    ],
    ['a unit that makes another name', of(), of({ unit: 's' }), 'replaced', undefined],
    ['its rate', of(), of({ base_rate: 20 }), 'changed', undefined],
    [
      'its algorithm',
      of(),
      of({}, {}, { ...METRIC, algorithm: 'poisson', base_rate: 3 }),
      'changed',
      undefined,
    ],
    ['its decimals', of(), of({ decimals: 2 }), 'changed', undefined],
    ['its seed', of(), of({ seed: 7 }), 'changed', undefined],
    ['a lower cap', of(), of({}, { series_cap: 3 }), 'changed', [0, 1, 2]],
    ['a higher cap', of(), of({}, { series_cap: 6 }), 'changed', [0, 1, 2, 3, 4, -1]],
    [
      'a cap of hashed series',
      of({}, { sampling_strategy: 'hash', series_cap: 4 }),
      of({}, { sampling_strategy: 'hash', series_cap: 5 }),
      'changed',
      [0, 1, 2, 3, -1],
    ],
    [
      'values of a label in another order, with a new one',
      of(),
      of(
        {},
        { labels: { zone: { values: ['b', 'a', 'c'] }, host: { range: [1, 3] } }, series_cap: undefined },
      ),
      'changed',
      [3, 4, -1, 0, 1, 2, -1, -1, -1],
    ],
    [
      'labels in another order: equal label sets are equal',
      of(),
      of({}, { labels: { host: { range: [1, 3] }, zone: { values: ['a', 'b'] } }, series_cap: undefined }),
      'changed',
      [0, 3, 1, 4, 2, -1],
    ],
    ['a label more', of(), of({ labels: { extra: { values: ['x'] } } }), 'replaced', undefined],
    ['its type', of(), of({}, {}, { name: 'm', type: 'gauge', profile: 'web' }), 'replaced', undefined],
    ['its buckets', of({}, {}, HISTOGRAM), of({ buckets: [1, 3] }, {}, HISTOGRAM), 'replaced', undefined],
    [
      'its arrivals',
      of({}, {}, HISTOGRAM),
      of({ observations_per_s: 4 }, {}, HISTOGRAM),
      'changed',
      undefined,
    ],
    ['its quantiles', of({}, {}, SUMMARY), of({ quantiles: [0.9] }, {}, SUMMARY), 'replaced', undefined],
    ['its window', of({}, {}, SUMMARY), of({ window_s: 30 }, {}, SUMMARY), 'changed', undefined],
  ])('to %s', (_, before, after, outcome, from) => {
    const line = { config: before, configured: createFamilies(before) };
    const plan = atOnce(planChange(line, after));
    expect(Object.fromEntries(plan.outcomes)).toEqual({ [before.metrics[0]?.name ?? '']: outcome });
    const [family] = plan.change.families;
    const [old] = line.configured;
    const succession = family && plan.change.successions.get(family);
    expect(plan.made.map((entry) => entry.family)).toEqual(outcome === 'same' ? [] : [family]);
    if (outcome === 'same') expect(family).toBe(old?.family);
    expect(succession?.before).toBe(['kept', 'changed'].includes(outcome) ? old?.family : undefined);
    expect(succession?.from && [...succession.from]).toEqual(from);
  });

  it('tells metrics that come and go, and keeps the others as they are', () => {
    const before = configOf({
      metrics: [
        { name: 'a', type: 'gauge' },
        { name: 'b', type: 'gauge' },
      ],
    });
    const after = configOf({
      metrics: [
        { name: 'c', type: 'gauge' },
        { name: 'b', type: 'gauge' },
      ],
    });
    const line = { config: before, configured: createFamilies(before) };
    const plan = atOnce(planChange(line, after));
    expect([...plan.outcomes]).toEqual([
      ['c', 'added'],
      ['b', 'same'],
      ['a', 'removed'],
    ]);
    expect(plan.change.families[1]).toBe(line.configured[1]?.family);
    expect(plan.change.successions.size).toBe(0);
  });
});

describe('families that change while they run', () => {
  async function born(config: Config) {
    const world = await createWorld(config, { startMs: START_MS });
    await world.ticker.birth(START_MS);
    const tick = async (times = 1) => {
      for (let i = 0; i < times; i++)
        await world.ticker.advance(START_MS + (world.ticker.frame.tick + 1) * 1000);
    };
    const change = async (after: Config) => world.lineUp.change(await world.lineUp.prepare(after));
    const shown = () =>
      world.ticker.frame.families.map((entry) => {
        const { column, family } = entry;
        if (column.kind === 'summary') throw new TypeError('not read here');
        const values = column.kind === 'scalar' ? column.values : column.sums;
        return Array.from({ length: family.size }, (_, slot) => [
          values[slot],
          (birthOf(entry, slot) - START_MS) / 1000,
        ]);
      });
    return { ...world, world, tick, change, shown };
  }

  it('go on from their totals at the new rate, and new series begin', async () => {
    const { tick, change, shown } = await born(of());
    await tick(2);
    await change(of({ base_rate: 20 }, { series_cap: 6 }));
    await tick();
    expect(shown()).toEqual([[...Array.from({ length: 5 }, () => [40, 0]), [0, 3]]]);
    await tick();
    expect(shown()).toEqual([[...Array.from({ length: 5 }, () => [60, 0]), [20, 3]]]);
  });

  it('begin anew where they are others', async () => {
    const { tick, change, shown } = await born(of());
    await tick(2);
    await change(of({ unit: 's' }));
    await tick();
    expect(shown()).toEqual([Array.from({ length: 5 }, () => [0, 3])]);
  });

  it('take changes that are prepared at the same time one after the other', async () => {
    const { world, tick, shown } = await born(of());
    const [first, second] = [
      await world.lineUp.prepare(of({ base_rate: 20 })),
      await world.lineUp.prepare(of({}, { series_cap: 2 })),
    ];
    await world.lineUp.change(first);
    const applied = await world.lineUp.change(second);
    expect([...applied.outcomes]).toEqual([['m', 'changed']]);
    await tick();
    expect(shown()).toEqual([
      [
        [10, 0],
        [10, 0],
      ],
    ]);
    expect(world.config.metrics[0]).toMatchObject({ base_rate: 10 });
  });

  it('leave what is frozen as it is', async () => {
    const { world, tick, change, shown, ticker } = await born(of());
    const prepared = await world.effects.prepare({ metrics: ['m'], freeze: true, durationS: 4 });
    await tick();
    world.effects.set(prepared, ticker.frame);
    await tick();
    await change(of({ base_rate: 20 }, { series_cap: 2 }));
    await tick(2);
    expect(shown()).toEqual([
      [
        [10, 0],
        [10, 0],
      ],
    ]);
    await tick(2);
    expect(shown()[0]?.[0]).toEqual([20 + 4 * 20, 0]);
  });

  it('find an effect that was prepared before them', async () => {
    const { world, tick, change, shown, ticker } = await born(of());
    const wider = { labels: { zone: { values: ['a', 'b'] }, host: { range: [1, 4] } }, series_cap: 8 };
    const request = { do: 'set_effect', metrics: ['m'], series: '{host="1"}', rate: 3 } as const;
    const { commit } = await world.prepare(request);
    await change(of({}, wider));
    await commit(ticker.frame);
    await tick(2);
    const values = shown()[0]?.map(([value]) => value);
    expect(values).toEqual([60, 20, 20, 10, 60, 20, 10, 10]);
  });

  it('keep the effects on series that are still there, find them anew, and end those on none', async () => {
    const { world, tick, change, shown, ticker } = await born(of());
    const take = async (id: string, series: string) => {
      const prepared = await world.effects.prepare({ id, metrics: ['m'], series, rate: 3 });
      world.effects.set(prepared, ticker.frame);
    };
    await take('stays', '{zone="b",host="1"}');
    await take('goes', '{zone="a"}');
    await tick();
    expect(shown()).toEqual([
      [
        [30, 0],
        [30, 0],
        [30, 0],
        [30, 0],
        [10, 0],
      ],
    ]);
    const applied = await change(
      of({}, { labels: { zone: { values: ['c', 'b'] }, host: { range: [1, 3] } }, series_cap: undefined }),
    );
    expect(applied.effects).toEqual({ ended: ['goes'], lost: [] });
    await tick();
    expect(shown()).toEqual([
      [
        [0, 2],
        [0, 2],
        [0, 2],
        [60, 0],
        [20, 0],
        [0, 2],
      ],
    ]);
    expect(world.effects.active(2).map(({ id, targets }) => [id, targets])).toEqual([
      ['stays', [{ metric: 'm', series: 1, of: 6 }]],
    ]);
  });
});

describe('a metric that follows from one that changes', () => {
  const withStart = (start: number): Config =>
    configOf({
      metrics: [
        { name: 'free', type: 'gauge', algorithm: 'derived', expression: '16 - used' },
        { name: 'used', type: 'gauge', algorithm: 'constant', start },
      ],
    });

  it('follows the one that takes its place', async () => {
    const config = withStart(4);
    const plan = atOnce(planChange({ config, configured: createFamilies(config) }, withStart(5)));
    expect(Object.fromEntries(plan.outcomes)).toEqual({ free: 'changed', used: 'changed' });

    const world = await createWorld(config, { startMs: START_MS });
    await world.ticker.birth(START_MS);
    const shown = () =>
      world.ticker.frame.families.map(({ column }) =>
        column.kind === 'scalar' ? column.values[0] : undefined,
      );
    await world.ticker.advance(START_MS);
    expect(shown()).toEqual([12, 4]);
    await world.lineUp.change(await world.lineUp.prepare(withStart(5)));
    await world.ticker.advance(START_MS);
    expect(shown()).toEqual([11, 5]);
    await world.close();
  });
});

import { describe, expect, it } from 'vitest';

import { createFamilies } from '../../src/config/families.ts';
import { createPlant, stepSources } from '../../src/simulation/plant.ts';
import { countOf, run } from '../support/families.ts';
import { configOf } from '../support/simulation.ts';

const hosts = { labels: { host: { range: [1, 4] } } };

describe('the sources of a run', () => {
  it('are one for each family, in the order of the file', () => {
    const { families, sources } = createPlant(
      configOf({
        profiles: { hosts },
        metrics: [
          { name: 'b', type: 'gauge', profile: 'hosts' },
          { name: 'a', type: 'counter' },
        ],
      }),
    );
    expect(families.map(({ name, size }) => [name, size])).toEqual([
      ['b', 4],
      ['a', 1],
    ]);
    for (const [index, source] of sources.entries()) expect(source.family).toBe(families[index]);
  });

  it('are made one at a step, so that others have their turn in between', () => {
    const metrics = ['a', 'b', 'c'].map((name) => ({ name, type: 'gauge' }));
    const configured = createFamilies(configOf({ metrics }));
    expect([...stepSources(configured)]).toHaveLength(3);
  });

  it('of a shard are its part of every family', () => {
    const config = configOf({
      profiles: { hosts },
      metrics: [{ name: 'a', type: 'gauge', profile: 'hosts' }],
    });
    const values = (shard?: { index: number; count: number }) => {
      const [source] = createPlant(config, shard).sources;
      return source === undefined ? [] : run(source, { ticks: 3 }).flat();
    };
    expect([0, 1, 2].flatMap((index) => values({ index, count: 3 }))).toEqual(values());
  });

  // At midnight the phase of a quarter day is the top of the cycle: half as much again.
  const top = { diurnal_amp: 0.5, diurnal_phase: 0.25 };

  it.each<[string, object, number]>([
    ['the rate of a counter', { type: 'counter', algorithm: 'constant', base_rate: 100, ...top }, 1500],
    ['the level of a gauge', { type: 'gauge', algorithm: 'constant', start: 10, ...top }, 15],
  ])('have their daily cycle: %s', (_, metric, expected) => {
    const [source] = createPlant(configOf({ metrics: [{ name: 'm', ...metric }] })).sources;
    if (source === undefined) throw new Error('no source');
    expect(run(source, { ticks: 10 })[0]?.[0]).toBeCloseTo(expected, 2);
  });

  it.each(['histogram', 'summary'])('have their daily cycle: the arrivals of a %s', (type) => {
    const [source] = createPlant(
      configOf({ metrics: [{ name: 'm', type, observations_per_s: 20, ...top }] }),
    ).sources;
    if (source === undefined) throw new Error('no source');
    run(source, { ticks: 10 });
    // A fraction of 30 a tick is one more by chance.
    expect(Math.abs(countOf(source, 0) - 300)).toBeLessThanOrEqual(10);
  });
});

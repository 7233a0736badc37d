// Types beyond the four classic ones, from the file to the page and over OTLP.
import { describe, expect, it } from 'vitest';

import { parseConfig } from '../../src/config/parse.ts';
import { renderPage } from '../../src/simulation/render.ts';
import { parsePage } from '../../src/wire/parse.ts';
import { until } from '../support/backends.ts';
import {
  configOf,
  FREE_PAGE,
  START_MS,
  startLive,
  startSimulation,
  type TestSimulation,
} from '../support/simulation.ts';

const EVERY_TYPE = {
  profiles: { fleet: { labels: { node: { range: [1, 3] } }, series_cap: 2 } },
  metrics: [
    { name: 'build', type: 'info', labels: { version: { values: ['1.2'] } } },
    { name: 'state', type: 'stateset', profile: 'fleet', states: ['ready', 'busy', 'down'], dwell_s: 3 },
    { name: 'queued', type: 'updown', algorithm: 'constant', start: 4 },
    { name: 'commits', type: 'unknown', like: 'counter', algorithm: 'constant', base_rate: 3 },
    { name: 'odd', type: 'unknown', algorithm: 'constant', start: -1 },
  ],
};

const EXPORTERS = { prometheus: { prefix: '' }, otel: { enabled: false, prefix: '' } };

async function render(input: object, tick: number, options: object = {}): Promise<string> {
  const chunks = [];
  const config = parseConfig({ exporters: EXPORTERS, ...input });
  for await (const chunk of renderPage(config, { tick, format: 'text', ...options }))
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** Active states by series, as a page shows them. */
function activeOn(page: string): string[] {
  const family = parsePage(page, 'text').families.find(({ name }) => name === 'state');
  const active = (family?.points ?? []).filter(({ value }) => value === 1);
  return active.map(({ labels }) => labels.map(({ value }) => value).join(' '));
}

describe('types beyond the four', () => {
  it('are gauges or untyped on a text page, under names of their own', async () => {
    const page = await render(EVERY_TYPE, 0);
    expect(page.split('\n').filter((line) => !line.startsWith('# HELP'))).toEqual([
      '# TYPE build_info gauge',
      'build_info{version="1.2"} 1',
      '# TYPE state gauge',
      'state{node="1",state="ready"} 1',
      'state{node="1",state="busy"} 0',
      'state{node="1",state="down"} 0',
      'state{node="2",state="ready"} 1',
      'state{node="2",state="busy"} 0',
      'state{node="2",state="down"} 0',
      '# TYPE queued gauge',
      'queued 4',
      '# TYPE commits untyped',
      'commits 0',
      '# TYPE odd untyped',
      'odd -1',
      '',
    ]);
    expect(await render(EVERY_TYPE, 2)).toContain('\ncommits 6\n');
  });

  it('are what they are on an OpenMetrics page, without a mistake', async () => {
    const page = await render(EVERY_TYPE, 4, { format: 'openmetrics' });
    const { families, problems } = parsePage(page, 'openmetrics');
    expect(problems).toEqual([]);
    expect(families.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'build info',
      'state stateset',
      'queued gauge',
      'commits unknown',
      'odd unknown',
    ]);
  });

  it('are the same series on both paths', async () => {
    for (const client of ['direct', 'library']) {
      const { simulation, ended } = await startLive(
        {
          ...EVERY_TYPE,
          global: { tick_interval_s: 0.02, max_lag: 100_000 },
          exporters: {
            prometheus: { ...FREE_PAGE, prefix: 'prom_', client },
            otel: { endpoint: 'embedded', prefix: 'otel_', export_interval_s: 0.02, client },
          },
        },
        { lastTick: 5, hold: true },
      );
      const parity = await until(
        () => {
          const report = simulation.status().parity;
          return report?.state !== 'waiting' && report?.tick === 5 && report;
        },
        { what: 'tick 5 on both paths', everyMs: 10 },
      );
      expect(parity).toMatchObject({ state: 'identical', series: 10, differing: 0 });
      simulation.stop();
      expect(await ended).toBeUndefined();
    }
  });
});

describe('a state set', () => {
  const fleet = {
    profiles: {
      fleet: { labels: { node: { range: [1, 300] } }, series_cap: 200, sampling_strategy: 'hash' },
    },
    metrics: [
      {
        name: 'state',
        type: 'stateset',
        profile: 'fleet',
        states: ['ready', 'busy', 'down'],
        dwell_s: { down: 2 },
      },
    ],
  };

  it('has one active state a series at every tick, and states change', async () => {
    const seen = new Set<string>();
    for (const tick of [1, 7, 60, 200]) {
      const active = activeOn(await render(fleet, tick));
      expect(new Set(active.map((one) => one.split(' ')[0])).size).toBe(200);
      expect(active).toHaveLength(200);
      for (const one of active) seen.add(one.split(' ')[1] as string);
    }
    expect(seen).toEqual(new Set(['ready', 'busy', 'down']));
  });

  it('is in each state as often as its chain is in the long run', async () => {
    const active = activeOn(await render(fleet, 600));
    const share = (state: string): number =>
      active.filter((one) => one.endsWith(state)).length / active.length;
    // 60 : 60 : 2 seconds, each visited as often; four standard errors of 200 series.
    expect(Math.abs(share('ready') - 60 / 122)).toBeLessThan(0.15);
    expect(share('down')).toBeLessThan(0.07);
  });

  it('is the same whatever other series there are, and on shards, which keep a series whole', async () => {
    const whole = await render(fleet, 30);
    const shards = [0, 1, 2].map((index) => render(fleet, 30, { shard: { index, count: 3 } }));
    const lines = (page: string): string[] => page.split('\n').filter((line) => line.startsWith('state{'));
    expect((await Promise.all(shards)).flatMap(lines)).toEqual(lines(whole));
    const fewer = { ...fleet, profiles: { fleet: { ...fleet.profiles.fleet, series_cap: 50 } } };
    expect(activeOn(whole)).toEqual(expect.arrayContaining(activeOn(await render(fewer, 30))));
  });

  it('keeps one active state a series while its labels turn over and while series come one after the other', async () => {
    const churn = { label: 'node', kind: 'steady', per_hour: 1000 };
    const profile = { ...fleet.profiles.fleet, series_cap: 40, churn, ramp_series: '10s' };
    const input = { ...fleet, profiles: { fleet: profile } };
    const seen = new Set<string>();
    for (const tick of [0, 3, 5, 12, 30]) {
      const page = await render(input, tick);
      const nodes = new Set(Array.from(page.matchAll(/node="([^"]*)"/g), ([, node]) => node));
      const active = activeOn(page).map((one) => one.split(' ')[0]);
      expect(active).toHaveLength(nodes.size);
      expect(new Set(active)).toEqual(nodes);
      for (const node of nodes) seen.add(node as string);
    }
    expect(seen.size).toBeGreaterThan(40);
  });

  it('can freeze and drop as a whole, and nothing else', async () => {
    const test = await startSimulation(EVERY_TYPE);
    const ask = async (body: object): Promise<string> =>
      JSON.stringify((await test.ask('POST', '/api/v1/effects', { duration_s: 30, ...body })).body);
    expect(await ask({ metrics: 'state', value: { scale: 2 } })).toContain(
      'infos and state sets can only freeze or drop',
    );
    expect(await ask({ metrics: 'build', nan: true })).toContain('build is an info');
    expect(await ask({ metrics: 'state', series: '{prom_state="busy"}', drop: true })).toContain(
      'which change together',
    );
    const spike = { metric: 'state', multiplier: 2, duration_s: 5 };
    expect((await test.ask('POST', '/control/spike', spike)).status).toBe(422);
    await ask({ metrics: 'state', series: '{node="2"}', freeze: true });
    const at = (node: string): (number | undefined)[] =>
      test
        .series('state')
        .filter(({ labels }) => labels['node'] === node)
        .map(({ value }) => value);
    await test.ticks(1);
    const frozen = at('2');
    const moving = new Set<string>();
    for (let tick = 0; tick < 20; tick++) {
      await test.ticks(1);
      expect(at('2')).toEqual(frozen);
      moving.add(at('1').join(''));
    }
    expect(moving.size).toBeGreaterThan(1);
  });

  it('takes an effect on everything as what it can have of it', async () => {
    const test = await startSimulation(EVERY_TYPE);
    await test.ask('POST', '/api/v1/effects', { metrics: '*', value: { scale: 3 }, duration_s: 30 });
    await test.ticks(1);
    expect(test.series('queued')[0]?.value).toBe(12);
    expect(test.series('odd')[0]?.value).toBe(-3);
    expect(test.series('build')[0]?.value).toBe(1);
    expect(test.series('state').map(({ value }) => value)).toContain(1);
    expect(test.series('state').map(({ value }) => value)).not.toContain(3);
  });
});

describe('a state set whose file is read again', () => {
  const EXPORTERS_OFF = { prometheus: { enabled: false }, otel: { enabled: false } };
  const of = (metric: object, nodes = 40) => ({
    exporters: EXPORTERS_OFF,
    profiles: { fleet: { labels: { node: { range: [1, nodes] } } } },
    metrics: [
      { name: 'state', type: 'stateset', profile: 'fleet', states: ['a', 'b', 'c'], dwell_s: 5, ...metric },
    ],
  });

  /** What is shown of each node: its active state. Fails where a node has not one. */
  function activeIn(run: TestSimulation): Map<string, string> {
    const active = new Map<string, string>();
    for (const { labels, value } of run.series('state')) {
      if (value !== 1) continue;
      expect(active.has(labels['node'] as string)).toBe(false);
      active.set(labels['node'] as string, labels['prom_state'] as string);
    }
    return active;
  }

  async function reloaded(next: object): Promise<{ run: TestSimulation; before: Map<string, string> }> {
    let input = of({});
    const run = await startSimulation(input, {
      reread: () => ({ config: configOf(input), place: () => 'types.yaml' }),
    });
    await run.ticks(20);
    const before = activeIn(run);
    input = next as typeof input;
    await run.simulation.reload();
    await run.ticks(1);
    return { run, before };
  }

  it('with more nodes goes on where it was, and those that are new have a state of their own', async () => {
    const { run, before } = await reloaded(of({}, 60));
    const after = activeIn(run);
    expect(after.size).toBe(60);
    const same = [...before].filter(([node, state]) => after.get(node) === state).length;
    // A state lasts five ticks in the mean; another seed or birth would keep a third.
    expect(same).toBeGreaterThan(24);
  });

  it.each([
    ['with a state more', { states: ['a', 'b', 'c', 'd'] }],
    ['with a state less', { states: ['a', 'c'] }],
    ['with states in another order', { states: ['c', 'b', 'a'] }],
  ])('%s is born anew, each node in one of its states', async (_, metric) => {
    const { run } = await reloaded(of(metric));
    expect(activeIn(run).size).toBe(40);
    expect(run.series('state')).toHaveLength(40 * metric.states.length);
    const seen = new Set<string>();
    for (let tick = 0; tick < 40; tick++) {
      await run.ticks(1);
      const active = activeIn(run);
      expect(active.size).toBe(40);
      for (const state of active.values()) seen.add(state);
    }
    expect(seen).toEqual(new Set(metric.states));
  });

  it('is shown after a reload as one that is rendered from its birth', async () => {
    const { run } = await reloaded(of({ states: ['a', 'c'] }));
    const born = run.series('state').map(({ birthMs }) => birthMs);
    expect(new Set(born)).toEqual(new Set([START_MS + 21_000]));
  });
});

describe('a file', () => {
  const mistakes = (metric: object): string => {
    try {
      configOf({ metrics: [{ name: 'state', type: 'stateset', states: ['a', 'b'], ...metric }] });
      return 'none';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    { metric: {}, says: 'none' },
    { metric: { states: ['a', 'a'] }, says: 'is a a second time' },
    { metric: { start: 'c' }, says: 'c is none of the states: a, b' },
    { metric: { transitions: { a: { a: 1 } } }, says: 'leads back to a' },
    { metric: { dwell_s: { c: 5 } }, says: 'c is none of the states' },
    { metric: { diurnal_amp: 0.5 }, says: 'this is a stateset' },
    { metric: { unit: 's' }, says: 'this is a stateset' },
    { metric: { series: [{ labels: { a: 'b' } }] }, says: 'label sets of a stateset come from labels' },
    {
      metric: { labels: { prom_state: { values: ['x'] } } },
      says: "the label prom_state is the stateset's own",
    },
    { metric: { name: 'a:b' }, says: 'and so is the label of its states' },
    { metric: { type: 'info', states: undefined, unit: 's' }, says: 'this is an info' },
    {
      metric: { type: 'unknown', states: undefined, algorithm: 'poisson' },
      says: 'poisson is an algorithm for counter',
    },
  ])('with a state set that has $metric: $says', ({ metric, says }) => {
    expect(mistakes(metric)).toContain(says);
  });
});

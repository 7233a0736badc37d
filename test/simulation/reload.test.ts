import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { readChanges, withChanges, writeChanges } from '../../src/config/state.ts';
import type { Config } from '../../src/config/schema.ts';
import { ConfigError, type LyrebirdError } from '../../src/util/errors.ts';
import { yieldNow } from '../../src/util/turns.ts';
import {
  configOf,
  FREE_PAGE,
  renderText,
  startSimulation,
  type TestSimulation,
} from '../support/simulation.ts';

const COUNTER = { name: 'ticks_total', type: 'counter', algorithm: 'constant', base_rate: 1 };
const ZONES = { zone: { values: ['a', 'b'] } };
const LEVEL = { name: 'level', type: 'gauge', algorithm: 'constant', start: 1 };

/** A run of a file whose text a test changes. */
async function startFrom(input: object, options: { readonly sets?: readonly string[] } = {}) {
  const text = (of: object): string =>
    JSON.stringify({ exporters: { prometheus: { enabled: false }, otel: { enabled: false } }, ...of });
  let file = text(input);
  const load = () => loadConfig({ text: file, file: 'shop.yaml' }, { sets: options.sets ?? [] });
  const run = await startSimulation(load().config, { reread: load });
  return {
    ...run,
    write(next: object | string) {
      file = typeof next === 'string' ? next : text(next);
    },
    /** What a reload throws. */
    refused: () =>
      run.simulation.reload().then(
        () => undefined,
        (error: unknown) => error as LyrebirdError,
      ),
  };
}

const valuesOf = (run: TestSimulation, metric: string) => run.series(metric).map(({ value }) => value);

describe('a reload', () => {
  it('changes a rate and keeps the state, from the next tick on', async () => {
    const run = await startFrom({ metrics: [COUNTER, LEVEL] });
    await run.ticks(3);
    run.write({ metrics: [{ ...COUNTER, base_rate: 10 }, LEVEL] });
    expect(await run.simulation.reload()).toEqual({
      tick: 4,
      kept: ['level'],
      changed: [
        {
          metric: 'ticks_total',
          what: 'series and their state go on, with the new values',
          keys: [{ path: 'metrics[0].base_rate', before: '1', after: '10' }],
          series: { kept: 1, born: 0, ended: 0 },
        },
      ],
      added: [],
      removed: [],
      settings: [],
      over_file: [],
      ended_effects: [],
      lost_targets: [],
    });
    expect(valuesOf(run, 'ticks_total')).toEqual([3]);
    await run.ticks(2);
    expect(valuesOf(run, 'ticks_total')).toEqual([23]);
  });

  it('adds and removes metrics, and a new one begins with its first tick', async () => {
    const run = await startFrom({ metrics: [COUNTER, LEVEL] });
    await run.ticks(2);
    run.write({ metrics: [COUNTER, { ...COUNTER, name: 'more_total' }] });
    expect(await run.simulation.reload()).toMatchObject({
      kept: ['ticks_total'],
      added: [{ metric: 'more_total', series: 1 }],
      removed: [{ metric: 'level', series: 1 }],
    });
    await run.ticks(1);
    expect(run.frame().families.map(({ name }) => name)).toEqual(['ticks_total', 'more_total']);
    expect([valuesOf(run, 'ticks_total'), valuesOf(run, 'more_total')]).toEqual([[3], [0]]);
    await run.ticks(1);
    expect(valuesOf(run, 'more_total')).toEqual([1]);
  });

  it('keeps the prefix of a cap', async () => {
    const profile = (cap: number) => ({
      profiles: { p: { labels: { pod: { range: [1, 9] } }, series_cap: cap } },
      metrics: [{ ...COUNTER, profile: 'p' }],
    });
    const run = await startFrom(profile(3));
    await run.ticks(5);
    run.write(profile(4));
    expect((await run.simulation.reload()).changed).toMatchObject([
      {
        keys: [{ path: 'profiles.p.series_cap', before: '3', after: '4' }],
        series: { kept: 3, born: 1, ended: 0 },
      },
    ]);
    await run.ticks(1);
    expect(valuesOf(run, 'ticks_total')).toEqual([6, 6, 6, 0]);
    run.write(profile(2));
    expect((await run.simulation.reload()).changed).toMatchObject([
      { series: { kept: 2, born: 0, ended: 2 } },
    ]);
    await run.ticks(1);
    expect(valuesOf(run, 'ticks_total')).toEqual([7, 7]);
  });

  it.each<[string, object, object]>([
    ['its type', COUNTER, { ...COUNTER, type: 'gauge', base_rate: undefined }],
    ['label names', COUNTER, { ...COUNTER, labels: { a: { values: ['x'] } } }],
    [
      'buckets',
      { name: 'ticks_total', type: 'histogram', buckets: [1, 2] },
      { name: 'ticks_total', type: 'histogram', buckets: [1, 3] },
    ],
  ])('ends every series and bears others when %s changes', async (_, before, after) => {
    const run = await startFrom({ metrics: [before] });
    await run.ticks(2);
    run.write({ metrics: [after] });
    expect((await run.simulation.reload()).changed).toMatchObject([
      { what: expect.stringContaining('others are born') as string, series: { kept: 0, born: 1, ended: 1 } },
    ]);
  });

  it('keeps everything when help changes', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    await run.ticks(2);
    run.write({ metrics: [{ ...COUNTER, help: 'Ticks.' }] });
    expect((await run.simulation.reload()).changed).toMatchObject([
      {
        what: 'texts only: every series goes on',
        keys: [{ path: 'metrics[0].help', before: 'none', after: '"Ticks."' }],
      },
    ]);
    await run.ticks(1);
    expect(valuesOf(run, 'ticks_total')).toEqual([3]);
  });

  it('of a file that says the same changes nothing and takes no tick', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    expect(await run.simulation.reload()).toMatchObject({ tick: null, kept: ['ticks_total'], changed: [] });
  });

  it('only tells when asked to', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    run.write({ metrics: [{ ...COUNTER, base_rate: 5 }] });
    expect(await run.simulation.reload({ dryRun: true })).toMatchObject({
      tick: null,
      changed: [{ metric: 'ticks_total' }],
    });
    await run.ticks(2);
    expect(valuesOf(run, 'ticks_total')).toEqual([2]);
  });

  it('has overrides apply again', async () => {
    const run = await startFrom({ metrics: [COUNTER] }, { sets: ['metrics.ticks_total.base_rate=7'] });
    run.write({ metrics: [{ ...COUNTER, base_rate: 100, help: 'Ticks.' }] });
    await run.simulation.reload();
    await run.ticks(1);
    expect(valuesOf(run, 'ticks_total')).toEqual([7]);
  });

  it('with mistakes changes nothing and tells all of them with their places', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    run.write(
      'metrics:\n  - { name: ticks_total, type: counter, base_rte: 1 }\n  - { name: x, type: guage }\n',
    );
    const error = await run.refused();
    expect(error).toBeInstanceOf(ConfigError);
    expect(error?.message.split('\n')).toEqual([
      expect.stringMatching(/^shop\.yaml:2:41 metrics\[0\]\.base_rte: unknown key/),
      expect.stringMatching(/^shop\.yaml:3:22 metrics\[1\]\.type: is "guage", did you mean gauge\?/),
    ]);
    await run.ticks(2);
    expect(valuesOf(run, 'ticks_total')).toEqual([2]);
  });

  it('refuses what every number follows from, and what is read at the start', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    run.write(
      '{global: {seed: 7, max_lag: 9}, exporters: {prometheus: {enabled: false}, otel: {enabled: false}}, metrics: [{name: x, type: gauge}]}',
    );
    const error = await run.refused();
    expect([error?.code, error?.message.split('\n')]).toEqual([
      'reload_refused',
      [
        'shop.yaml:1:17 global.seed: was 42 and is 7; every number of a run follows from it: start a new run',
        'shop.yaml:1:29 global.max_lag: was 60 and is 9; it is read when a run starts: end this one and start it again',
      ],
    ]);
    expect(run.simulation.config.metrics[0]?.name).toBe('ticks_total');
  });

  it('applies limits, and new ones hold at once', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    run.write({ metrics: [COUNTER], limits: { max_series: 1 } });
    expect(await run.simulation.reload()).toMatchObject({
      settings: [{ path: 'limits.max_series', before: '20000000', after: '1' }],
    });
    await expect(run.simulation.editMetrics({ do: 'create', definition: LEVEL })).rejects.toThrow(
      'more than limits.max_series, 1',
    );
  });

  it.each<[string, object, object, string]>([
    [
      'that is gone',
      { rate: 2, value: { scale: 2 } },
      { metrics: [COUNTER] },
      'there is no such metric any more',
    ],
    [
      'of which no series match any more',
      { series: '{zone="b"}', rate: 2, value: { scale: 2 } },
      {
        profiles: {},
        metrics: [
          { ...COUNTER, labels: ZONES },
          { ...LEVEL, labels: { zone: { values: ['a'] } } },
        ],
      },
      'none of its series match',
    ],
    [
      'whose algorithm does not take it',
      { params: { start: 5 }, rate: 2 },
      {
        metrics: [
          { ...COUNTER, labels: ZONES },
          { ...LEVEL, labels: ZONES, algorithm: 'sine', start: undefined },
        ],
      },
      'its algorithm has no numeric options start',
    ],
  ])(
    'names a metric %s, which an effect that goes on does not change any longer',
    async (_, change, next, why) => {
      const run = await startFrom({
        metrics: [
          { ...COUNTER, labels: ZONES },
          { ...LEVEL, labels: ZONES },
        ],
      });
      const { series, ...rest } = change as { readonly series?: string };
      await run.simulation.setEffect({ id: 'both', metrics: ['ticks_total', 'level'], series, ...rest });
      await run.ticks(1);
      run.write(next);
      expect(await run.simulation.reload()).toMatchObject({
        ended_effects: [],
        lost_targets: [{ effect: 'both', metric: 'level', why }],
      });
      expect(run.simulation.effect('both').metrics).toEqual(['ticks_total']);
    },
  );

  it('needs a file', async () => {
    const { simulation } = await startSimulation({ metrics: [COUNTER] });
    await expect(simulation.reload()).rejects.toThrow(expect.objectContaining({ code: 'no_file' }));
  });

  it('counts the points of all families that had a name', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    await run.ticks(2);
    run.write({ metrics: [{ ...COUNTER, labels: { a: { values: ['x', 'y'] } } }] });
    await run.simulation.reload();
    await run.ticks(1);
    expect(run.simulation.counters().points.get('ticks_total')).toBe(3 + 2);
  });
});

describe('a reload of what is beside metrics', () => {
  const surge = (rate: number) => ({
    surge: { steps: [{ for: 4, effect: { metrics: 'ticks_total', rate } }] },
  });

  it('takes other scenarios, and one that runs keeps the steps that it began with', async () => {
    const run = await startFrom({ metrics: [COUNTER], scenarios: surge(10) });
    await run.simulation.act({ do: 'start_scenario', scenario: 'surge' });
    await run.ticks(1);
    run.write({ metrics: [COUNTER], scenarios: { ...surge(100), other: surge(1).surge } });
    expect(await run.simulation.reload()).toMatchObject({
      tick: 2,
      changed: [],
      settings: [{ path: 'scenarios.surge.steps[0].effect.rate' }, { path: 'scenarios.other' }],
    });
    await run.ticks(3);
    expect(valuesOf(run, 'ticks_total')).toEqual([40]);
    await run.simulation.act({ do: 'start_scenario', scenario: 'surge' });
    await run.ticks(1);
    expect(valuesOf(run, 'ticks_total')).toEqual([140]);
    expect(run.simulation.scenarios().map(({ name }) => name)).toEqual(['surge', 'other']);
  });

  it('names what differs within a list of steps or faults', async () => {
    const file = (rate: number, status: number) => ({
      metrics: [COUNTER],
      exporters: { prometheus: FREE_PAGE, otel: { enabled: false } },
      scenarios: { rush: { steps: [{ for: 5, effect: { metrics: 'ticks_total', rate } }] } },
      faults: [{ id: 'flaky', kind: 'fail', status }],
    });
    const run = await startFrom(file(2, 503));
    run.write(file(3, 500));
    expect((await run.simulation.reload()).settings).toEqual([
      { path: 'scenarios.rush.steps[0].effect.rate', before: '2', after: '3' },
      { path: 'faults[0].status', before: '503', after: '500' },
    ]);
  });

  it('leaves a scenario running that the file has no more, until it is stopped or over', async () => {
    const run = await startFrom({ metrics: [COUNTER], scenarios: surge(10) });
    await run.simulation.act({ do: 'start_scenario', scenario: 'surge' });
    run.write({ metrics: [COUNTER] });
    await run.simulation.reload();
    await run.ticks(2);
    expect(run.simulation.scenarios()).toMatchObject([{ name: 'surge', active: true, until_tick: 5 }]);
    await run.simulation.act({ do: 'stop_scenario', scenario: 'surge' });
    await run.ticks(1);
    expect(valuesOf(run, 'ticks_total')).toEqual([21]);
    expect(run.simulation.scenarios()).toEqual([]);
    await expect(run.simulation.act({ do: 'start_scenario', scenario: 'surge' })).rejects.toThrow(
      'no scenario is called surge',
    );
  });

  it('ends faults that are gone, begins others, and leaves those of the API', async () => {
    const exporters = { prometheus: FREE_PAGE, otel: { enabled: false } };
    const faults = (...list: object[]) => ({ exporters, metrics: [COUNTER], faults: list });
    const run = await startFrom(
      faults({ id: 'flaky', kind: 'fail', share: 0.5 }, { kind: 'slow', latency_s: 1 }),
    );
    await run.simulation.setFault({ id: 'mine', kind: 'truncate' });
    const there = () => run.simulation.status().active_faults.map(({ id, options }) => ({ id, ...options }));
    await run.ticks(1);
    run.write(faults({ kind: 'slow', latency_s: 1 }, { id: 'flaky', kind: 'fail', share: 0.5, status: 500 }));
    expect(await run.simulation.reload()).toMatchObject({ tick: 2, settings: [{ path: 'faults' }] });
    await run.ticks(1);
    expect(there()).toEqual([
      { id: 'fault-1', latency_s: 1, jitter_s: 0 },
      { id: 'flaky', status: 500 },
      { id: 'mine', after_bytes: 512 },
    ]);
    run.write(faults());
    await run.simulation.reload();
    await run.ticks(1);
    expect(there()).toEqual([{ id: 'mine', after_bytes: 512 }]);
    run.write(faults({ kind: 'fail', at: 1 }));
    expect((await run.refused())?.message).toBe('faults[0]: at is tick 1; the next tick is 4');
    expect(run.simulation.config.faults).toEqual([]);
  });

  const pods = (churn?: object) => ({
    profiles: { p: { labels: { pod: { range: [1, 2] } }, ...(churn && { churn }) } },
    metrics: [{ ...COUNTER, profile: 'p' }],
  });
  /** One pod after two seconds, the other after four. */
  const ROLLING = { kind: 'rolling', label: 'pod', over: 4, after: 0 };

  it('has series turn over otherwise from its tick on; labels stay what they have become', async () => {
    const run = await startFrom(pods(ROLLING));
    const shown = () => run.series('ticks_total').map(({ labels, value }) => `${labels['pod']} ${value}`);
    await run.ticks(2);
    const [once, second] = shown();
    expect([once, second]).toEqual([expect.stringMatching(/^1-\S+ 0$/), '2 2']);
    run.write(pods());
    expect((await run.simulation.reload()).changed).toMatchObject([
      { keys: [{ path: 'profiles.p.churn' }], series: { kept: 2, born: 0, ended: 0 } },
    ]);
    await run.ticks(2);
    const first = once?.replace(/ 0$/, '');
    expect(shown()).toEqual([`${first} 2`, '2 4']);
    run.write(pods(ROLLING));
    await run.simulation.reload();
    await run.ticks(2);
    expect(shown()).toEqual([`${first} 4`, '2 6']);
    await run.ticks(1);
    expect(shown()[0]).toMatch(/^1-\S+ 0$/);
    expect(shown()[0]).not.toContain(`${first} `);
    expect(shown()[1]).toBe('2 7');
    await run.ticks(2);
    expect(shown()[1]).toMatch(/^2-\S+ 0$/);
  });

  it('of churn of a profile without metrics is followed by one that comes back', async () => {
    const run = await startFrom(pods(ROLLING));
    const labels = () => run.series('ticks_total').map((one) => one.labels['pod']);
    await run.ticks(2);
    const [first] = labels();
    run.write({ ...pods(ROLLING), metrics: [LEVEL] });
    await run.simulation.reload();
    run.write({ ...pods(), metrics: [LEVEL] });
    expect(await run.simulation.reload()).toMatchObject({ tick: 3, changed: [], added: [], removed: [] });
    await run.ticks(3);
    run.write(pods());
    await run.simulation.reload();
    await run.ticks(1);
    expect(labels()).toEqual([first, '2']);
  });

  it('of a profile that no metric has yet is known to churn that is asked for then', async () => {
    const run = await startFrom({ metrics: [LEVEL] });
    await run.ticks(1);
    run.write({ ...pods(), metrics: [LEVEL] });
    expect(await run.simulation.reload()).toMatchObject({ tick: 2, changed: [], added: [], removed: [] });
    const churn = { kind: 'steady', label: 'pod', per_hour: 1 } as const;
    expect(await run.simulation.act({ do: 'set_churn', profile: 'p', churn })).toMatchObject({
      churn: { profile: 'p', metrics: [] },
    });
  });

  it('that puts what follows from others before them begins new series of both together', async () => {
    const follower = {
      name: 'follower_total',
      type: 'counter',
      algorithm: 'derived',
      expression: '2 * ticks_total',
      profile: 'p',
    };
    const of = (cap: number, metrics: object[]) => ({
      profiles: { p: { labels: ZONES, series_cap: cap } },
      metrics,
    });
    const base = { ...COUNTER, profile: 'p' };
    const run = await startFrom(of(1, [base, follower]));
    await run.ticks(2);
    run.write(of(2, [follower, base]));
    await run.simulation.reload();
    await run.ticks(1);
    expect([valuesOf(run, 'ticks_total'), valuesOf(run, 'follower_total')]).toEqual([
      [3, 0],
      [6, 0],
    ]);
  });

  it('refuses churn of another label, and series that come one after the other', async () => {
    const labels = { pod: { range: [1, 2] }, zone: { range: [1, 2] } };
    const of = (churn: object | undefined, more: object = {}) => ({
      profiles: { p: { labels, churn, ...more } },
      metrics: [{ ...COUNTER, profile: 'p' }],
    });
    const run = await startFrom(of(ROLLING));
    run.write(of({ ...ROLLING, label: 'zone' }, { ramp_series: '5m' }));
    expect((await run.refused())?.message).toMatch(
      /profiles\.p\.churn\.label: was "pod" and is "zone"; series turn over by one label[^]*profiles\.p\.ramp_series: was none and is 300; it is read when a run starts/,
    );
    run.write(of(undefined));
    await run.simulation.reload();
    run.write(of({ ...ROLLING, label: 'zone' }));
    expect((await run.refused())?.message).toBe(
      'profiles.p.churn.label: is zone, and series of p turn over by pod; all churn of a profile is of one label',
    );
  });
});

describe('a reload for a tick to come', () => {
  /** Everything that can go on without a tick does. */
  const settle = async () => {
    for (let turn = 0; turn < 100; turn++) await yieldNow();
  };

  it('waits for it, and answers then', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    run.write({ metrics: [{ ...COUNTER, base_rate: 10 }] });
    const reloaded = run.simulation.reload({ at: 3 });
    await settle();
    await run.ticks(4);
    expect(run.history('ticks_total')).toEqual([0, 1, 2, 12, 22]);
    expect(await reloaded).toMatchObject({ tick: 3, changed: [{ metric: 'ticks_total' }] });
  });

  it('changes nothing when the run ends before', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    run.write({ metrics: [{ ...COUNTER, base_rate: 10 }] });
    const waiting = run.simulation.reload({ at: 50 }).catch((error: unknown) => error);
    await settle();
    await run.stop();
    expect(await waiting).toMatchObject({ code: 'not_running' });
  });

  it.each([
    [1, 'tick_past', 'at is tick 1; the next tick is 3'],
    ['soon', 'invalid_reload', 'at is "soon"; allowed: a tick, or a time'],
    [900, 'invalid_reload', 'at is tick 900, in 898 s; a reload waits for 300 s at most'],
  ])('is refused with at: %s', async (at, code, message) => {
    const run = await startFrom({ metrics: [COUNTER] });
    await run.ticks(2);
    run.write({ metrics: [{ ...COUNTER, base_rate: 10 }] });
    await expect(run.simulation.reload({ at })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
    await run.ticks(1);
    expect(valuesOf(run, 'ticks_total')).toEqual([3]);
  });
});

describe('metrics that are changed over the API', () => {
  it('are there from the next tick on, and what was there goes on', async () => {
    const run = await startSimulation({ metrics: [COUNTER] });
    await run.ticks(2);
    expect(await run.ask('POST', '/api/v1/metrics', LEVEL)).toMatchObject({
      status: 201,
      body: { change: { tick: 3 } },
    });
    expect(await run.ask('PATCH', '/api/v1/metrics/ticks_total', { base_rate: 5 })).toMatchObject({
      status: 200,
    });
    await run.ticks(1);
    expect([valuesOf(run, 'ticks_total'), valuesOf(run, 'level')]).toEqual([[7], [1]]);
    expect(await run.ask('DELETE', '/api/v1/metrics/level')).toMatchObject({ status: 200 });
    await run.ticks(1);
    expect(run.frame().families.map(({ name }) => name)).toEqual(['ticks_total']);
  });

  it('have series added and taken away', async () => {
    const run = await startSimulation({ metrics: [{ ...COUNTER, series: [{ labels: { a: 'x' } }] }] });
    await run.ticks(2);
    await run.ask('POST', '/api/v1/metrics/ticks_total/series', { labels: { a: 'y' }, base_rate: 4 });
    await run.ticks(2);
    expect(valuesOf(run, 'ticks_total')).toEqual([4, 4]);
    await run.ask('DELETE', `/api/v1/metrics/ticks_total/series?labels=${encodeURIComponent('{a="x"}')}`);
    await run.ticks(1);
    expect(valuesOf(run, 'ticks_total')).toEqual([8]);
  });

  it('stay when the file is read again, and go with it where they are its own', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    await run.simulation.editMetrics({ do: 'create', definition: LEVEL });
    run.write({
      metrics: [
        { ...COUNTER, base_rate: 2 },
        { ...LEVEL, name: 'other' },
      ],
    });
    await run.simulation.reload();
    expect(run.simulation.config.metrics.map(({ name }) => name)).toEqual(['ticks_total', 'other', 'level']);
    await run.simulation.editMetrics({ do: 'remove', name: 'other' });
    await run.simulation.reload();
    expect(run.simulation.config.metrics.map(({ name }) => name)).toEqual(['ticks_total', 'level']);
  });

  it('are told of when the file says something else of them', async () => {
    const run = await startFrom({ metrics: [COUNTER, LEVEL] });
    await run.simulation.editMetrics({ do: 'patch', name: 'level', patch: { start: 7 } });
    run.write({ metrics: [COUNTER, { ...LEVEL, start: 9 }] });
    expect(await run.simulation.reload()).toMatchObject({ tick: null, changed: [], over_file: ['level'] });
    await run.ticks(1);
    expect(valuesOf(run, 'level')).toEqual([7]);
  });

  it('refuse a file that they do not go with, and say so', async () => {
    const profiles = { p: { labels: { a: { values: ['x'] } } } };
    const run = await startFrom({ profiles, metrics: [COUNTER] });
    await run.simulation.editMetrics({ do: 'create', definition: { ...LEVEL, profile: 'p' } });
    run.write({ metrics: [COUNTER] });
    expect((await run.refused())?.message).toBe(
      'changed over the API level.profile: unknown profile p; there is none',
    );
  });

  it('leave a file that needs them refused at the place where it does', async () => {
    const file = (rate: number) => ({
      metrics: [COUNTER, LEVEL],
      scenarios: { rush: { steps: [{ for: 5, effect: { metrics: 'ticks_total', rate } }] } },
    });
    const run = await startFrom({ metrics: [COUNTER, LEVEL] });
    await run.simulation.editMetrics({ do: 'remove', name: 'ticks_total' });
    run.write(file(2));
    expect((await run.refused())?.message).toMatch(
      /^shop\.yaml:1:\d+ \(changed over the API\) scenarios\.rush\.steps\[0\]\.effect\.metrics: is ticks_total, and no metric is called so/,
    );
  });

  it('name what an edit breaks of another metric by its name', async () => {
    const run = await startFrom({
      metrics: [
        COUNTER,
        LEVEL,
        { name: 'twice', type: 'gauge', algorithm: 'derived', expression: 'level * 2' },
      ],
    });
    await expect(run.simulation.editMetrics({ do: 'remove', name: 'level' })).rejects.toThrow(
      'twice.expression: unknown metric level; allowed: ticks_total',
    );
  });

  it('are taken one after the other', async () => {
    const run = await startSimulation({ metrics: [COUNTER] });
    const answers = await Promise.all(
      ['a', 'b', 'a'].map((name) => run.ask('POST', '/api/v1/metrics', { ...LEVEL, name })),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 409]);
    await run.ticks(1);
    expect(run.frame().families.map(({ name }) => name)).toEqual(['ticks_total', 'a', 'b']);
  });

  it('give a configuration that is the same run again', async () => {
    const run = await startFrom({ metrics: [COUNTER] });
    await run.simulation.editMetrics({
      do: 'create',
      definition: { name: 'level', type: 'gauge', algorithm: 'sine' },
    });
    const { config } = run.simulation;
    await run.ticks(3);
    const page = await renderText(config, 3, { startMs: run.frame().modelMs - 3000 });
    expect(page).toContain(`prom_level ${String(valuesOf(run, 'level')[0])}\n`);
  });

  describe('and kept', () => {
    const file = (): string => {
      const folder = mkdtempSync(join(tmpdir(), 'lyrebird-state-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      return join(folder, 'state.json');
    };
    const begin = (config: Config, path: string) =>
      startSimulation(withChanges(config, readChanges(path), path), {
        fileConfig: config,
        saveChanges: (changes) => writeChanges(path, changes),
      });

    it('are there again after a restart', async () => {
      const path = file();
      const config = configOf({ metrics: [COUNTER, { ...LEVEL, name: 'gone' }] });
      const first = await begin(config, path);
      await first.simulation.editMetrics({ do: 'create', definition: LEVEL });
      await first.simulation.editMetrics({ do: 'patch', name: 'ticks_total', patch: { base_rate: 3 } });
      await first.simulation.editMetrics({ do: 'remove', name: 'gone' });
      await first.stop();
      const { simulation } = await begin(config, path);
      expect(simulation.config.metrics).toEqual(first.simulation.config.metrics);
    });

    it('are nothing once they are taken back', async () => {
      const path = file();
      const { simulation } = await begin(configOf({ metrics: [COUNTER] }), path);
      await simulation.editMetrics({ do: 'create', definition: LEVEL });
      await simulation.editMetrics({ do: 'remove', name: 'level' });
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ lyrebird_state: 1, set: [], removed: [] });
    });

    it('change nothing when they cannot be kept', async () => {
      const path = join(file(), 'no', 'such', 'folder');
      const { simulation } = await startSimulation(
        { metrics: [COUNTER] },
        { saveChanges: (changes) => writeChanges(path, changes) },
      );
      await expect(simulation.editMetrics({ do: 'create', definition: LEVEL })).rejects.toThrow(
        expect.objectContaining({ code: 'state_not_saved' }),
      );
      expect(simulation.config.metrics).toHaveLength(1);
    });
  });
});

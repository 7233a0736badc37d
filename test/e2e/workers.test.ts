/** Threads and machines change no byte: the page of a tick is the same page. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { until } from '../support/backends.ts';
import { createWorkspace, runLyrebird, startLyrebird, stopAll, type Lyrebird } from '../support/lyrebird.ts';

const CONFIG = 'configs/production-sim.yaml';
const START = '2026-01-01T00:00:00Z';
const TICK = 12;
const INTERVAL = 'global.tick_interval_s';

const workspace = await createWorkspace();
const started: Lyrebird[] = [];
afterEach(() => stopAll(started.splice(0)));
afterAll(() => workspace.remove());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function render(...args: string[]): Promise<string> {
  const tick = ['--tick', String(TICK), '--set', `${INTERVAL}=0.1`];
  const { code, stdout, stderr } = await runLyrebird(['render', '-c', CONFIG, ...tick, ...args]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

/** Taken as soon as the run is there, for ticks that are well to come: with ramps, matchers, and an overlap. */
const EFFECTS = [
  {
    metrics: '*',
    series: '{region=~".*-1"}',
    rate: 2.5,
    value: { scale: 3, offset: 0.5 },
    at: 30,
    duration_s: 1,
    ramp_up_s: 0.4,
    ramp_down_s: 0.4,
    shape: 'sine',
  },
  { metrics: 'http_*', series: '{region!=""}', rate: 0.5, at: 34 },
];

/** Runs of a file hold a page after so many ticks, whatever does their work. */
async function expectPage(config: string, ticks: number, page: string): Promise<void> {
  for (const workers of [[], ['--workers', '1'], ['--workers', '2']]) {
    const lyrebird = await startLyrebird({ config, args: ['--ticks', String(ticks), '--hold', ...workers] });
    started.push(lyrebird);
    await until(async () => (await lyrebird.status()).state === 'holding', {
      what: 'the last tick',
      timeoutMs: 30_000,
    });
    expect(sha256(await lyrebird.page()), workers.join(' ')).toBe(sha256(page));
  }
}

/** The page that a run holds after its last tick. */
async function pageOfRun(...args: string[]): Promise<string> {
  return (await holdingRun(TICK, args)).page();
}

async function holdingRun(ticks: number, args: readonly string[], effects: readonly object[] = []) {
  const lyrebird = await startLyrebird({
    config: CONFIG,
    sets: {
      'global.start_time': START,
      [INTERVAL]: 0.1,
      'exporters.prometheus.client': 'direct',
      'exporters.otel.enabled': false,
    },
    args: ['--ticks', String(ticks), '--hold', ...args],
  });
  started.push(lyrebird);
  for (const effect of effects)
    expect(await lyrebird.post('/api/v1/effects', effect)).toMatchObject({ status: 201 });
  await until(async () => (await lyrebird.status()).state === 'holding', {
    what: 'the last tick',
    timeoutMs: 30_000,
  });
  return lyrebird;
}

describe('the page of a tick', () => {
  it.each([
    ['on the event loop', []],
    ['with one worker', ['--workers', '1']],
    ['with two workers', ['--workers', '2']],
    ['with three workers, more than there are series in some families of a part', ['--workers', '3']],
  ])('%s is the rendered page, byte for byte', async (_, args) => {
    expect(sha256(await pageOfRun(...args))).toBe(sha256(await render('--start', START)));
  });

  it.each(['text', 'openmetrics'])(
    'joined from three shards is the rendered page, byte for byte: %s',
    async (format) => {
      const files = await Promise.all(
        [0, 1, 2].map(async (index) => {
          const file = join(workspace.directory, `${format}-${index}.prom`);
          await writeFile(file, await render('--format', format, '--shard', `${index}/3`));
          return file;
        }),
      );
      const joined = await runLyrebird(['join', ...files]);
      expect([joined.code, joined.stderr]).toEqual([0, '']);
      expect(sha256(joined.stdout)).toBe(sha256(await render('--format', format)));
    },
  );
});

describe('effects on parts of metrics', () => {
  it('make the same page with any number of workers, and another one than without', async () => {
    const ticks = 37;
    const pages: string[] = [];
    for (const workers of [[], ['--workers', '1'], ['--workers', '2']])
      pages.push(await (await holdingRun(ticks, workers, EFFECTS)).page());
    const [first = ''] = pages;
    expect(pages.map(sha256)).toEqual(pages.map(() => sha256(first)));
    const undisturbed = await render('--tick', String(ticks), '--start', START);
    /** Lines of a page, and those of them that are not so on the undisturbed one. */
    const compare = (isOf: (line: string) => boolean): [number, number] => {
      const others = new Set(undisturbed.split('\n'));
      const lines = first.split('\n').filter(isOf);
      return [lines.length, lines.filter((line) => !others.has(line)).length];
    };
    const [matched, changed] = compare((line) => /region="[^"]*-1"/.test(line));
    expect(changed).toBeGreaterThan(matched / 2);
    const [untouched, differing] = compare(
      (line) => line.includes('region="ap-southeast-2"') && !/^\w*http_/.test(line),
    );
    expect(untouched).toBeGreaterThan(900);
    expect(differing).toBe(0);
  }, 90_000);
});

describe('a shard', () => {
  it('without a shared epoch is refused: its ticks would not be those of the others', async () => {
    const { code, stderr } = await runLyrebird(['run', '-c', CONFIG, '--shard', '0/2', '--ticks', '1']);
    expect(code).toBe(2);
    expect(stderr).toContain('global.epoch: a shard needs wall');
  });

  it('with a shared epoch joins at the tick of the clock, and shows its own slots', async () => {
    const startedAt = new Date(Date.now() - 20_000).toISOString();
    const lyrebird = await startLyrebird({
      config: CONFIG,
      sets: {
        [INTERVAL]: 1,
        'global.epoch': 'wall',
        'global.start_time': startedAt,
        'exporters.otel.enabled': false,
      },
      args: ['--shard', '1/2'],
    });
    started.push(lyrebird);
    const { tick, total_series: series } = await lyrebird.status();
    expect(tick).toBeGreaterThanOrEqual(20);
    expect(series).toBe(1524);
  });

  it('that is no part is refused', async () => {
    const { code, stderr } = await runLyrebird(['render', '-c', CONFIG, '--tick', '1', '--shard', '3/3']);
    expect(code).toBe(2);
    expect(stderr).toContain('It needs i/n, the part i (from 0) of n');
  });
});

describe('series that come and go', () => {
  it('make the same page with any number of workers', async () => {
    const config = await workspace.write('upheavals.yaml', {
      global: { tick_interval_s: 0.1, seed: 4, start_time: START },
      exporters: { otel: { enabled: false }, prometheus: { client: 'direct', prefix: '' } },
      profiles: { web: { labels: { pod: { range: [1, 30] }, zone: { values: ['a', 'b'] } } } },
      metrics: [
        { name: 'back_total', type: 'counter', profile: 'web', base_rate: 200 },
        { name: 'exploded_total', type: 'counter', profile: 'web', base_rate: 200 },
        { name: 'latency_seconds', type: 'histogram', profile: 'web', observations_per_s: 50 },
      ],
      scenarios: {
        upheavals: {
          steps: [
            { at: 0.5, churn: { profile: 'web', churn: { kind: 'rolling', label: 'pod', over: 2 } } },
            { at: 0.8, for: 1, explode: { metric: 'back_total', label: 'user', values: 7 } },
            { at: 1, explode: { metric: 'exploded_total', label: 'user', values: 5 } },
          ],
        },
      },
      runtime: { on_start: [{ action: 'scenario', scenario: 'upheavals' }] },
    });
    const rendered = await runLyrebird(['render', '-c', config, '--tick', '22']);
    expect(rendered.code).toBe(0);
    const countOf = (name: string) => rendered.stdout.split(`\n${name}{`).length - 1;
    expect(['back_total', 'exploded_total'].map(countOf)).toEqual([60, 300]);
    await expectPage(config, 22, rendered.stdout);
  });
});

describe('state sets, infos and totals of unknown type', () => {
  it('make the same page with any number of workers', async () => {
    const config = await workspace.write('types.yaml', {
      global: { tick_interval_s: 0.1, seed: 4, start_time: START },
      exporters: { otel: { enabled: false }, prometheus: { client: 'direct', prefix: '' } },
      profiles: { fleet: { labels: { node: { range: [1, 501] } } } },
      metrics: [
        { name: 'state', type: 'stateset', profile: 'fleet', states: ['a', 'b', 'c'], dwell_s: 0.5 },
        { name: 'build', type: 'info', profile: 'fleet' },
        { name: 'queued', type: 'updown', profile: 'fleet' },
        { name: 'commits', type: 'unknown', like: 'counter', profile: 'fleet', base_rate: 20 },
        { name: 'age_seconds', type: 'gauge', profile: 'fleet', algorithm: 'time_since', every_s: 1 },
        { name: 'last_seconds', type: 'gauge', profile: 'fleet', algorithm: 'last_event', every_s: 1 },
      ],
    });
    const rendered = await runLyrebird(['render', '-c', config, '--tick', '22']);
    expect(rendered.code).toBe(0);
    const active = rendered.stdout.split('\n').filter((line) => /^state\{.* 1$/.test(line));
    expect(active).toHaveLength(501);
    expect(new Set(active.map((line) => /state="(.)"/.exec(line)?.[1]))).toEqual(new Set(['a', 'b', 'c']));
    await expectPage(config, 22, rendered.stdout);
  }, 90_000);
});

describe('metrics that share what they follow from', () => {
  it('make the same page with any number of workers, turnover included', async () => {
    const labels = { host: { range: [1, 9] }, zone: { values: ['a', 'b'] } };
    const factors = (loading: number) => ({ factors: { load: loading } });
    const learned = { algorithm: 'learned', profile: 'fleet' };
    const config = await workspace.write('related.yaml', {
      global: { tick_interval_s: 0.1, seed: 4, start_time: START },
      exporters: { otel: { enabled: false }, prometheus: { client: 'direct', prefix: '' } },
      factors: { load: { memory_s: 1 } },
      profiles: { fleet: { labels } },
      metrics: [
        // Before what it follows from.
        {
          name: 'free',
          type: 'gauge',
          profile: 'fleet',
          algorithm: 'derived',
          expression: '100 - max(used, 3)',
        },
        {
          name: 'used',
          type: 'gauge',
          ...learned,
          models: [{ values: [1, 20, 60], memory_s: 2, ...factors(0.8) }],
        },
        { name: 'read_total', type: 'counter', profile: 'fleet', base_rate: 70 },
        {
          name: 'written_total',
          type: 'counter',
          ...learned,
          models: [{ rates: [0, 5, 900], ...factors(-0.6) }],
        },
        {
          name: 'moved_total',
          type: 'counter',
          profile: 'fleet',
          algorithm: 'derived',
          expression: 'read_total + 2 * written_total',
        },
        {
          name: 'wait_seconds',
          type: 'histogram',
          ...learned,
          models: [{ edges: [0.01, 0.2, 4], weights: [4, 1], rates: [0, 30, 90], ...factors(0.9) }],
        },
      ],
      scenarios: {
        busy: {
          steps: [
            {
              at: 0.6,
              for: 0.6,
              effect: { metrics: ['read_total', 'wait_seconds'], series: '{zone="a"}', rate: 4 },
            },
            { at: 1, effect: { metrics: 'used', series: '{host=~"[2-5]"}', value: { scale: 2, offset: 1 } } },
            { at: 1.2, churn: { profile: 'fleet', churn: { kind: 'rolling', label: 'host', over: 1 } } },
          ],
        },
      },
      runtime: { on_start: [{ action: 'scenario', scenario: 'busy' }] },
    });
    const rendered = await runLyrebird(['render', '-c', config, '--tick', '20']);
    expect([rendered.code, rendered.stderr]).toEqual([0, '']);
    const valuesOf = (name: string): number[] =>
      rendered.stdout
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`))
        .map((line) => Number(line.split(' ').at(-1)));
    const used = valuesOf('used');
    expect(used).toHaveLength(18);
    expect(valuesOf('free')).toEqual(used.map((value) => 100 - Math.max(value, 3)));
    await expectPage(config, 20, rendered.stdout);
  });
});

// What is wrong with Mockingbird, the closest competitor, symptom by symptom, and that Lyrebird does not have it. Titles begin
// with the number of the feature (MB-01 to MB-56); those of its configuration begin with the key instead. Each is shown end to
// end: a file goes in, and pages, OTLP requests and answers of the control API come out.
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';

import { loadConfig } from '../src/config/load.ts';
import { createManualClock } from '../src/engine/clock.ts';
import { planOf } from '../src/simulation/plan.ts';
import { ConfigError } from '../src/util/errors.ts';
import { translate } from '../src/wire/names.ts';
import { parsePage } from '../src/wire/parse.ts';
import { until } from './support/backends.ts';
import { createWorkspace, root, runArguments, runLyrebird } from './support/lyrebird.ts';
import {
  configOf,
  FREE_PAGE,
  linesOf,
  NO_EXPORTERS,
  renderText,
  startBackend,
  startLive,
  startSimulation,
} from './support/simulation.ts';
import { createTestSink } from './support/sources.ts';

// ---- Files

/** What is wrong with a file, one `key.path: message` a mistake. */
function mistakes(input: object): string[] {
  try {
    configOf(input);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path ?? ''}: ${message}`);
  }
}

const metric = (fields: object, type = 'gauge') => ({ metrics: [{ name: 'm', type, ...fields }] });
const label = (fields: object) => metric({ labels: { l: fields } });
const profile = (fields: object) => ({ profiles: { p: fields }, ...metric({ profile: 'p' }) });

// ---- Pages

/** Values of the lines of a sample on the page of a tick, in the order of the page. */
async function valuesAt(tick: number, input: object, sample: string): Promise<number[]> {
  const page = await renderText(configOf(input), tick);
  return linesOf(page, sample).map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
}

/** Every line with a value of the page of a tick. */
async function samplesAt(tick: number, input: object): Promise<string[]> {
  const page = await renderText(configOf(input), tick);
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const ids = (count: number) => ({ labels: { id: { range: [1, count] } } });

describe('1.1 the program', () => {
  it('MB-01 --validate is documented and not there: check validates, and exits 2 for a bad file', async () => {
    const workspace = await createWorkspace();
    onTestFinished(workspace.remove);
    const good = await workspace.write('good.yaml', metric({}));
    const bad = await workspace.write('bad.yaml', 'metrics:\n  - name: m\n    type: gauge\n    setp: 1\n');
    const [both, flag] = await Promise.all([
      runLyrebird(['check', good, bad]),
      runLyrebird(['run', '--validate', '-c', good]),
    ]);
    expect(both).toMatchObject({ code: 2, stdout: `${good}: ok (1 family, 1 series)\n` });
    expect(both.stderr).toMatch(/bad\.yaml:4:5 metrics\[0\]\.setp: .*did you mean step\?/);
    expect(flag).toMatchObject({ code: 2, stdout: '' });
    expect(flag.stderr).toContain("unknown option '--validate'");
  });

  it('MB-02 an empty file is answered with words of the interpreter', () => {
    expect(() => loadConfig({ text: '', file: 'empty.yaml' })).toThrow(
      'empty.yaml:1:1: the file is empty; needs a mapping with at least metrics',
    );
  });

  it('MB-02 environment variables replace values without a word', () => {
    const { config, overrides } = loadConfig(
      { text: 'metrics: [{name: m, type: gauge}]', file: 'a.yaml' },
      { env: { OTEL_ENDPOINT: 'collector:4317', LOG_LEVEL: 'debug' } },
    );
    expect([config.exporters.otel.endpoint, config.global.log_level]).toEqual(['collector:4317', 'DEBUG']);
    expect(overrides.map(({ source, path, value }) => `${source} ${path} ${value}`)).toEqual([
      'LOG_LEVEL global.log_level debug',
      'OTEL_ENDPOINT exporters.otel.endpoint collector:4317',
    ]);
  });

  it('MB-03 what a signal cuts off is lost: the tick is finished, and what it has is exported', async () => {
    const { otel, arrived } = await startBackend();
    const run = await startSimulation({
      exporters: { prometheus: { enabled: false }, otel: { ...otel, export_interval_s: 60 } },
      ...metric({ algorithm: 'constant', base_rate: 1 }, 'counter'),
    });
    await run.ticks(3);
    // What the command does at the first SIGINT or SIGTERM.
    await run.stop();
    const last = await arrived(run.frame().wallMs, ['otel_m']);
    expect(last.get('otel_m')?.points[0]).toMatchObject({ value: 3 });
  });

  it('MB-04 compose mounts files that are not there', () => {
    const folder = join(root, 'compose');
    const { services } = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8')) as {
      services: Record<string, { build?: string; volumes?: string[]; command?: string[] }>;
    };
    const paths = Object.values(services).flatMap(({ build, volumes = [] }) => [
      ...(build === undefined ? [] : [join(build, 'Dockerfile')]),
      ...volumes.map((volume) => volume.split(':')[0] as string).filter((source) => /^\.\.?\//.test(source)),
    ]);
    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths) expect(existsSync(join(folder, path)), path).toBe(true);
    const [file = ''] = services['lyrebird']?.command?.filter((word) => word.endsWith('.yaml')) ?? [];
    expect(() => loadConfig(join(root, file))).not.toThrow();
  });
});

describe('1.2 the file', () => {
  it('unknown keys are ignored everywhere: they are refused, each with its position', () => {
    const text = [
      'global: { sed: 1 }',
      'exporters:',
      '  otel: { endpont: x }',
      'profiles:',
      '  p: { cap: 3, labels: { zone: { values: [a], format: x } } }',
      'metrics:',
      '  - { name: m, type: gauge, clmap: [0, 1] }',
      'runtim: {}',
    ].join('\n');
    const places = [
      'shop.yaml:1:11 global.sed: unknown key sed, did you mean seed?',
      'shop.yaml:3:11 exporters.otel.endpont: unknown key endpont, did you mean endpoint?',
      'shop.yaml:5:8 profiles.p.cap: unknown key cap',
      'shop.yaml:5:47 profiles.p.labels.zone.format: unknown key format',
      'shop.yaml:7:29 metrics[0].clmap: unknown key clmap, did you mean clamp?',
      'shop.yaml:8:1 runtim: unknown section runtim, did you mean runtime?',
    ];
    let message = '';
    try {
      loadConfig({ text, file: 'shop.yaml' });
    } catch (error) {
      ({ message } = error as Error);
    }
    const lines = message.split('\n');
    expect(lines).toHaveLength(places.length);
    for (const [index, place] of places.entries()) expect(lines[index]).toContain(place);
  });

  it.each<[string, object, string]>([
    ['tick_interval_s: 0 is accepted', { global: { tick_interval_s: 0 } }, 'global.tick_interval_s: is 0'],
    ['tick_interval_s: -1 is accepted', { global: { tick_interval_s: -1 } }, 'global.tick_interval_s: is -1'],
    [
      'log_level: an unknown one becomes INFO',
      { global: { log_level: 'LOUD' } },
      'global.log_level: is "LOUD"',
    ],
    [
      'range: a reversed one gives no series at all',
      label({ range: [9, 1] }),
      'metrics[0].labels.l.range: is reversed',
    ],
    [
      'values: duplicates give duplicate series',
      label({ values: ['a', 'b', 'a'] }),
      'metrics[0].labels.l.values[2]: "a" is there already',
    ],
    [
      'values beside a range: one of them is ignored',
      label({ values: ['a'], range: [1, 2] }),
      'has both values and a range',
    ],
    ['values: none', label({ values: [] }), 'metrics[0].labels.l.values: '],
    [
      'series_cap: a negative one cuts off the end',
      profile({ series_cap: -3 }),
      'profiles.p.series_cap: is -3; needs at least 1',
    ],
    ['series_cap: 0 is no cap', profile({ series_cap: 0 }), 'profiles.p.series_cap: is 0; needs at least 1'],
    [
      'zipf_alpha is never read',
      profile({ zipf_alpha: 1.1 }),
      'profiles.p.zipf_alpha: skews which series a series_cap keeps, and there is none',
    ],
    ['metrics: none', { metrics: [] }, 'needs a list of at least one metric'],
    ['profile: an unknown one', metric({ profile: 'nodes' }), 'metrics[0].profile: '],
    [
      'algorithm: an unknown one becomes the default',
      metric({ algorithm: 'randomwalk' }),
      'did you mean random_walk?',
    ],
    [
      'algorithm: one of another type becomes the default',
      metric({ algorithm: 'poisson' }),
      'poisson is an algorithm for counter',
    ],
    ['name: is not checked', metric({ name: '1 bad-name' }), 'metrics[0].name: is "1 bad-name"'],
    [
      'labels: their names are not checked',
      metric({ labels: { 'a-b': { values: ['x'] } } }),
      'metrics[0].labels',
    ],
    ['clamp: of one number fails every tick', metric({ clamp: [1] }), 'metrics[0].clamp'],
    ['clamp: of three numbers fails every tick', metric({ clamp: [0, 1, 2] }), 'metrics[0].clamp'],
    [
      'lam: is documented as lambda',
      metric({ algorithm: 'exponential', lambda: 2 }, 'histogram'),
      'the rate is called lam',
    ],
    ['p: 7 fails every tick', metric({ algorithm: 'bernoulli', p: 7 }), 'metrics[0].p: is 7'],
    [
      'buckets: their order is not checked',
      metric({ buckets: [1, 0.5] }, 'histogram'),
      'metrics[0].buckets[1]: is 0.5 after 1',
    ],
    [
      'components: weights that add up to 0 fail every tick',
      metric({ algorithm: 'mixture', components: [{ type: 'lognormal', weight: 0 }] }, 'histogram'),
      'metrics[0].components',
    ],
    [
      'components: an unknown type becomes lognormal',
      metric({ algorithm: 'mixture', components: [{ type: 'gamma', weight: 1 }] }, 'histogram'),
      'metrics[0].components[0]',
    ],
    [
      'sine: documented with an amplitude that is ignored',
      metric({ algorithm: 'sine', amplitude: 2 }),
      'a wave goes from min to max',
    ],
    [
      'sine: documented with an offset that is ignored',
      metric({ algorithm: 'sine', offset: 2 }),
      'a wave goes from min to max',
    ],
    ['allow_nan: only false can be kept', metric({ allow_nan: true }), 'metrics[0].allow_nan: '],
    [
      'runtime.on_start is never executed, so that nobody sees a mistake in it',
      { runtime: { on_start: [{ action: 'scenario', scenario: 'outage' }] } },
      'runtime.on_start[0].scenario: is outage; scenarios of the file: none',
    ],
    [
      'runtime.failure_modes is never used',
      { runtime: { failure_modes: { nan: {} } } },
      'runtime.failure_modes: failure modes are not there yet',
    ],
  ])('%s: it is refused', (_, input, message) => {
    const found = mistakes({ ...metric({}), ...input });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  it('tick_interval_s: 0.5 is rejected: it ticks twice a second', async () => {
    const run = await startSimulation({ global: { tick_interval_s: 0.5 }, ...metric({}) });
    await run.clock.advance(3000);
    expect(run.frame().tick).toBe(6);
  });

  it('log_format: json prints text: every line is JSON', async () => {
    const workspace = await createWorkspace();
    onTestFinished(workspace.remove);
    const config = await workspace.write('a.yaml', { global: { tick_interval_s: 0.01 }, ...metric({}) });
    const print = async (format: string) => {
      const sets = { 'global.log_format': format, 'exporters.otel.enabled': false };
      const { args } = await runArguments({ config, sets, args: ['--ticks', '1'] });
      const { stdout } = await runLyrebird(args);
      return stdout.trimEnd().split('\n');
    };
    const [json, text] = await Promise.all([print('json'), print('text')]);
    for (const line of json) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(Math.min(json.length, text.length)).toBeGreaterThan(3);
    for (const line of text) expect(() => JSON.parse(line) as unknown).toThrow(SyntaxError);
  });

  it('control_api_port: is open to the network: it is bound to loopback', () => {
    expect(configOf(metric({})).global.control_bind_address).toBe('127.0.0.1');
  });

  it('prometheus.port: every path serves the metrics: the one that is configured does', async () => {
    const page = { ...FREE_PAGE, path: '/workload' };
    const run = await startSimulation({
      exporters: { prometheus: page, otel: { enabled: false } },
      ...metric({}),
    });
    expect(await run.page()).toContain('prom_m 0');
    const url = run.simulation.status().exporters[0]?.description ?? '';
    expect((await fetch(new URL('/metrics', url))).status).toBe(404);
  });

  it('otel.protocol: http is ignored: it is HTTP with protobuf', async () => {
    const asked: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
    const backend = createServer((request, response) => {
      asked.push({
        url: `${request.method} ${request.url} ${request.httpVersion}`,
        headers: request.headers,
      });
      request.resume().on('end', () => response.writeHead(200).end());
    }).listen(0, '127.0.0.1');
    await once(backend, 'listening');
    onTestFinished(() => void backend.close());
    const { port } = backend.address() as AddressInfo;
    const run = await startSimulation({
      exporters: {
        prometheus: { enabled: false },
        otel: {
          endpoint: `127.0.0.1:${port}`,
          protocol: 'http',
          export_interval_s: 1,
          headers: { 'x-tenant': 'a' },
        },
      },
      ...metric({}),
    });
    await until(() => asked.length > 0, { what: 'a request', everyMs: 5 });
    await run.stop();
    expect(asked[0]).toMatchObject({
      url: 'POST /v1/metrics 1.1',
      headers: { 'content-type': 'application/x-protobuf', 'x-tenant': 'a' },
    });
  });

  it('values: integers are rejected: they are label values', async () => {
    expect(await samplesAt(0, label({ values: [200, '007'] }))).toEqual([
      'prom_m{l="200"} 0',
      'prom_m{l="007"} 0',
    ]);
  });

  it('objectives are never read: their keys are the quantiles', async () => {
    const input = metric({ objectives: { 0.5: 0.05, 0.95: 0.01 } }, 'summary');
    const quantiles = (await samplesAt(1, input)).map((line) => /quantile="([^"]*)"/.exec(line)?.[1]);
    expect(quantiles).toEqual(['0.5', '0.95', undefined, undefined]);
  });
});

describe('1.3 label spaces', () => {
  it('MB-10 the product is built in memory before it is capped: of 10^12 label sets, five are made', async () => {
    const lines = await samplesAt(0, {
      profiles: {
        p: {
          labels: { a: { range: [1, 1e6] }, b: { range: [1, 1e6] } },
          series_cap: 5,
          sampling_strategy: 'hash',
        },
      },
      ...metric({ profile: 'p' }),
    });
    expect(new Set(lines).size).toBe(5);
  });

  it('MB-11 a cap keeps one value of the first label: hash keeps all, in about equal shares', async () => {
    const lines = await samplesAt(0, {
      profiles: {
        p: {
          labels: { zone: { values: ['a', 'b', 'c'] }, id: { range: [1, 1000] } },
          series_cap: 300,
          sampling_strategy: 'hash',
        },
      },
      ...metric({ profile: 'p' }),
    });
    for (const zone of ['a', 'b', 'c']) {
      const share = lines.filter((line) => line.includes(`zone="${zone}"`)).length;
      expect(Math.abs(share - 100)).toBeLessThan(30);
    }
  });

  it('MB-12 what hash keeps is documented wrongly: the same label sets for every metric, seed and larger cap', async () => {
    const kept = async (name: string, cap: number, seed: number) => {
      const p = { ...ids(1000), series_cap: cap, sampling_strategy: 'hash' };
      const lines = await samplesAt(0, {
        global: { seed },
        profiles: { p },
        metrics: [{ name, type: 'gauge', profile: 'p' }],
      });
      return lines.map((line) => /id="(\d+)"/.exec(line)?.[1]);
    };
    const few = await kept('m', 20, 42);
    expect(await kept('other', 20, 7)).toEqual(few);
    expect(await kept('m', 50, 42)).toEqual(expect.arrayContaining(few));
  });

  it.each(['library', 'direct'])(
    'MB-13 a metric without labels never reaches Prometheus: it is on both paths, %s clients',
    async (client) => {
      const { otel, arrived } = await startBackend();
      const run = await startSimulation({
        exporters: { prometheus: { ...FREE_PAGE, client }, otel: { ...otel, client } },
        profiles: { empty: {} },
        metrics: [
          { name: 'jobs_total', type: 'counter', algorithm: 'constant', base_rate: 4, profile: 'empty' },
          { name: 'level', type: 'gauge', algorithm: 'constant', start: 2.5 },
        ],
      });
      await run.ticks(3);
      const page = await run.page();
      expect(linesOf(page, 'prom_jobs_total')).toEqual(['prom_jobs_total 12']);
      expect(linesOf(page, 'prom_level')).toEqual(['prom_level 2.5']);
      const pushed = await arrived(run.frame().wallMs, ['otel_jobs_total', 'otel_level']);
      expect(pushed.get('otel_jobs_total')?.points).toMatchObject([{ value: 12 }]);
      expect(pushed.get('otel_level')?.points).toMatchObject([{ value: 2.5 }]);
    },
  );
});

describe('1.4 values', () => {
  const withIds = (count: number, metrics: object[], global: object = {}) => ({
    global,
    profiles: { p: ids(count) },
    metrics: metrics.map((one) => ({ profile: 'p', ...one })),
  });

  it.each([
    ['', {}],
    [', not even with one seed of their own', { seed: 7 }],
  ])('two metrics of one kind have the same numbers%s', async (_, own) => {
    const page = withIds(3, [
      { name: 'a', type: 'gauge', ...own },
      { name: 'b', type: 'gauge', ...own },
    ]);
    const [a, b] = await Promise.all([valuesAt(5, page, 'prom_a'), valuesAt(5, page, 'prom_b')]);
    expect(new Set([...a, ...b]).size).toBe(6);
  });

  const walk = { name: 'walk', type: 'gauge' };
  const capped = (cap: number, sampling: string) => ({
    profiles: { p: { ...ids(100), series_cap: cap, sampling_strategy: sampling } },
    metrics: [{ ...walk, profile: 'p' }],
  });

  it.each<[string, object, object]>([
    ['a series more', withIds(5, [walk]), withIds(6, [walk])],
    ['a larger cap', capped(5, 'first_n'), capped(50, 'first_n')],
    ['a larger cap of a sample', capped(5, 'hash'), capped(50, 'hash')],
    ['another metric before it', withIds(5, [walk]), withIds(5, [{ name: 'first', type: 'gauge' }, walk])],
  ])('%s changes the numbers of all others', async (_, before, after) => {
    const lines = await samplesAt(20, before);
    expect(lines).toHaveLength(5);
    expect(await samplesAt(20, after)).toEqual(expect.arrayContaining(lines));
  });

  it('what is shown depends on the time of day at which it is run', async () => {
    const input = {
      global: { start_time: '2026-02-03T04:05:06Z' },
      metrics: [
        { name: 'wave', type: 'gauge', algorithm: 'sine', period_s: 50 },
        { name: 'jobs_total', type: 'counter', base_rate: 50, diurnal_amp: 0.9 },
      ],
      exporters: { prometheus: { ...FREE_PAGE, client: 'direct' }, otel: { enabled: false } },
    };
    const pages = [];
    for (const wallMs of [Date.UTC(2026, 0, 1), Date.UTC(2030, 6, 7, 8, 9, 10)]) {
      const run = await startSimulation(input, { clock: createManualClock(wallMs) });
      await run.ticks(4);
      pages.push(await run.page());
    }
    expect(pages[0]).toBe(pages[1]);
    expect(pages[0]).toBe(await renderText(configOf(input), 4));
  });

  it.each([0.1, 1, 5])(
    'MB-20 poisson counts by the tick: base_rate is per second, at a tick of %d s',
    async (tick) => {
      const input = withIds(50, [{ name: 'jobs_total', type: 'counter', base_rate: 20 }], {
        tick_interval_s: tick,
      });
      const totals = await valuesAt(100 / tick, input, 'prom_jobs_total');
      const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length;
      // 2,000 expected; the mean of 50 has a standard deviation of sqrt(2000 / 50).
      expect(Math.abs(mean - 2000)).toBeLessThan(5 * Math.sqrt(40));
    },
  );

  it('MB-21 constant documents an increment that is ignored: it is refused, and base_rate is per second', async () => {
    const constant = { algorithm: 'constant' };
    expect(mistakes(metric({ ...constant, increment: 3 }, 'counter'))).toEqual([
      expect.stringContaining('the increment of constant is its base_rate, per second'),
    ]);
    const input = { global: { tick_interval_s: 4 }, ...metric({ ...constant, base_rate: 3 }, 'counter') };
    expect(await valuesAt(5, input, 'prom_m_total')).toEqual([60]);
  });

  it('MB-21 MB-22 the daily cycle is of Poisson counters alone: every type has it', async () => {
    // Twelve hours of a day that begins at its top: sunny half as much again, dark half as much less.
    const cycle = { diurnal_amp: 0.5, diurnal_phase: 0.25, observations_per_s: 0.01 };
    const { observations_per_s: _, ...scalar } = cycle;
    const input = {
      global: { tick_interval_s: '1h' },
      metrics: [
        { name: 'c_total', type: 'counter', algorithm: 'constant', base_rate: 0.01, ...scalar },
        { name: 'g', type: 'gauge', algorithm: 'constant', start: 10, ...scalar },
        { name: 'h', type: 'histogram', ...cycle },
        { name: 's', type: 'summary', ...cycle },
      ],
    };
    const noon = configOf(input);
    const at = async (tick: number) => {
      const page = await renderText(noon, tick);
      return (sample: string) => Number(linesOf(page, sample)[0]?.split(' ')[1]);
    };
    const [start, day, night, end] = await Promise.all([0, 6, 18, 24].map(at));
    expect([start?.('prom_g'), night?.('prom_g')]).toEqual([15, expect.closeTo(10, 9)]);
    for (const sample of ['prom_c_total', 'prom_h_count', 'prom_s_count']) {
      const byDay = day?.(sample) ?? 0;
      const byNight = (night?.(sample) ?? 0) - byDay;
      const inAll = end?.(sample) ?? 0;
      // 36 an hour: about 280 in the six hours around the top and 320 in the twelve of the bottom half.
      expect(byDay).toBeGreaterThan(1.15 * 36 * 6);
      expect(byNight).toBeLessThan(0.85 * 36 * 12);
      expect(Math.abs(inAll - 36 * 24)).toBeLessThanOrEqual(24);
    }
  });

  it('MB-22 diurnal_amp above 1 makes a rate negative and loses the metric for hours: it is refused', async () => {
    expect(mistakes(metric({ diurnal_amp: 1.2 }, 'counter'))[0]).toContain('metrics[0].diurnal_amp: is 1.2');
    const input = {
      global: { tick_interval_s: '1h' },
      ...metric({ base_rate: 1, diurnal_amp: 1 }, 'counter'),
    };
    const run = await startSimulation(input);
    await run.ticks(48);
    const totals = run.history('m');
    expect(totals).toHaveLength(49);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
  });

  it('MB-22 low at night and high in business hours is promised and not kept: diurnal_phase 0.75 is', async () => {
    const input = {
      global: { tick_interval_s: '1h' },
      metrics: [
        {
          name: 'utc',
          type: 'gauge',
          algorithm: 'constant',
          start: 100,
          diurnal_amp: 0.5,
          diurnal_phase: 0.75,
        },
        {
          name: 'tokyo',
          type: 'gauge',
          algorithm: 'constant',
          start: 100,
          diurnal_amp: 0.5,
          diurnal_phase: 0.75,
          diurnal_offset_h: 9,
        },
      ],
    };
    expect(await samplesAt(12, input)).toContain('prom_utc 150');
    expect(await samplesAt(24, input)).toContain('prom_utc 50');
    expect(await samplesAt(3, input)).toContain('prom_tokyo 150');
  });

  it('MB-23 random_walk is pinned at its bound, 92 of 100 samples: none is', async () => {
    const input = withIds(1000, [{ name: 'm', type: 'gauge', start: 0.5, step: 0.1, clamp: [0, 1] }]);
    for (const tick of [50, 200]) {
      const levels = await valuesAt(tick, input, 'prom_m');
      const near = levels.filter((level) => level < 0.01 || level > 0.99);
      // Evenly spread, as the walk is reflected: 20 of 1,000 within a hundredth of a bound.
      expect(near.length).toBeLessThan(45);
      expect(levels.filter((level) => level <= 0 || level >= 1)).toEqual([]);
    }
  });

  it.each(['sine', 'sawtooth'])(
    'MB-24 MB-25 all series of a %s are one: phase_spread sets them apart',
    async (algorithm) => {
      const input = withIds(5, [{ name: 'm', type: 'gauge', algorithm, period_s: 60, phase_spread: 1 }]);
      expect(new Set(await valuesAt(10, input, 'prom_m')).size).toBe(5);
    },
  );

  it('MB-27 start of a constant gauge is not documented: it is in the schema that editors read', () => {
    const schema = readFileSync(join(root, 'configs/lyrebird.schema.json'), 'utf8');
    const start = configOf(metric({ algorithm: 'constant', start: 3 })).metrics[0];
    expect(start).toMatchObject({ start: 3 });
    expect(schema).toMatch(/"start": \{[^}]*"description"/);
  });

  it('MB-30 mixture is lognormal for a summary: it is a mixture there, too', async () => {
    const point = (value: number) => ({ type: 'lognormal', weight: 1, mu: Math.log(value), sigma: 0 });
    const input = metric(
      {
        algorithm: 'mixture',
        components: [point(1), point(100)],
        observations_per_s: 50,
        quantiles: [0.25, 0.75],
      },
      'summary',
    );
    const [low = 0, high = 0] = await valuesAt(20, input, 'prom_m');
    // Quantiles are right within five percent.
    expect(Math.abs(low - 1)).toBeLessThan(0.051);
    expect(Math.abs(high / 100 - 1)).toBeLessThan(0.051);
  });

  it.each(['histogram', 'summary'])(
    'MB-31 a %s has one observation a tick and no more: observations_per_s says how many',
    async (type) => {
      const input = { global: { tick_interval_s: 2 }, ...metric({ observations_per_s: 15 }, type) };
      expect(await valuesAt(10, input, 'prom_m_count')).toEqual([300]);
    },
  );

  it('MB-31 negative observations are dropped: the count is that of arrivals, none of them negative', async () => {
    const input = metric({ algorithm: 'normal', mu: 0, sigma: 1, buckets: [0.001, 9] }, 'histogram');
    expect(await valuesAt(100, input, 'prom_m_count')).toEqual([100]);
    expect((await valuesAt(100, input, 'prom_m_sum'))[0]).toBeGreaterThan(0);
  });

  const wave = { period_s: 97, phase_spread: 1, ...ids(200) };

  it.each<[string, object, string, string, [min: number, max: number]]>([
    ['base_rate: 0 counts one a tick', { base_rate: 0 }, 'counter', 'prom_m_total', [0, 0]],
    [
      'base_rate: 0 of a constant is 1',
      { algorithm: 'constant', base_rate: 0 },
      'counter',
      'prom_m_total',
      [0, 0],
    ],
    ['p: 0 is one half', { algorithm: 'bernoulli', p: 0, ...ids(50) }, 'gauge', 'prom_m', [0, 0]],
    ['max: 0 of a sine is 1', { algorithm: 'sine', min: -10, max: 0, ...wave }, 'gauge', 'prom_m', [-10, 0]],
    [
      'max: 0 of a sawtooth is 1',
      { algorithm: 'sawtooth', min: -10, max: 0, ...wave },
      'gauge',
      'prom_m',
      [-10, 0],
    ],
    ['step: 0 is 0.1', { start: 3, step: 0 }, 'gauge', 'prom_m', [3, 3]],
    ['sigma: 0 is 1', { sigma: 0 }, 'histogram', 'prom_m_sum', [40, 40]],
    ['observations_per_s: 0 stays none', { observations_per_s: 0 }, 'summary', 'prom_m_count', [0, 0]],
  ])('zero is taken for no value: %s', async (_, fields, type, sample, [min, max]) => {
    const values = await valuesAt(40, metric(fields, type), sample);
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) {
      expect(value).toBeGreaterThanOrEqual(min);
      expect(value).toBeLessThanOrEqual(max);
    }
  });

  it.each<[string, object, string]>([
    ['lam: 0 is 1', { algorithm: 'exponential', lam: 0 }, 'histogram'],
    ['period_s: 0 is an hour', { algorithm: 'sine', period_s: 0 }, 'gauge'],
  ])('zero is taken for no value: %s: it is refused', (_, fields, type) => {
    expect(mistakes(metric(fields, type))).toHaveLength(1);
  });

  it('zero is taken for no value: seed: 0 is a seed', async () => {
    const seeded = (seed: number) => valuesAt(5, { global: { seed }, ...metric({}) }, 'prom_m');
    expect(await seeded(0)).not.toEqual(await seeded(42));
  });
});

/** One metric of each type, and two that the libraries would name or count in their own ways. */
const everyType = {
  profiles: { p: { labels: { zone: { values: ['a', 'b'] } } } },
  metrics: [
    { name: 'plain', type: 'counter', profile: 'p', base_rate: 30 },
    { name: 'level', type: 'gauge', profile: 'p' },
    { name: 'heap', type: 'gauge', unit: 'By', algorithm: 'constant', start: 7 },
    { name: 'latency', type: 'histogram', profile: 'p' },
    { name: 'size', type: 'summary', profile: 'p', observations_per_s: 20 },
  ],
};

describe('1.5 both paths', () => {
  const bothPaths = async (client: string) => {
    const { otel, arrived } = await startBackend();
    const run = await startSimulation({
      exporters: { prometheus: { ...FREE_PAGE, client }, otel: { ...otel, client } },
      ...everyType,
    });
    await run.ticks(5);
    const names = ['otel_plain', 'otel_level', 'otel_heap', 'otel_latency'];
    const pushed = await arrived(run.frame().wallMs, names);
    const { families, problems } = parsePage(await run.page(), 'text');
    expect(problems).toEqual([]);
    const onPage = (name: string) => families.find((family) => family.name === name);
    return { run, pushed, onPage };
  };

  describe.each(['library', 'direct'])('with the %s clients', (client) => {
    it('MB-40 a counter without _total has two names: one, and the start says so', async () => {
      const { run, pushed, onPage } = await bothPaths(client);
      const { name, unit } = pushed.get('otel_plain') ?? { name: '', unit: '' };
      const stored = translate({ name, unit, type: 'sum', monotonic: true });
      expect(stored.replace('otel_', 'prom_')).toBe('prom_plain_total');
      expect(onPage('prom_plain_total')?.points).toHaveLength(2);
      expect(onPage('prom_plain')).toBeUndefined();
      expect(run.simulation.describe()).toContain(
        'renamed: prom_plain is printed as prom_plain_total, as OTLP backends name it',
      );
    });

    it('MB-40 _created gauges stand beside every series', async () => {
      const { run } = await bothPaths(client);
      expect(await run.page()).not.toContain('_created');
      expect(await run.page('application/openmetrics-text;version=1.0.0')).not.toContain('_created');
    });

    it('MB-41 a summary has no quantiles on the page', async () => {
      const { onPage } = await bothPaths(client);
      for (const { quantiles, count } of onPage('prom_size')?.points ?? []) {
        expect(quantiles.map(({ quantile }) => quantile)).toEqual([0.5, 0.9, 0.99]);
        expect(count).toBe(100);
        for (const { value } of quantiles) expect(value).toBeGreaterThan(0);
      }
    });

    it('MB-42 a gauge is an UpDownCounter of deltas: it is a gauge with the value of the page', async () => {
      const { pushed, onPage } = await bothPaths(client);
      const level = pushed.get('otel_level');
      expect(level?.type).toBe('gauge');
      expect(level?.points).toMatchObject(
        onPage('prom_level')?.points.map(({ value }) => ({ value })) ?? ['nothing'],
      );
    });

    it('MB-42 a histogram without buckets has other bounds on each path', async () => {
      const { pushed, onPage } = await bothPaths(client);
      const latency = pushed.get('otel_latency');
      if (latency?.type !== 'histogram') throw new Error('otel_latency is no histogram');
      const onPages = onPage('prom_latency')?.points ?? [];
      expect(onPages).toHaveLength(2);
      for (const [index, { buckets }] of onPages.entries()) {
        const point = latency.points[index];
        expect([...(point?.bounds ?? []), Infinity]).toEqual(buckets.map(({ le }) => le));
        expect(buckets.map(({ le }) => le)).toEqual([
          0.005,
          0.01,
          0.025,
          0.05,
          0.1,
          0.25,
          0.5,
          1,
          2.5,
          5,
          10,
          Infinity,
        ]);
        let total = 0;
        expect(point?.counts.map((count) => (total += count))).toEqual(buckets.map(({ count }) => count));
      }
    });

    it('MB-42 the unit is "1" for everything, and the start of a series is not controlled', async () => {
      const { run, pushed } = await bothPaths(client);
      expect([pushed.get('otel_heap')?.unit, pushed.get('otel_level')?.unit]).toEqual(['By', '']);
      const birthMs = run.frame().wallMs - 5000;
      for (const point of pushed.get('otel_plain')?.points ?? []) expect(point.startMs).toBe(birthMs);
    });

    it('MB-43 a scrape may be torn between two ticks: all of a page is of one', async () => {
      const { simulation } = await startLive({
        // A machine under load may stand still for many ticks of two milliseconds.
        global: { tick_interval_s: 0.002, max_lag: 100_000 },
        exporters: { prometheus: { ...FREE_PAGE, client }, otel: { enabled: false } },
        profiles: { p: ids(200) },
        metrics: ['a_total', 'b_total'].map((name) => ({
          name,
          type: 'counter',
          algorithm: 'constant',
          base_rate: 500,
          profile: 'p',
        })),
      });
      await until(() => simulation.ready(), { what: 'the run', everyMs: 5 });
      const url = simulation.status().exporters[0]?.description ?? '';
      const ticks = new Set<string>();
      for (let scrape = 0; scrape < 20; scrape++) {
        const pages = await Promise.all([fetch(url), fetch(url)].map(async (page) => (await page).text()));
        for (const page of pages) {
          const values = new Set(page.match(/(?<=^prom_[ab]_total\{.*\} )\d+$/gm));
          expect(values.size).toBe(1);
          for (const value of values) ticks.add(value);
        }
      }
      expect(ticks.size).toBeGreaterThan(1);
    });
  });

  it('MB-42 a summary is a histogram without bounds: it is a summary, with its quantiles', async () => {
    const { run, pushed, onPage } = await bothPaths('direct');
    const sent = (await until(() => pushed.get('otel_size'), { what: 'otel_size', everyMs: 5 })) ?? {};
    expect(sent).toMatchObject({
      type: 'summary',
      points: onPage('prom_size')?.points.map(({ quantiles, count, sum }) => ({
        quantiles: quantiles.map(({ quantile, value }) => ({ quantile, value })),
        count,
        sum,
      })),
    });
    expect(run.series('size')[0]?.count).toBe(100);
  });

  it('MB-43 identical data are claimed and never compared: they are, series by series', async () => {
    const run = await startSimulation({
      exporters: { prometheus: FREE_PAGE, otel: { endpoint: 'embedded', export_interval_s: 1 } },
      ...everyType,
    });
    for (const tick of [0, 1, 2, 3]) {
      if (tick > 0) await run.ticks(1);
      const parity = await until(() => ofTick(tick, run.simulation.status().parity), {
        what: `tick ${tick} on both paths`,
        everyMs: 5,
      });
      expect(parity).toMatchObject({ state: 'identical', series: 9, samples: 43, differing: 0 });
    }
  });
});

function ofTick<Report extends { readonly tick: number }>(tick: number, report: Report | undefined) {
  return report?.tick === tick && report;
}

describe('1.6 ticks', () => {
  const counted = metric({ algorithm: 'constant', base_rate: 1 }, 'counter');

  it('the time that a tick takes is added to every interval: ticks stay on the clock', async () => {
    const clock = createManualClock();
    const slow = createTestSink('slow', [], { frame: () => clock.stall(700) });
    const run = await startSimulation(counted, { clock, sinks: [() => slow] });
    await clock.advance(20_000 - clock.nowMs());
    expect(run.simulation.status().tick).toBe(Math.floor(clock.nowMs() / 1000));
    const births = slow.shown[0]?.wallMs ?? 0;
    for (const { tick, wallMs } of slow.shown) expect(wallMs).toBe(births + tick * 1000);
  });

  it('what was missed is not made up for: late ticks run, all of them, in order', async () => {
    const run = await startSimulation(counted);
    run.clock.stall(7000);
    await run.ticks(1);
    expect(run.history('m')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('an overrun is a line in the log: it is said once, counted, and on the status', async () => {
    const run = await startSimulation(counted);
    run.clock.stall(7000);
    await run.ticks(1);
    expect(run.lines.filter(({ msg }) => msg.includes('the generator is the bottleneck'))).toHaveLength(1);
    expect(run.simulation.status().lateness).toMatchObject({ late_ticks: 6, max_seconds: 6 });
    expect(await run.selfMetrics()).toContain('\ngen_late_ticks_total 6\n');
  });

  it('without exporters the sixtieth tick fails', async () => {
    const run = await startSimulation({ exporters: NO_EXPORTERS, ...counted });
    await run.ticks(121);
    expect(run.simulation.status()).toMatchObject({ state: 'running', tick: 121 });
  });
});

describe('1.7 the control API', () => {
  const simple = {
    metrics: [
      { name: 'requests_total', type: 'counter', algorithm: 'constant', base_rate: 10 },
      { name: 'level', type: 'gauge', algorithm: 'constant', start: 5 },
    ],
  };
  const spike = (change: object = {}) => ({ metric: 'level', multiplier: 3, duration_s: 10, ...change });

  it('MB-50 healthz is healthy after the engine has died', async () => {
    const broken = createTestSink('broken', [], {
      frame({ tick }) {
        if (tick === 2) throw new Error('disk full');
      },
    });
    const run = await startSimulation(simple, { sinks: [() => broken] });
    expect(await run.ask('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'healthy' } });
    await run.ticks(2);
    await run.ended;
    expect(await run.ask('GET', '/healthz')).toMatchObject({
      status: 503,
      body: { error: { code: 'unhealthy', message: 'the run failed: disk full' } },
    });
  });

  it('MB-50 healthz is healthy while the engine stands still', async () => {
    const run = await startSimulation(simple);
    run.clock.stall(4001);
    expect((await run.ask('GET', '/healthz')).status).toBe(503);
  });

  it('MB-51 status is documented with spikes in another form: the document is made of its schema', async () => {
    const run = await startSimulation(simple);
    await run.ask('POST', '/control/spike', spike());
    const { body } = await run.ask('GET', '/status');
    expect(body).toMatchObject({
      uptime_seconds: 0,
      tick_count: 0,
      active_metrics: 2,
      available_metrics: ['requests_total', 'level'],
      total_series: 2,
      active_spikes: [{ metric: 'level', multiplier: 3, remaining_seconds: 10, duration_s: 10 }],
      active_scenarios: [],
      config: { tick_interval_s: 1, seed: 42 },
    });
    const document = (await run.ask('GET', '/openapi.json')).body as {
      components: { schemas: Record<string, { properties?: Record<string, { type?: string }> }> };
    };
    const { properties = {} } = document.components.schemas['Status'] ?? {};
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(body)));
    expect(properties['active_spikes']?.type).toBe('array');
  });

  it('MB-52 an unknown metric is 404 with the list, and with the nearest name', async () => {
    const run = await startSimulation(simple);
    expect(await run.ask('POST', '/control/spike', spike({ metric: 'levle' }))).toMatchObject({
      status: 404,
      body: {
        error: {
          message: expect.stringContaining('did you mean level? Available: requests_total, level') as string,
        },
      },
    });
  });

  it.each<[string, object]>([
    ['a negative multiplier', { multiplier: -2 }],
    ['a multiplier of 0', { multiplier: 0 }],
    ['a negative duration, which leaves a ghost in the status', { duration_s: -5 }],
    ['no duration', { duration_s: 0 }],
  ])('MB-52 %s is accepted', async (_, change) => {
    const run = await startSimulation(simple);
    expect((await run.ask('POST', '/control/spike', spike(change))).status).toBe(422);
    expect((await run.ask('GET', '/status')).body['active_spikes']).toEqual([]);
    await run.ticks(2);
    expect(run.history('level')).toEqual([5, 5, 5]);
  });

  it('MB-52 a duration of 1.5 s is refused: it is two ticks', async () => {
    const run = await startSimulation(simple);
    expect((await run.ask('POST', '/control/spike', spike({ duration_s: 1.5 }))).status).toBe(200);
    await run.ticks(4);
    expect(run.history('level')).toEqual([5, 15, 15, 5, 5]);
  });

  it('MB-52 a spike cannot be stopped', async () => {
    const run = await startSimulation(simple);
    await run.ask('POST', '/control/spike', spike());
    await run.ticks(2);
    expect((await run.ask('DELETE', '/control/spike/spike-1')).status).toBe(200);
    await run.ticks(2);
    expect(run.history('level')).toEqual([5, 15, 15, 5, 5]);
  });

  it.each([
    ['can be started', 'POST', '/control/scenario', { scenario: 'outage' }],
    ['can be stopped', 'DELETE', '/control/scenario/outage', undefined],
  ])('MB-55 any scenario %s: one that is unknown is 404', async (_, method, path, body) => {
    const run = await startSimulation(simple);
    const answer = await run.ask(method, path, body);
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'scenario_not_found' } } });
  });

  it('MB-55 a scenario does nothing: it does what the file says', async () => {
    const run = await startSimulation({
      ...simple,
      scenarios: { outage: { steps: [{ for: 1, spike: { metric: 'level', multiplier: 3 } }] } },
    });
    expect(await run.ask('POST', '/control/scenario', { scenario: 'outage' })).toMatchObject({
      status: 200,
      body: { status: 'scenario_started' },
    });
    await run.ticks(2);
    expect(run.history('level')).toEqual([5, 15, 5]);
  });

  it('MB-54 reload does nothing and reports success: it reads the file again, or says that there is none', async () => {
    const other = { metrics: [{ name: 'other', type: 'gauge' }] };
    const reread = () => ({ config: configOf(other), place: () => 'other.yaml' });
    const run = await startSimulation(simple, { reread });
    expect(await run.ask('POST', '/control/reload')).toMatchObject({
      status: 200,
      body: { status: 'config_reloaded', added: [{ metric: 'other', series: 1 }] },
    });
    await run.ticks(1);
    expect(run.frame().families.map(({ name }) => name)).toEqual(['other']);
    const without = await startSimulation(simple);
    expect((await without.ask('POST', '/control/reload')).status).toBe(409);
  });

  it('MB-53 error_rate does nothing and takes anything: it moves increments, or says why not', async () => {
    const labels = { code: { values: ['200', '404', '500'] } };
    const run = await startSimulation({
      metrics: [
        { name: 'requests_total', type: 'counter', labels, algorithm: 'poisson', base_rate: 50 },
        { name: 'jobs_total', type: 'counter', algorithm: 'poisson' },
      ],
    });
    const set = (metric: string, rate: number) =>
      run.ask('POST', '/control/error_rate', { metric, rate, duration_s: 5 });
    expect((await set('requests', 0.5)).status).toBe(404);
    expect((await set('requests_total', 9)).status).toBe(422);
    expect(await set('jobs_total', 0.5)).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining('no label such as status or code') as string } },
    });
    expect(await set('requests_total', 1)).toMatchObject({
      status: 200,
      body: {
        status: 'error_rate_set',
        from: { code: '200' },
        to: { code: '500' },
        from_tick: 1,
        until_tick: 6,
      },
    });
    await run.ticks(5);
    const [ok, missing, failed] = run.series('requests_total').map(({ value = 0 }) => value);
    expect([ok, (missing ?? 0) > 0]).toEqual([0, true]);
    expect(failed).toBeGreaterThan(350);
    await run.ticks(1);
    expect(run.series('requests_total')[0]?.value).toBeGreaterThan(0);
  });

  it('MB-56 an invalid log level is 500: it is 400, and a valid one holds', async () => {
    const run = await startSimulation(simple);
    expect((await run.ask('POST', '/control/loglevel', { level: 'LOUD' })).status).toBe(400);
    expect(run.levels).toEqual([]);
    expect(await run.ask('POST', '/control/loglevel', { level: 'DEBUG' })).toMatchObject({
      status: 200,
      body: { status: 'log_level_changed', level: 'DEBUG' },
    });
    expect(run.levels).toEqual(['DEBUG']);
  });
});

describe('1.7 spikes', () => {
  const simple = {
    metrics: [
      { name: 'requests_total', type: 'counter', algorithm: 'constant', base_rate: 10 },
      { name: 'level', type: 'gauge', algorithm: 'constant', start: 5 },
      { name: 'latency', type: 'histogram', sigma: 0, mu: 0, buckets: [1, 2, 5] },
      { name: 'size', type: 'summary', sigma: 0, mu: 0 },
    ],
  };

  const start = async (client: string) => {
    const { otel, arrived } = await startBackend();
    const run = await startSimulation({
      exporters: { prometheus: { ...FREE_PAGE, client }, otel: { ...otel, client } },
      ...simple,
    });
    /** A counter on the page and over OTLP, after each of some more ticks. */
    const follow = async (ticks: number) => {
      const seen: [page: number, otlp: number][] = [];
      for (let tick = 0; tick < ticks; tick++) {
        await run.ticks(1);
        const [line = ''] = linesOf(await run.page(), 'prom_requests_total');
        const metrics = await arrived(run.frame().wallMs, ['otel_requests_total']);
        const [point] = metrics.get('otel_requests_total')?.points ?? [];
        if (point === undefined || !('value' in point)) throw new Error('no point');
        seen.push([Number(line.split(' ')[1]), point.value]);
      }
      return seen;
    };
    const trigger = (metric: string, multiplier: number, duration_s: number) =>
      run.ask('POST', '/control/spike', { metric, multiplier, duration_s });
    return { run, follow, trigger };
  };

  it.each(['library', 'direct'])(
    'a spike multiplies the total of a counter, and both paths differ for good: it multiplies the rate, %s clients',
    async (client) => {
      const { run, follow, trigger } = await start(client);
      await run.ticks(3);
      await trigger('requests_total', 5, 2);
      expect(await follow(5)).toEqual([80, 130, 140, 150, 160].map((total) => [total, total]));
      expect(run.history('requests_total')).toEqual([0, 10, 20, 30, 80, 130, 140, 150, 160]);
    },
  );

  it.each(['library', 'direct'])('a spike of one half makes a counter fall, %s clients', async (client) => {
    const { run, follow, trigger } = await start(client);
    await run.ticks(3);
    await trigger('requests_total', 0.5, 2);
    expect(await follow(4)).toEqual([35, 40, 50, 60].map((total) => [total, total]));
  });

  it('a gauge goes back to where it would have been', async () => {
    const walk = metric({});
    const [disturbed, calm] = [await startSimulation(walk), await startSimulation(walk)];
    await disturbed.ticks(5);
    await disturbed.simulation.spike({ metric: 'm', multiplier: 10, durationS: 3 });
    await disturbed.ticks(6);
    await calm.ticks(11);
    const [seen, expected] = [disturbed.history('m'), calm.history('m')];
    expect(seen.map((value, tick) => (tick > 5 && tick < 9 ? value / 10 : value))).toEqual(
      expected.map((value, tick) => (tick > 5 && tick < 9 ? expect.closeTo(value, 12) : value)),
    );
  });

  it.each(['latency', 'size'])(
    'a spike makes the observations of %s larger, and not more of them',
    async (name) => {
      const { run, trigger } = await start('direct');
      await run.ticks(2);
      await trigger(name, 4, 3);
      await run.ticks(5);
      expect(run.series(name)[0]).toMatchObject({ count: 7, sum: 4 * 1 + 3 * 4 });
    },
  );

  it('the end of a first spike deletes the second', async () => {
    const { run, trigger } = await start('direct');
    await trigger('level', 2, 1);
    await trigger('level', 3, 30);
    await run.ticks(32);
    expect(run.history('level')).toEqual([5, 30, ...Array.from({ length: 29 }, () => 15), 5, 5]);
  });
});

describe('1.8 its own metrics', () => {
  it('are described under another label, with other buckets: the dashboard asks for what is there', async () => {
    const run = await startSimulation({
      exporters: { prometheus: FREE_PAGE, otel: (await startBackend()).otel },
      ...metric({}),
    });
    await run.ticks(2);
    const page = await run.selfMetrics();
    expect(page).toContain('gen_points_total{metric_name="m"} 3');
    expect(page).toContain('gen_active_series{metric_name="m"} 1');
    const bounds = [...page.matchAll(/^gen_tick_duration_seconds_bucket\{le="([^"]*)"/gm)].map(
      ([, le]) => le,
    );
    expect(bounds).toEqual(['0.001', '0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '+Inf']);
    const dashboard = readFileSync(join(root, 'dashboards/lyrebird.json'), 'utf8');
    const asked = new Set(dashboard.match(/\bgen_\w+/g));
    expect(asked.size).toBeGreaterThan(10);
    const missing = [...asked].filter(
      (name) => !page.includes(`\n${name}`) && !page.includes(`# TYPE ${name} `),
    );
    expect(missing).toEqual([]);
  });

  it('queue_depth is never set: it is, while a backend does not answer', async () => {
    let isSilent = true;
    const held: ServerResponse[] = [];
    const silent = createServer((_, response) => {
      if (isSilent) held.push(response);
      else response.writeHead(200).end();
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const run = await startSimulation({
      exporters: {
        prometheus: { enabled: false },
        otel: { endpoint: `127.0.0.1:${port}`, protocol: 'http', export_interval_s: 1 },
      },
      ...metric({}),
    });
    await run.ticks(4);
    expect(await run.selfMetrics()).toMatch(/^gen_export_queue_depth\{exporter="otel-sdk"\} 5$/m);
    expect(await run.selfMetrics()).toMatch(/^gen_export_pending_points\{exporter="otel-sdk"\} 5$/m);
    isSilent = false;
    await until(() => held.length > 0, { what: 'a request', everyMs: 5 });
    for (const response of held) response.writeHead(200).end();
    await run.stop();
    expect(await run.selfMetrics()).toMatch(/^gen_export_queue_depth\{exporter="otel-sdk"\} 0$/m);
  });

  it('failed pushes are invisible: they are counted, each point by how and why', async () => {
    const refusing = createServer((_, response) => response.writeHead(400).end()).listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    onTestFinished(() => void refusing.close());
    const { port } = refusing.address() as AddressInfo;
    const run = await startSimulation({
      exporters: {
        prometheus: { enabled: false },
        otel: { endpoint: `127.0.0.1:${port}`, protocol: 'http', export_interval_s: 1 },
      },
      ...metric(ids(3)),
    });
    await run.ticks(2);
    await run.stop();
    const page = await run.selfMetrics();
    expect(page).toMatch(/^gen_export_points_total\{exporter="otel-sdk",outcome="rejected"\} 9$/m);
    expect(page).toMatch(/^gen_export_errors_total\{exporter="otel-sdk",reason="rejected: [^"]+"\} 9$/m);
    expect(run.lines.filter(({ msg }) => msg.includes('400'))).toHaveLength(1);
  });

  it('spoil the workload: they are on the control port, and the page is the workload', async () => {
    const run = await startSimulation({
      exporters: { prometheus: FREE_PAGE, otel: { enabled: false } },
      ...metric({}),
    });
    const page = await run.page();
    expect(page.split('\n').filter((line) => line !== '' && !/^(# \w+ )?prom_m /.test(line))).toEqual([]);
  });
});

describe('1.9 size', () => {
  it('its own stress file can neither keep its tick nor be scraped: what it takes is known before it starts', () => {
    const { totals, families, clients, memory } = planOf(
      loadConfig(join(root, 'configs/high-cardinality.yaml')).config,
    );
    expect(totals).toMatchObject({
      series: 450_000,
      stored_series: 1_950_000,
      samples_per_scrape: 1_950_000,
    });
    expect(families.map(({ product }) => product)).toEqual([1_500_000, 1_500_000, 1_500_000]);
    expect(clients.map(({ client }) => client)).toEqual(['direct', 'direct']);
    expect(memory.total).toBeLessThan(700e6);
  });
});

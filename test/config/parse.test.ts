import { parse, stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/util/errors.ts';

/** What is wrong with a configuration: one `path: message` a mistake. */
export function problemsOf(input: unknown): string[] {
  try {
    parseConfig(input);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path ?? ''}: ${message}`);
  }
}

const up = { name: 'up', type: 'gauge' };
const metric = (fields: object) => ({ metrics: [{ ...up, ...fields }] });

describe('a configuration', () => {
  it('of one metric has everything else by default', () => {
    expect(parseConfig({ metrics: [up] })).toMatchObject({
      global: {
        tick_interval_s: 1,
        seed: 42,
        epoch: 'start',
        max_lag: 60,
        late: 'run',
        log_level: 'INFO',
        log_format: 'auto',
        control_api_port: 8081,
        control_bind_address: '127.0.0.1',
      },
      exporters: {
        prometheus: { enabled: true, port: 8000, prefix: 'prom_', bind_address: '0.0.0.0' },
        otel: {
          enabled: true,
          endpoint: 'localhost:4317',
          insecure: true,
          prefix: 'otel_',
          export_interval_s: 10,
        },
      },
      profiles: {},
      metrics: [
        { name: 'up', type: 'gauge', algorithm: 'random_walk', labels: {}, unit: '', diurnal_amp: 0 },
      ],
      limits: { max_series: 20_000_000 },
    });
  });

  it.each([
    ['counter', 'poisson'],
    ['gauge', 'random_walk'],
    ['histogram', 'lognormal'],
    ['summary', 'lognormal'],
  ])('gives a %s without an algorithm %s', (type, algorithm) => {
    expect(parseConfig({ metrics: [{ name: 'm', type }] }).metrics[0]).toMatchObject({ algorithm });
  });

  it('gives a histogram the bounds of the client libraries and a summary three quantiles', () => {
    const { metrics } = parseConfig({
      metrics: [
        { name: 'h', type: 'histogram' },
        { name: 's', type: 'summary' },
      ],
    });
    expect(metrics[0]).toMatchObject({
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      arrivals: 'fixed',
    });
    expect(metrics[1]).toMatchObject({ quantiles: [0.5, 0.9, 0.99], window_s: 60 });
  });

  it('takes sections that are empty', () => {
    const text = 'global:\nexporters:\nprofiles:\nruntime:\nlimits:\nmetrics:\n  - {name: up, type: gauge}\n';
    expect(parseConfig(parse(text))).toEqual(parseConfig({ metrics: [up] }));
  });

  it('written back as YAML reads as the same configuration', () => {
    const config = parseConfig({
      global: { tick_interval_s: '500ms', start_time: '2026-03-01T01:00:00+01:00', log_level: 'warning' },
      exporters: { prometheus: { enabled: false }, otel: { export_interval_s: '1m', headers: { a: 'b' } } },
      profiles: {
        p: {
          labels: { code: { values: [200, '007'] }, pod: { range: [0, 9], fmt: 'pod-%02d' } },
          series_cap: 5,
        },
      },
      metrics: [
        { name: 'c', type: 'counter', base_rate: 0, profile: 'p', seed: 0, decimals: 0 },
        { name: 'g', type: 'gauge', algorithm: 'sine', min: -10, max: 0, period_s: '1h', help: '' },
        {
          name: 'h',
          type: 'histogram',
          buckets: [0, 0.5, Infinity],
          observations_per_s: 0,
          allow_nan: false,
        },
        { name: 's', type: 'summary', objectives: { 0.99: 0.001, 0.5: 0.05 }, window_s: '2m' },
      ],
    });
    expect(parseConfig(parse(stringify(config)))).toEqual(config);
    expect(parseConfig(structuredClone(config))).toEqual(config);
  });
});

describe('values that stand for what they say', () => {
  it.each([
    ['0.5', 0.5],
    ['2', 2],
    ['"500ms"', 0.5],
    ['"15s"', 15],
    ['2m', 120],
    ['1h30m', 5400],
  ])('tick_interval_s: %s is %d seconds', (text, seconds) => {
    const { global } = parseConfig({
      ...(parse(`global: {tick_interval_s: ${text}}`) as object),
      exporters: { otel: { enabled: false } },
      metrics: [up],
    });
    expect(global.tick_interval_s).toBe(seconds);
  });

  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T02:00:00+02:00', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    [1_767_225_600, '2026-01-01T00:00:00.000Z'],
    [0, '1970-01-01T00:00:00.000Z'],
  ])('start_time: %s is %s', (start, iso) => {
    expect(parseConfig({ global: { start_time: start }, metrics: [up] }).global.start_time).toBe(iso);
  });

  it.each([
    ['info', 'INFO'],
    ['WARNING', 'WARN'],
    ['CRITICAL', 'FATAL'],
  ])('log_level: %s is %s', (level, expected) => {
    expect(parseConfig({ global: { log_level: level }, metrics: [up] }).global.log_level).toBe(expected);
  });

  it('takes the keys of objectives as quantiles, in order', () => {
    const config = parseConfig({
      metrics: [{ name: 's', type: 'summary', objectives: { 0.99: 0.001, 0.5: 0.05, '.9': 0.01 } }],
    });
    expect(config.metrics[0]).toMatchObject({ quantiles: [0.5, 0.9, 0.99] });
    expect(config.metrics[0]).not.toHaveProperty('objectives');
  });

  it.each([['.inf'], ['+Inf']])('takes %s as the last bucket, where it is anyway', (infinity) => {
    const { metrics } = parseConfig({
      metrics: [{ name: 'h', type: 'histogram', buckets: parse(`[0.5, 2.5, ${infinity}]`) as unknown }],
    });
    expect(metrics[0]).toMatchObject({ buckets: [0.5, 2.5] });
  });
});

describe('a mistake says what is wrong and what is allowed', () => {
  it.each([
    ['nothing', undefined, ': the file is empty; needs a mapping with at least metrics'],
    ['a list', [], ': the file holds an empty list; needs a mapping with at least metrics'],
    ['a text', 'hello', ': the file holds "hello"; needs a mapping with at least metrics'],
    ['no metrics', {}, ': metrics is missing; needs a list of at least one metric'],
    [
      'an empty list of metrics',
      { metrics: [] },
      'metrics: is an empty list; needs a list of at least one metric',
    ],
    ['metrics by name', { metrics: { up } }, 'metrics: is a mapping; needs a list of at least one metric'],
    [
      'a metric that is a name',
      { metrics: ['up'] },
      'metrics[0]: is "up"; needs a mapping with name and type',
    ],
    [
      'a mistyped section',
      { metrics: [up], profile: {} },
      'profile: unknown section profile, did you mean profiles?',
    ],
    [
      'a mistyped key',
      { metrics: [up], global: { tick_interval: 1 } },
      'global.tick_interval: unknown key tick_interval, did you mean tick_interval_s? Allowed: tick_interval_s, seed',
    ],
    [
      'a mistyped type',
      metric({ type: 'guage' }),
      'metrics[0].type: is "guage", did you mean gauge? Allowed: counter, gauge, histogram, summary',
    ],
    [
      'a window of no time',
      metric({ type: 'summary', window_s: 0 }),
      'metrics[0].window_s: is 0 s; needs more than 0',
    ],
    [
      'a negative window',
      metric({ type: 'summary', window_s: -5 }),
      'metrics[0].window_s: is -5 s; needs more than 0',
    ],
    [
      'an endpoint that is none',
      { metrics: [up], exporters: { otel: { endpoint: 'http://' } } },
      'exporters.otel.endpoint: is "http://"; needs host:port, http://host:port or https://host:port, or embedded',
    ],
    [
      'a path without its slash',
      { metrics: [up], exporters: { prometheus: { path: 'metrics' } } },
      'exporters.prometheus.path: is "metrics"; needs a path that begins with /',
    ],
    ['no name', { metrics: [{ type: 'gauge' }] }, 'metrics[0].name: is missing; needs text'],
    ['no type', { metrics: [{ name: 'x' }] }, 'metrics[0].type: is missing; allowed: counter, gauge'],
    [
      'a mistyped algorithm',
      metric({ algorithm: 'sinus' }),
      'metrics[0].algorithm: unknown algorithm sinus, did you mean sine? Allowed: random_walk, sine',
    ],
    [
      'an algorithm of another type',
      metric({ algorithm: 'poisson' }),
      'metrics[0].algorithm: poisson is an algorithm for counter; a gauge has random_walk',
    ],
    [
      'an algorithm that is no text',
      metric({ algorithm: 3 }),
      'metrics[0].algorithm: is 3; allowed: random_walk',
    ],
    ['an option of another algorithm', metric({ mu: 1 }), 'metrics[0].mu: is an option of lognormal'],
    [
      'a field of another type',
      metric({ buckets: [1] }),
      'metrics[0].buckets: is for histogram; this is a gauge',
    ],
    [
      'objectives of a gauge',
      metric({ objectives: {} }),
      'metrics[0].objectives: is for summary; this is a gauge',
    ],
    ['a mistyped option', metric({ stepp: 1 }), 'metrics[0].stepp: unknown key stepp, did you mean step?'],
    [
      'a number in quotes',
      metric({ step: '0.5' }),
      'metrics[0].step: is "0.5"; needs a number, without quotes',
    ],
    ['an empty value', metric({ step: null }), 'metrics[0].step: is empty; needs a number'],
    [
      'a name with a space',
      metric({ name: 'my metric' }),
      'metrics[0].name: is "my metric"; a metric name is letters',
    ],
    [
      'a name that begins with a digit',
      metric({ name: '5xx' }),
      'metrics[0].name: is "5xx"; a metric name is letters',
    ],
    [
      'a unit with a space',
      metric({ unit: 'per cent' }),
      'metrics[0].unit: is "per cent"; a unit is ASCII without spaces',
    ],
    ['an amplitude above 1', metric({ diurnal_amp: 1.5 }), 'metrics[0].diurnal_amp: is 1.5; needs at most 1'],
    [
      'a negative amplitude',
      metric({ diurnal_amp: -0.5 }),
      'metrics[0].diurnal_amp: is -0.5; needs at least 0',
    ],
    ['a number that is none', metric({ step: Number.NaN }), 'metrics[0].step: is NaN; needs a finite number'],
    ['an infinite number', metric({ step: Infinity }), 'metrics[0].step: is Infinity; needs a finite number'],
    ['a fraction as seed', metric({ seed: 1.5 }), 'metrics[0].seed: is 1.5; needs a whole number'],
    [
      'a level that is none',
      { metrics: [up], global: { log_level: 'LOUD' } },
      'global.log_level: is "LOUD"; allowed: TRACE, DEBUG, INFO',
    ],
    [
      'a time without a zone',
      { metrics: [up], global: { start_time: '2026-01-01T00:00:00' } },
      'global.start_time: is "2026-01-01T00:00:00"; needs a time with its zone',
    ],
    [
      'a date that is none',
      { metrics: [up], global: { start_time: '2026-13-01' } },
      'global.start_time: is "2026-13-01"; needs a time',
    ],
    [
      'a day that its month does not have',
      { metrics: [up], global: { start_time: '2026-02-30T00:00:00Z' } },
      'global.start_time: is "2026-02-30T00:00:00Z"; needs a time',
    ],
    [
      'a port that is none',
      { metrics: [up], global: { control_api_port: 70_000 } },
      'global.control_api_port: is 70000; needs at most 65535',
    ],
    [
      'a limit of nothing',
      { metrics: [up], limits: { max_series: 0 } },
      'limits.max_series: is 0; needs at least 1',
    ],
  ])('about %s', (_, input, problem) => {
    expect(problemsOf(input).join('\n')).toContain(problem);
  });

  it.each([
    [
      'unordered bounds',
      [0.5, 0.1],
      'metrics[0].buckets[1]: is 0.1 after 0.5; the list must ascend without repeats',
    ],
    [
      'equal bounds',
      [0.5, 0.5],
      'metrics[0].buckets[1]: is 0.5 after 0.5; the list must ascend without repeats',
    ],
    [
      'infinity before the end',
      [0.5, Infinity, 1],
      'metrics[0].buckets[1]: is Infinity; needs a finite number',
    ],
    ['bounds that are no list', 0.5, 'metrics[0].buckets: is 0.5; needs a list'],
  ])('about %s of a histogram', (_, buckets, problem) => {
    expect(problemsOf({ metrics: [{ name: 'h', type: 'histogram', buckets }] })).toEqual([problem]);
  });

  it.each([
    [
      'unordered quantiles',
      { quantiles: [0.9, 0.5] },
      'metrics[0].quantiles[1]: is 0.5 after 0.9; the list must ascend without repeats',
    ],
    ['a quantile above 1', { quantiles: [99] }, 'metrics[0].quantiles[0]: is 99; needs at most 1'],
    [
      'objectives beside quantiles',
      { quantiles: [0.5], objectives: { 0.5: 0.1 } },
      'metrics[0].objectives: stands beside quantiles; one of them is allowed',
    ],
    [
      'an objective that is no quantile',
      { objectives: { p99: 0.1 } },
      'metrics[0].objectives.p99: a key of objectives is a quantile from 0 to 1',
    ],
  ])('about %s of a summary', (_, fields, problem) => {
    expect(problemsOf({ metrics: [{ name: 's', type: 'summary', ...fields }] })).toEqual([problem]);
  });

  it('about everything at once', () => {
    const problems = problemsOf({
      globl: {},
      global: { seed: 'x' },
      profiles: { p: { series_cap: -1, labels: { le: { values: [] } } } },
      metrics: [
        { name: 'a', type: 'gauge', profile: 'q', mu: 1, diurnal_amp: 3 },
        { name: 'a', type: 'counter', base_rate: -1 },
      ],
      limits: { max_series: 'many' },
    });
    expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
      'globl',
      'global.seed',
      'profiles.p.labels.le.values',
      'profiles.p.series_cap',
      'metrics[0].diurnal_amp',
      'metrics[0].mu',
      'metrics[1].base_rate',
      'limits.max_series',
      'metrics[1].name',
      'metrics[0].profile',
    ]);
  });
});

describe('global.control_cors_origins', () => {
  const withOrigins = (...origins: string[]) => ({
    global: { control_cors_origins: origins },
    metrics: [up],
  });

  it.each(['http://localhost:3000', 'https://grafana.example.org', 'http://[::1]:8080'])(
    'takes %s',
    (origin) => {
      expect(problemsOf(withOrigins(origin))).toEqual([]);
    },
  );

  it.each([
    '*',
    'null',
    'localhost',
    'https://a.example/',
    'https://a.example:443',
    'HTTPS://a.example',
    'ftp://a',
  ])('does not take %s, which no browser sends', (origin) => {
    expect(problemsOf(withOrigins('http://localhost', origin))).toEqual([
      expect.stringContaining(`global.control_cors_origins[1]: is "${origin}"; needs an origin`),
    ]);
  });
});

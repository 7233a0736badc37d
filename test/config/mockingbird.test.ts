// The configuration of Mockingbird, the closest competitor: its files run, and none of its mistakes with them is here.
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { createFamilies, describeFamilies } from '../../src/config/families.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { Config } from '../../src/config/schema.ts';
import { ConfigError } from '../../src/util/errors.ts';

/** Every key that Mockingbird parses, but for those that it parses and never reads. */
const EVERY_KEY = `
global:
  tick_interval_s: 1
  seed: 42
  log_level: INFO
  log_format: json
  control_api_port: 8081
exporters:
  prometheus:
    enabled: true
    port: 8000
    prefix: prom_
    bind_address: 0.0.0.0
  otel:
    enabled: true
    endpoint: localhost:4317
    insecure: true
    prefix: otel_
    export_interval_s: 10
    protocol: http
    headers: {x-tenant: demo}
    resource:
      service.name: synthetic-metrics-generator
      deployment.environment: dev
profiles:
  service:
    labels:
      region: {values: [eu, us]}
      instance: {range: [1, 9], fmt: "host-%02d"}
      pod: {range: [0, 4], fmt: "pod-{}"}
    series_cap: 20
    sampling_strategy: hash
  plain:
    labels:
      id: {range: [1, 3]}
    sampling_strategy: first_n
  empty:
    labels: {}
metrics:
  - {name: requests_total, type: counter, profile: service, algorithm: poisson, base_rate: 5, diurnal_amp: 0.3, diurnal_phase: 0.25, seed: 7}
  - {name: plain_counter, type: counter, profile: plain, algorithm: constant, base_rate: 10}
  - {name: cpu, type: gauge, profile: service, algorithm: random_walk, start: 50, step: 2, clamp: [0, 100], labels: {core: {range: [0, 1]}}}
  - {name: wave, type: gauge, profile: plain, algorithm: sine, min: -10, max: 0, period_s: 300}
  - {name: ramp, type: gauge, profile: plain, algorithm: sawtooth, min: 0, max: 5, period_s: 60, allow_nan: false}
  - {name: flag, type: gauge, profile: empty, algorithm: bernoulli, p: 0}
  - {name: level, type: gauge, profile: empty, algorithm: constant, start: 3}
  - {name: latency, type: histogram, profile: plain, algorithm: lognormal, mu: -1, sigma: 0.5, buckets: [0.1, 0.5, 1, 5]}
  - {name: wait, type: histogram, profile: plain, algorithm: exponential, lam: 2}
  - name: mixed
    type: histogram
    profile: plain
    algorithm: mixture
    components:
      - {type: lognormal, weight: 0.9, mu: -2, sigma: 0.3}
      - {type: exponential, weight: 0.1, lam: 0.5}
  - {name: size, type: summary, profile: plain, algorithm: lognormal, mu: 2, sigma: 1, objectives: {0.5: 0.05, 0.9: 0.01, 0.99: 0.001}}
runtime:
  on_start: []
  failure_modes: {}
`;

function problemsOf(input: unknown): string[] {
  try {
    parseConfig(input);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path ?? ''}: ${message}`);
  }
}

const gauge = (fields: object) => ({ metrics: [{ name: 'm', type: 'gauge', ...fields }] });
const labels = (label: object) => gauge({ labels: { l: label } });

describe('a Mockingbird file', () => {
  it('with every key that it parses runs unchanged', () => {
    const { config } = loadConfig({ text: EVERY_KEY, file: 'mockingbird.yaml' });
    expect(describeFamilies(config).map(({ name, slots }) => [name, slots])).toEqual([
      ['requests_total', 20],
      ['plain_counter', 3],
      ['cpu', 20],
      ['wave', 3],
      ['ramp', 3],
      ['flag', 1],
      ['level', 1],
      ['latency', 3],
      ['wait', 3],
      ['mixed', 3],
      ['size', 3],
    ]);
    expect(config.exporters.otel.protocol).toBe('http');
    expect(config.metrics.at(-1)).toMatchObject({ quantiles: [0.5, 0.9, 0.99] });
  });

  it('without an exporter section has its ports and prefixes', () => {
    expect(parseConfig(gauge({})).exporters).toMatchObject({
      prometheus: { port: 8000, prefix: 'prom_' },
      otel: { endpoint: 'localhost:4317', prefix: 'otel_', export_interval_s: 10 },
    });
  });
});

describe('what is parsed and never read there is refused here, with what to use', () => {
  it.each([
    [
      'runtime.on_start[0].metric',
      {
        ...gauge({}),
        runtime: { on_start: [{ action: 'spike', metric: 'x', multiplier: 2, duration_s: 5 }] },
      },
      'no metric is called so',
    ],
    [
      'runtime.failure_modes',
      { ...gauge({}), runtime: { failure_modes: { x: {} } } },
      'not there yet; leave the section out',
    ],
    [
      'profiles.p.zipf_alpha',
      { ...gauge({}), profiles: { p: { zipf_alpha: 1.2 } } },
      'skews which series a series_cap keeps, and there is none',
    ],
    ['metrics[0].allow_nan', gauge({ allow_nan: true }), 'NaN as a fault is not there yet'],
    ['metrics[0].amplitude', gauge({ algorithm: 'sine', amplitude: 3 }), 'a wave goes from min to max'],
    ['metrics[0].offset', gauge({ algorithm: 'sine', offset: 3 }), 'a wave goes from min to max'],
    [
      'metrics[0].increment',
      { metrics: [{ name: 'c', type: 'counter', algorithm: 'constant', increment: 3 }] },
      'is its base_rate',
    ],
    [
      'metrics[0].lambda',
      { metrics: [{ name: 'h', type: 'histogram', algorithm: 'exponential', lambda: 3 }] },
      'the rate is called lam',
    ],
  ])('%s', (path, input, message) => {
    const problems = problemsOf(input);
    expect(problems).toEqual([expect.stringContaining(`${path}: `)]);
    expect(problems[0]).toContain(message);
  });
});

describe('unknown keys are refused, not ignored', () => {
  it.each([
    ['at the top', { ...gauge({}), globals: {} }, 'globals'],
    ['in global', { ...gauge({}), global: { sed: 1 } }, 'global.sed'],
    ['in exporters', { ...gauge({}), exporters: { prom: {} } }, 'exporters.prom'],
    ['in an exporter', { ...gauge({}), exporters: { otel: { endpont: 'x' } } }, 'exporters.otel.endpont'],
    ['in a profile', { ...gauge({}), profiles: { p: { cap: 1 } } }, 'profiles.p.cap'],
    ['in a label', labels({ values: ['a'], format: 'x' }), 'metrics[0].labels.l.format'],
    ['in a metric', gauge({ clmap: [0, 1] }), 'metrics[0].clmap'],
    ['in runtime', { ...gauge({}), runtime: { onstart: [] } }, 'runtime.onstart'],
  ])('%s', (_, input, path) => {
    expect(problemsOf(input)).toEqual([
      expect.stringMatching(
        new RegExp(`^${path.replaceAll(/[.[\]]/g, '\\$&')}: unknown key|^globals: unknown section`),
      ),
    ]);
  });
});

describe('zero is a value', () => {
  it.each([
    ['counter', 'poisson', { base_rate: 0 }],
    ['counter', 'constant', { base_rate: 0 }],
    ['gauge', 'random_walk', { step: 0, start: 0, clamp: [0, 0] }],
    ['gauge', 'bernoulli', { p: 0 }],
    ['gauge', 'sine', { min: -10, max: 0 }],
    ['gauge', 'sawtooth', { min: -10, max: 0 }],
    ['gauge', 'constant', { start: 0 }],
    ['histogram', 'lognormal', { mu: 0, sigma: 0 }],
    ['histogram', 'lognormal', { observations_per_s: 0 }],
    ['gauge', 'random_walk', { diurnal_amp: 0, decimals: 0, seed: 0 }],
  ])('in a %s, %s: %j', (type, algorithm, fields) => {
    const [metric] = parseConfig({ metrics: [{ name: 'm', type, algorithm, ...fields }] }).metrics;
    expect(metric).toMatchObject(fields);
  });

  it('in the seed', () => {
    expect(parseConfig({ ...gauge({}), global: { seed: 0 } }).global.seed).toBe(0);
  });

  it.each([
    ['period_s', { algorithm: 'sine', period_s: 0 }],
    ['lam', { algorithm: 'exponential', type: 'histogram', lam: 0 }],
  ])('and so a %s of 0 is an error, not the default', (key, fields) => {
    expect(problemsOf(gauge(fields))).toEqual([expect.stringContaining(`metrics[0].${key}: `)]);
  });
});

describe('values that break its ticks are refused when the file is read', () => {
  it.each([
    ['a clamp of one number', gauge({ clamp: [0] }), 'metrics[0].clamp'],
    ['a clamp of three', gauge({ clamp: [0, 1, 2] }), 'metrics[0].clamp'],
    ['a reversed clamp', gauge({ clamp: [1, 0] }), 'metrics[0].clamp'],
    ['a probability of 7', gauge({ algorithm: 'bernoulli', p: 7 }), 'metrics[0].p'],
    ['a negative rate', { metrics: [{ name: 'c', type: 'counter', base_rate: -1 }] }, 'metrics[0].base_rate'],
    ['an amplitude above 1', gauge({ diurnal_amp: 1.5 }), 'metrics[0].diurnal_amp'],
    ['a negative sigma', gauge({ type: 'histogram', sigma: -1 }), 'metrics[0].sigma'],
    ['unordered buckets', gauge({ type: 'histogram', buckets: [1, 0.5] }), 'metrics[0].buckets[1]'],
    [
      'weights that sum to 0',
      gauge({ type: 'histogram', algorithm: 'mixture', components: [{ type: 'exponential', weight: 0 }] }),
      'metrics[0].components',
    ],
    [
      'an unknown component',
      gauge({ type: 'histogram', algorithm: 'mixture', components: [{ type: 'logn', weight: 1 }] }),
      'metrics[0].components[0]',
    ],
  ])('%s', (_, input, path) => {
    const problems = problemsOf(input);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(path)).toBe(true);
  });
});

describe('none of its other mistakes is here', () => {
  it('an empty file is an error that says so', () => {
    expect(() => loadConfig({ text: '', file: 'a.yaml' })).toThrow(
      'a.yaml:1:1: the file is empty; needs a mapping',
    );
  });

  it('a tick of half a second is allowed, of 0 or -1 it is refused', () => {
    const tick = (seconds: number) => problemsOf({ ...gauge({}), global: { tick_interval_s: seconds } });
    expect(tick(0.5)).toEqual([]);
    expect(tick(0)).toHaveLength(1);
    expect(tick(-1)).toHaveLength(1);
  });

  it('an unknown log level is refused, not taken for INFO', () => {
    expect(problemsOf({ ...gauge({}), global: { log_level: 'TRCE' } })[0]).toContain('did you mean TRACE?');
  });

  it('the control API is on the loopback address unless it is put elsewhere', () => {
    expect(parseConfig(gauge({})).global.control_bind_address).toBe('127.0.0.1');
  });

  it.each(['0.0.0.0', '::1'])('the control API can be bound to %s', (address) => {
    expect(
      parseConfig({ ...gauge({}), global: { control_bind_address: address } }).global.control_bind_address,
    ).toBe(address);
  });

  it('OTLP over HTTP is not taken for gRPC', () => {
    expect(
      parseConfig({ ...gauge({}), exporters: { otel: { protocol: 'http' } } }).exporters.otel.protocol,
    ).toBe('http');
  });

  it('integers are label values', () => {
    const [family] = createFamilies(parseConfig(labels({ values: [200, 404] })));
    expect(family?.family.labels.value(1, 0)).toBe('404');
  });

  it('a reversed range is refused, not a metric without series', () => {
    expect(problemsOf(labels({ range: [9, 1] }))).toEqual([
      expect.stringContaining('metrics[0].labels.l.range: is reversed'),
    ]);
  });

  it('label values that repeat are refused, not series that repeat', () => {
    expect(problemsOf(labels({ values: ['a', 'a'] }))).toEqual([
      expect.stringContaining('metrics[0].labels.l.values[1]: "a" is there already'),
    ]);
  });

  it('values beside a range are refused, not preferred', () => {
    expect(problemsOf(labels({ values: ['a'], range: [1, 2] }))).toEqual([
      expect.stringContaining('has both values and a range'),
    ]);
  });

  it.each([0, -3])('a cap of %d is refused, not sliced from the end and not ignored', (cap) => {
    expect(problemsOf({ ...gauge({}), profiles: { p: { series_cap: cap } } })).toEqual([
      `profiles.p.series_cap: is ${cap}; needs at least 1`,
    ]);
  });

  it('an unknown algorithm, or one of another type, does not fall back to a default', () => {
    expect(problemsOf(gauge({ algorithm: 'randomwalk' }))[0]).toContain('did you mean random_walk?');
    expect(problemsOf(gauge({ algorithm: 'lognormal' }))[0]).toContain(
      'lognormal is an algorithm for histogram and summary',
    );
  });

  it.each(['1 bad-name', 'a b', ''])('the metric name %j is refused', (name) => {
    expect(problemsOf(gauge({ name }))).toEqual([expect.stringContaining('metrics[0].name: is ')]);
  });

  it.each(['1a', 'a-b', '__name__', ''])('the label name %j is refused', (name) => {
    expect(problemsOf(gauge({ labels: { [name]: { values: ['x'] } } }))).toHaveLength(1);
  });

  it('a profile without labels is one series', () => {
    const [family] = createFamilies(parseConfig({ profiles: { p: {} }, ...gauge({ profile: 'p' }) }));
    expect(family?.family).toMatchObject({ size: 1, labels: { names: [] } });
  });

  it('first_n keeps whole blocks, and hash values of every label, without the product being built', () => {
    const regions = (sampling: string) => {
      const config = parseConfig({
        profiles: {
          p: {
            labels: { region: { range: [1, 10] }, id: { range: [1, 1e9] } },
            series_cap: 100,
            sampling_strategy: sampling,
          },
        },
        ...gauge({ profile: 'p' }),
      });
      const family = createFamilies(config)[0]?.family;
      return new Set(Array.from({ length: 100 }, (_, slot) => family?.labels.value(slot, 0))).size;
    };
    expect(regions('first_n')).toBe(1);
    expect(regions('hash')).toBe(10);
  });

  it('two metrics of one kind do not share a stream, with or without a seed of their own', () => {
    const keys = (config: Config) =>
      createFamilies(config).map(({ family }) => `${family.keys.hi[0]}:${family.keys.lo[0]}`);
    const [a, b, c] = keys(
      parseConfig({
        metrics: [
          { name: 'a', type: 'gauge' },
          { name: 'b', type: 'gauge' },
          { name: 'c', type: 'gauge', seed: 42 },
        ],
      }),
    );
    expect(new Set([a, b, c]).size).toBe(3);
  });

  it('a histogram without buckets has the same bounds on every path: they belong to the family', () => {
    const [family] = createFamilies(parseConfig({ metrics: [{ name: 'h', type: 'histogram' }] }));
    expect(family?.family.bounds).toHaveLength(11);
  });

  it('a counter without _total is renamed on the page as it would be behind OTLP, and that is reported', () => {
    const [description] = describeFamilies(parseConfig({ metrics: [{ name: 'plain', type: 'counter' }] }));
    expect(description).toMatchObject({
      renamed: true,
      names: { prometheus: { name: 'prom_plain_total' }, otel: { name: 'otel_plain' } },
    });
  });

  it('YAML words such as yes are not taken for booleans, nor for anything else', () => {
    expect(problemsOf(parse('exporters: {otel: {enabled: yes}}\nmetrics: [{name: m, type: gauge}]'))).toEqual(
      ['exporters.otel.enabled: is "yes"; needs true or false'],
    );
  });
});

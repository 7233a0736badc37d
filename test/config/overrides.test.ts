import { describe, expect, it } from 'vitest';
import { loadConfig, type LoadOptions } from '../../src/config/load.ts';
import { ConfigError } from '../../src/util/errors.ts';

const TEXT = `
global: {log_level: ERROR}
exporters:
  otel:
    endpoint: collector:4317
    headers: {Authorization: from-file, x-other: kept}
profiles:
  web: &web {labels: {instance: {range: [1, 5]}}, series_cap: 3}
  copy: *web
metrics:
  - {name: up, type: gauge, step: 1}
  - {name: http.server.requests, type: counter, base_rate: 2}
  - {name: http, type: counter}
`;

function load(options: LoadOptions) {
  return loadConfig({ text: TEXT, file: 'a.yaml' }, options);
}

function errorsOf(options: LoadOptions): string[] {
  try {
    load(options);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
}

describe('the environment', () => {
  it.each([
    ['LOG_LEVEL', 'debug', 'global.log_level'],
    ['OTEL_ENDPOINT', 'other:4317', 'exporters.otel.endpoint'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://other:4318', 'exporters.otel.endpoint'],
  ])('%s=%s replaces %s and is reported', (name, value, path) => {
    const { config, overrides } = load({ env: { [name]: value } });
    expect(overrides).toEqual([{ source: name, path, value }]);
    expect(config.global.log_level).toBe(name === 'LOG_LEVEL' ? 'DEBUG' : 'ERROR');
    expect(config.exporters.otel.endpoint).toBe(name === 'LOG_LEVEL' ? 'collector:4317' : value);
  });

  it('is not read unless it is handed in', () => {
    expect(loadConfig({ text: TEXT, file: 'a.yaml' }).overrides).toEqual([]);
  });

  it('that is set to nothing replaces nothing', () => {
    const env = {
      LOG_LEVEL: '',
      OTEL_ENDPOINT: '',
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
      OTEL_EXPORTER_OTLP_HEADERS: '',
    };
    expect(load({ env }).overrides).toEqual([]);
  });

  it('prefers OTEL_ENDPOINT to the general variable', () => {
    const env = { OTEL_ENDPOINT: 'special:1', OTEL_EXPORTER_OTLP_ENDPOINT: 'general:1' };
    expect(load({ env }).config.exporters.otel.endpoint).toBe('special:1');
  });

  it('adds headers, replaces those of the same name, and shows no value', () => {
    const { config, overrides, secrets } = load({
      env: { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20QWxhZGRpbg%3D%3D, x-tenant = 007 ,' },
    });
    expect(config.exporters.otel.headers).toEqual({
      Authorization: 'Basic QWxhZGRpbg==',
      'x-other': 'kept',
      'x-tenant': '007',
    });
    expect(overrides.map(({ path, value }) => `${path}=${value}`)).toEqual([
      'exporters.otel.headers.Authorization=***',
      'exporters.otel.headers.x-tenant=***',
    ]);
    expect(secrets).toContain('Basic QWxhZGRpbg==');
  });

  it.each([
    ['LOG_LEVEL', 'vrbose', 'LOG_LEVEL global.log_level: is "vrbose"; allowed: TRACE, DEBUG, INFO'],
    [
      'OTEL_EXPORTER_OTLP_HEADERS',
      'secret',
      'OTEL_EXPORTER_OTLP_HEADERS: has an entry that is not name=value',
    ],
    [
      'OTEL_EXPORTER_OTLP_HEADERS',
      'a=%zz',
      'OTEL_EXPORTER_OTLP_HEADERS: has a value for a that is not percent-encoded',
    ],
  ])('%s=%s is an error that names it', (name, value, message) => {
    expect(errorsOf({ env: { [name]: value } })).toEqual([expect.stringContaining(message)]);
  });
});

describe('--set', () => {
  it.each([
    ['global.seed=7', 'global.seed', 7],
    ['metrics.up.step=0.5', 'metrics[0].step', 0.5],
    ['metrics[0].step=0.5', 'metrics[0].step', 0.5],
    ['metrics.0.step=0.5', 'metrics[0].step', 0.5],
    ['metrics.http.server.requests.base_rate=0', 'metrics[1].base_rate', 0],
    ['metrics.http.base_rate=3', 'metrics[2].base_rate', 3],
    ['profiles.web.labels.instance.range=[1, 9]', 'profiles.web.labels.instance.range', [1, 9]],
    ['profiles.web.labels.instance.range[1]=9', 'profiles.web.labels.instance.range[1]', 9],
    ['metrics.up.labels.code.values=[200, 1.10]', 'metrics[0].labels.code.values', ['200', '1.10']],
    ['metrics.up.help=a=b', 'metrics[0].help', 'a=b'],
    ['metrics.up.help="5"', 'metrics[0].help', '5'],
    ['exporters.prometheus.enabled=false', 'exporters.prometheus.enabled', false],
    ['limits.max_series=100', 'limits.max_series', 100],
    ['exporters.otel.resource.version=1.10', 'exporters.otel.resource.version', '1.10'],
  ])('%s sets %s', (set, path, value) => {
    const { config, overrides } = load({ sets: [set] });
    expect(overrides).toEqual([
      { source: `--set ${set.slice(0, set.indexOf('='))}`, path, value: set.slice(set.indexOf('=') + 1) },
    ]);
    const found = path
      .split(/[.[\]]+/)
      .filter((part) => part !== '')
      .reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], config);
    expect(found).toEqual(value);
  });

  it('reaches one place, also where the file uses an alias for two', () => {
    const { config } = load({ sets: ['profiles.web.series_cap=1'] });
    expect(config.profiles['web']?.series_cap).toBe(1);
    expect(config.profiles['copy']?.series_cap).toBe(3);
  });

  it('comes after the environment, and the last one wins', () => {
    const { config } = load({
      env: { LOG_LEVEL: 'info' },
      sets: ['global.log_level=debug', 'global.log_level=warn'],
    });
    expect(config.global.log_level).toBe('WARN');
  });

  it('of a header shows no value', () => {
    const { overrides, secrets } = load({ sets: ['exporters.otel.headers.x-key=12345'] });
    expect(overrides).toEqual([
      { source: '--set exporters.otel.headers.x-key', path: 'exporters.otel.headers.x-key', value: '***' },
    ]);
    expect(secrets).toContain('12345');
  });

  it.each([
    ['global.seed', '--set global.seed: needs key.path=value'],
    ['=5', '--set =5: needs key.path=value'],
    ['global.seed=[', '--set global.seed: [ is not YAML'],
    ['global.seed=x', '--set global.seed global.seed: is "x"; needs a number'],
    ['global.sed=1', '--set global.sed global.sed: unknown key sed, did you mean seed?'],
    [
      'metrics.upp.step=1',
      '--set metrics.upp.step: no metric is called upp, did you mean up? Allowed: up, http.server.requests, http',
    ],
    ['metrics.3.step=1', '--set metrics.3.step: metrics has 3 entries, 0 to 2'],
    ['metrics.up.step.x=1', '--set metrics.up.step.x: metrics[0].step is 1, not a mapping'],
    [
      'profiles.web.labels.instance.range.first=1',
      '--set profiles.web.labels.instance.range.first: profiles.web.labels.instance.range is a list; needs an index',
    ],
    ['__proto__.x=1', '--set __proto__.x __proto__: unknown section __proto__'],
  ])('%s is refused', (set, message) => {
    expect(errorsOf({ sets: [set] })).toEqual([expect.stringContaining(message)]);
  });
});

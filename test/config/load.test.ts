import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, type LoadOptions } from '../../src/config/load.ts';
import { ConfigError } from '../../src/util/errors.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lyrebird-config-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function load(text: string, options?: LoadOptions) {
  return loadConfig({ text, file: join(folder, 'a.yaml') }, options);
}

/** The lines of the error, with the file as `a.yaml`. */
function errorsOf(text: string, options?: LoadOptions): string[] {
  return linesOf(() => load(text, options));
}

function linesOf(run: () => unknown): string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(`${folder}/`, '').split('\n');
  }
}

const UP = 'metrics:\n  - {name: up, type: gauge}\n';

describe('a mistake in the file', () => {
  it('has its line and column, in the order of the file, all at once', () => {
    const text = [
      'globl: {}', // 1
      'global:',
      '  tick_interval_s: 0', // 3
      'profiles:',
      '  web:',
      '    labels:',
      '      instance: {range: [20, 1]}', // 7
      '    series_cap: -3', // 8
      'metrics:',
      '  - name: lat',
      '    type: histogram',
      '    profile: wbe', // 12
      '    buckets:',
      '      - 0.5',
      '      - 0.1', // 15
      '    base_rate: 1', // 16
      '  - type: gauge', // 17
    ].join('\n');
    expect(errorsOf(text)).toEqual([
      expect.stringMatching(/^a\.yaml:1:1 globl: unknown section globl, did you mean global\? Allowed: /),
      'a.yaml:3:20 global.tick_interval_s: is 0 s; needs more than 0, in whole milliseconds',
      'a.yaml:7:25 profiles.web.labels.instance.range: is reversed: [20, 1] holds no number; write [1, 20]',
      'a.yaml:8:17 profiles.web.series_cap: is -3; needs at least 1',
      'a.yaml:12:14 metrics[0].profile: unknown profile wbe, did you mean web? Allowed: web',
      'a.yaml:15:9 metrics[0].buckets[1]: is 0.1 after 0.5; the list must ascend without repeats',
      expect.stringMatching(/^a\.yaml:16:5 metrics\[0\]\.base_rate: is an option of poisson/),
      'a.yaml:17:5 metrics[1].name: is missing; needs text',
    ]);
  });

  it('behind an alias stands where the alias leads', () => {
    const text = 'profiles:\n  a: &a\n    series_cap: -1\n  b: *a\nmetrics:\n  - {name: up, type: gauge}\n';
    expect(errorsOf(text)).toEqual([
      'a.yaml:3:17 profiles.a.series_cap: is -1; needs at least 1',
      'a.yaml:3:17 profiles.b.series_cap: is -1; needs at least 1',
    ]);
  });

  it('behind a merge key stands where it was written', () => {
    const text =
      'x: 1\nmetrics:\n  - &m\n    name: up\n    type: gauge\n    step: wide\n  - <<: *m\n    name: down\n';
    expect(errorsOf(text).slice(1)).toEqual([
      'a.yaml:6:11 metrics[0].step: is "wide"; needs a number, or a size such as "250m", "5k", "1.5G"',
      'a.yaml:6:11 metrics[1].step: is "wide"; needs a number, or a size such as "250m", "5k", "1.5G"',
    ]);
  });

  it.each([
    ['an empty file', '', 'a.yaml:1:1: the file is empty; needs a mapping with at least metrics'],
    [
      'a file of comments',
      '# nothing yet\n',
      'a.yaml:1:1: the file is empty; needs a mapping with at least metrics',
    ],
    ['a list', '- a\n', 'a.yaml:1:1: the file holds a list of 1; needs a mapping with at least metrics'],
    ['a key that is there twice', `${UP}metrics: []\n`, 'a.yaml:3:1: the key metrics is there twice'],
    [
      'a label that is there twice',
      'metrics:\n  - name: up\n    type: gauge\n    name: down\n',
      'a.yaml:4:5: the key name is there twice',
    ],
    ['a bracket that is not closed', 'metrics: [\n', 'a.yaml:2:1: this is not YAML: '],
    [
      'a tab as indentation',
      'metrics:\n\t- name: up\n',
      'a.yaml:2:1: this is not YAML: Tabs are not allowed as indentation',
    ],
    [
      'two documents',
      `${UP}---\n${UP}`,
      'a.yaml:3:1: a second document begins here; a configuration is one document',
    ],
    ['an alias of nothing', 'metrics: *none\n', 'a.yaml:1:10: *none has no &none before it'],
    ['an unknown tag', 'metrics: !!python/object x\n', 'a.yaml:1:10: this is not YAML: Unresolved tag'],
  ])('is named when it is %s', (_, text, message) => {
    const errors = errorsOf(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
  });

  it('is an alias within what it names', () => {
    expect(errorsOf('metrics: &m [*m]\n')).toHaveLength(1);
    expect(errorsOf('metrics: &m {a: {b: *m}}\n')).toHaveLength(1);
  });

  it('is an alias that multiplies itself', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe']) {
      bomb.push(`${name}: &${name} [*${of},*${of},*${of},*${of},*${of},*${of},*${of},*${of},*${of}]`);
    }
    expect(errorsOf(bomb.join('\n'))).toEqual([expect.stringContaining('alias')]);
  });
});

describe('a file', () => {
  it('is read by its path', () => {
    const path = join(folder, 'ok.yaml');
    writeFileSync(path, `\ufeff${UP}`);
    expect(loadConfig(path).config.metrics[0]?.name).toBe('up');
    expect(loadConfig(path).file).toBe(path);
  });

  it('that cannot be read is an error with the reason', () => {
    mkdirSync(join(folder, 'sub'), { recursive: true });
    writeFileSync(join(folder, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe4, 0x0a]));
    const errors = (name: string) => linesOf(() => loadConfig(join(folder, name)));
    expect(errors('none.yaml')).toEqual(['none.yaml: cannot be read: there is no such file']);
    expect(errors('sub')).toEqual(['sub: cannot be read: it is a folder']);
    expect(errors('latin1.yaml')).toEqual(['latin1.yaml: is not UTF-8 text']);
  });
});

describe('text in the file', () => {
  it('is taken as written where text is meant', () => {
    const { config } = load(
      [
        'exporters:',
        '  otel:',
        '    headers: {x-tenant: 007, x-debug: true}',
        '    resource: {service.version: 1.10}',
        'profiles:',
        '  p: {labels: {version: {values: [1.10, 1.1, 0x10, on, true, ok, "7"]}}}',
        'metrics: [{name: up, type: gauge, profile: p}]',
      ].join('\n'),
    );
    expect(config.exporters.otel.headers).toEqual({ 'x-tenant': '007', 'x-debug': 'true' });
    expect(config.exporters.otel.resource).toEqual({ 'service.version': '1.10' });
    expect(config.profiles['p']?.labels['version']?.values).toEqual([
      '1.10',
      '1.1',
      '0x10',
      'on',
      'true',
      'ok',
      '7',
    ]);
  });
});

describe('a key in the file', () => {
  it('is a name, also where YAML sees something else', () => {
    const { config } = load(`exporters:\n  null: {enabled: true}\nprofiles: {on: {}, 007: {}}\n${UP}`);
    expect(config.exporters).toHaveProperty('null', { enabled: true });
    expect(Object.keys(config.profiles).toSorted()).toEqual(['007', 'on']);
  });

  it('that is __proto__ is as unknown as any other', () => {
    expect(errorsOf(`__proto__: {x: 1}\n${UP}`)).toEqual([
      expect.stringContaining('__proto__: unknown section'),
    ]);
    expect(errorsOf('metrics:\n  - {name: up, type: gauge, __proto__: {step: 5}}\n')).toEqual([
      expect.stringContaining('metrics[0].__proto__: unknown key'),
    ]);
  });
});

describe('a reference', () => {
  const env = { PORT: '9100', SEED: '7', NAME: 'up', EMPTY: '', API_TOKEN: 'sesame-open', TEXT: 'a: [b' };

  it('reads the environment, as the type that the place needs', () => {
    const text = [
      'exporters:',
      '  prometheus:',
      '    port: ${PORT}',
      '    prefix: ${EMPTY}',
      'metrics:',
      '  - name: ${NAME}_${SEED}',
      '    type: gauge',
      '    help: "${TEXT} and $${NAME} cost $5"',
      '    step: ${NONE:-0.25}',
      '    labels:',
      '      a:',
      '        values:',
      '          - ${SEED}',
    ].join('\n');
    const { config } = load(text, { env });
    expect(config.exporters.prometheus).toMatchObject({ port: 9100, prefix: '' });
    expect(config.metrics[0]).toMatchObject({
      name: 'up_7',
      help: 'a: [b and ${NAME} cost $5',
      step: 0.25,
      labels: { a: { values: ['7'] } },
    });
  });

  it('reads a file beside the configuration, less the line end', () => {
    writeFileSync(join(folder, 'token'), 'sesame-from-file\n');
    const text = `exporters:\n  otel:\n    headers:\n      authorization: Bearer \${file:token}\n${UP}`;
    const { config, secrets } = load(text);
    expect(config.exporters.otel.headers).toEqual({ authorization: 'Bearer sesame-from-file' });
    expect(secrets.toSorted()).toEqual(['Bearer sesame-from-file', 'sesame-from-file']);
  });

  it.each([
    [
      'to what is not set',
      '${NONE}',
      'the environment variable NONE is not set; set it, or write ${NONE:-default}',
    ],
    ['to an empty variable, with a default', '${EMPTY:-x y}', ''],
    ['to a missing file', '${file:none}', '${file:none} cannot be read: there is no such file'],
    ['that is not closed', '${NAME', '"${NAME" is not closed by }'],
    ['within another', '${NONE:-${NAME}}', 'is not closed by }, or holds braces'],
    ['that is no name', '${1st}', '${1st} is no reference; allowed: ${NAME}, ${NAME:-default}, ${file:path}'],
    ['to nothing', '${}', '${} is no reference'],
  ])('%s: %s', (_, reference, message) => {
    const text = `metrics:\n  - name: up\n    type: gauge\n    help: ${reference}\n`;
    const errors = errorsOf(text, { env });
    if (message === '') expect(errors).toEqual([]);
    else expect(errors).toEqual([expect.stringContaining(`a.yaml:4:11 metrics[0].help: `)]);
    expect(errors.join('')).toContain(message);
  });

  it('within brackets needs quotes, which the error says', () => {
    expect(errorsOf('metrics: [{name: ${NAME}, type: gauge}]', { env })).toEqual([
      'a.yaml:1:19: a reference within { } or [ ] needs quotes: "${NAME}"',
    ]);
    expect(load('metrics: [{name: "${NAME}", type: gauge}]', { env }).config.metrics[0]?.name).toBe('up');
  });

  it('to a secret is remembered as one, and not shown by an error', () => {
    const text = (place: string) => `exporters:\n  prometheus:\n    ${place}: \${API_TOKEN}\n${UP}`;
    expect(load(text('bind_address'), { env }).secrets).toEqual(['sesame-open']);
    expect(errorsOf(text('port'), { env })).toEqual([
      'a.yaml:3:11 exporters.prometheus.port: is "***"; needs a number',
    ]);
  });

  it('to a variable that is not called a secret is none', () => {
    expect(load(`exporters:\n  prometheus:\n    port: \${PORT}\n${UP}`, { env }).secrets).toEqual([]);
  });

  it('is left alone in keys and comments', () => {
    const { config } = load(`# \${NONE}\nprofiles:\n  "\${NONE}": {}\n${UP}`, { env });
    expect(Object.keys(config.profiles)).toEqual(['${NONE}']);
  });
});

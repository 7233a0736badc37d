import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { formatConfig, redactConfig } from '../../src/config/write.ts';
import { labelValues, levels } from '../support/arbitraries.ts';

const folder = join(import.meta.dirname, '../../configs');
const examples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const environment = { CONTROL_TOKEN: 'a-token-of-control' };

function reread(text: string, env: Readonly<Record<string, string>> = {}) {
  return loadConfig({ text, file: 'written.yaml' }, { env }).config;
}

const SECRET = {
  global: { control_auth: { basic: { username: 'ops', password: 'correct-horse' } } },
  exporters: { otel: { headers: { authorization: 'Bearer abc123', 'x-scope-orgid': 'tenant-7' } } },
  metrics: [{ name: 'up', type: 'gauge' }],
};

describe('a configuration written as YAML', () => {
  it.each(examples)('%s reads as the same configuration', (name) => {
    const { config } = loadConfig(join(folder, name), { env: environment });
    expect(reread(formatConfig(config))).toEqual(config);
  });

  it('holds any label value, number and text that the file may hold', () => {
    const texts = fc.oneof(
      labelValues,
      fc.constantFrom('${HOME}', '$${x}', '$$${', '1.10', 'null', 'on', '<<', '- a'),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(texts, { minLength: 1, maxLength: 6 }),
        levels.filter(Number.isFinite),
        texts,
        (values, start, help) => {
          const config = parseConfig({
            exporters: { otel: { resource: { 'service.name': help } } },
            metrics: [
              { name: 'level', type: 'gauge', algorithm: 'constant', start, help, labels: { a: { values } } },
            ],
          });
          expect(reread(formatConfig(config))).toEqual(config);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('has references in the place of secrets, and says which', () => {
    const config = parseConfig(SECRET);
    const text = formatConfig(config);
    for (const secret of ['correct-horse', 'abc123', 'tenant-7']) expect(text).not.toContain(secret);
    expect(text.split('\n')[0]).toBe(
      '# Secrets are not written; set SECRET_GLOBAL_CONTROL_AUTH_BASIC_PASSWORD, SECRET_EXPORTERS_OTEL_HEADERS_AUTHORIZATION, SECRET_EXPORTERS_OTEL_HEADERS_X_SCOPE_ORGID',
    );
    expect(() => reread(text)).toThrow('SECRET_GLOBAL_CONTROL_AUTH_BASIC_PASSWORD is not set');
    const env = {
      SECRET_GLOBAL_CONTROL_AUTH_BASIC_PASSWORD: 'correct-horse',
      SECRET_EXPORTERS_OTEL_HEADERS_AUTHORIZATION: 'Bearer abc123',
      SECRET_EXPORTERS_OTEL_HEADERS_X_SCOPE_ORGID: 'tenant-7',
    };
    expect(reread(text, env)).toEqual(config);
  });
});

describe('a configuration that is shown', () => {
  it('has *** in the place of secrets, and nothing else', () => {
    const config = parseConfig(SECRET);
    expect(redactConfig(config)).toEqual({
      ...config,
      global: { ...config.global, control_auth: { basic: { username: 'ops', password: '***' } } },
      exporters: {
        ...config.exporters,
        otel: { ...config.exporters.otel, headers: { authorization: '***', 'x-scope-orgid': '***' } },
      },
    });
  });
});

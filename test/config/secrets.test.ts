import { describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { hideSecrets, isSecretPlace } from '../../src/config/secrets.ts';

const UP = 'metrics: [{name: up, type: gauge}]\n';

/** Long enough to be cut short by messages. */
const LONG = `eyJ${'0123456789abcdef'.repeat(8)}`;

function messageOf(act: () => unknown): string {
  try {
    act();
    return '';
  } catch (error) {
    return `${(error as Error).message}\n${JSON.stringify(error)}`;
  }
}

describe('secret places', () => {
  it.each([
    ['global.control_auth.bearer_token', true],
    ['global.control_auth.basic.password', true],
    ['global.control_auth.basic.username', false],
    ['global.control_auth', true],
    ['global.log_level', false],
    ['exporters.prometheus.auth.bearer_token', true],
    ['exporters.prometheus.auth.basic.password', true],
    ['exporters.prometheus.auth.basic.username', false],
    ['exporters.otel.headers.authorization', true],
    ['exporters.otel.resource.authorization', false],
    ['metrics.0.labels.headers', false],
  ])('%s: %s', (path, expected) => {
    expect(isSecretPlace(path.split('.'))).toBe(expected);
  });
});

describe('hiding', () => {
  it.each([
    ['every occurrence', 'a secret1 and secret1', ['secret1'], 'a *** and ***'],
    ['one that holds another as a whole', 'Bearer secret1', ['secret1', 'Bearer secret1'], '***'],
    ['one that is cut short', `is "${LONG.slice(0, 57)}..."`, [LONG], 'is "***..."'],
    ['nothing without secrets', 'a text', [], 'a text'],
  ])('takes %s', (_, text, secrets, hidden) => {
    expect(hideSecrets(text, new Set(secrets))).toBe(hidden);
  });
});

describe('secrets of a file', () => {
  const text = [
    'global:',
    '  control_auth:',
    '    bearer_token: 12345678',
    '    basic: {username: admin, password: control-password}',
    'exporters:',
    '  prometheus:',
    '    auth: {bearer_token: page-token, basic: {username: 007, password: 1e10_page_word}}',
    '  otel:',
    '    headers: {authorization: Bearer otlp-token}',
    UP,
  ].join('\n');

  it('are texts, as written, and known to the log', () => {
    const { config, secrets } = loadConfig({ text, file: 'a.yaml' });
    expect(config.global.control_auth?.bearer_token).toBe('12345678');
    expect(config.exporters.prometheus.auth?.basic).toEqual({ username: '007', password: '1e10_page_word' });
    expect(secrets.toSorted()).toEqual(
      [
        '12345678',
        'control-password',
        'page-token',
        '1e10_page_word',
        'Bearer otlp-token',
        'otlp-token',
      ].toSorted(),
    );
  });

  it.each([
    ['in place of a section', `global: {control_auth: ${LONG}}`],
    ['in place of basic', `global: {control_auth: {basic: "${LONG}"}}`],
    ['in a list', `global: {control_auth: {bearer_token: [${LONG}]}}`],
    ['under an unknown key', `global: {control_auth: {token: ${LONG}}}`],
    ['in place of headers', `exporters: {otel: {headers: ${LONG}}}`],
    ['with characters that it may not have', `exporters: {prometheus: {auth: {bearer_token: "${LONG} ü"}}}`],
  ])('%s are not shown by an error', (_, section) => {
    const message = messageOf(() => loadConfig({ text: `${section}\n${UP}`, file: 'a.yaml' }));
    expect(message).toContain('a.yaml:1:');
    expect(message).not.toContain(LONG.slice(0, 20));
  });

  it('from plain data are not shown by an error', () => {
    const input = { global: { control_auth: LONG }, metrics: [{ name: 'up', type: 'gauge' }] };
    const message = messageOf(() => parseConfig(input));
    expect(message).toContain('global.control_auth: is "***');
    expect(message).not.toContain(LONG.slice(0, 20));
  });

  it.each([
    ['global.control_auth.bearer_token', LONG],
    ['global.control_auth', `{bearer_token: ${LONG}}`],
    ['global', `{control_auth: {basic: {username: admin, password: ${LONG}}}}`],
    ['exporters.prometheus.auth.bearer_token', LONG],
    ['exporters.prometheus', `{auth: {bearer_token: ${LONG}}}`],
    ['exporters.otel.headers', `{authorization: ${LONG}}`],
  ])('given by --set %s are not shown, and known to the log', (key, value) => {
    const { overrides, secrets } = loadConfig({ text: UP, file: 'a.yaml' }, { sets: [`${key}=${value}`] });
    expect(overrides).toEqual([{ source: `--set ${key}`, path: key, value: '***' }]);
    expect(secrets).toContain(LONG);
  });

  it('given by --set that cannot be read are not shown', () => {
    const set = `global.control_auth.bearer_token="${LONG}`;
    const message = messageOf(() => loadConfig({ text: UP, file: 'a.yaml' }, { sets: [set] }));
    expect(message).toContain('--set global.control_auth.bearer_token: *** is not YAML');
    expect(message).not.toContain(LONG.slice(0, 20));
  });
});

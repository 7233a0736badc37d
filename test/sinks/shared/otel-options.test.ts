import { describe, expect, it } from 'vitest';

import { otelOptions, parseEndpoint } from '../../../src/sinks/shared/otel-options.ts';
import { destinationOf, openTransport } from '../../../src/sinks/shared/otel-transport.ts';

describe('endpoints', () => {
  it.each([
    ['localhost:4317', { secure: undefined, host: 'localhost', port: 4317, path: '' }],
    ['collector', { secure: undefined, host: 'collector', port: undefined, path: '' }],
    ['http://localhost:80', { secure: false, host: 'localhost', port: 80, path: '' }],
    [
      'https://otel.example.org/base/',
      { secure: true, host: 'otel.example.org', port: undefined, path: '/base' },
    ],
    ['[::1]:4317', { secure: undefined, host: '[::1]', port: 4317, path: '' }],
    ['10.0.0.1:1', { secure: undefined, host: '10.0.0.1', port: 1, path: '' }],
  ])('%s', (text, expected) => {
    expect(parseEndpoint(text)).toEqual(expected);
  });

  it.each([
    '',
    ' ',
    ':4317',
    'grpc://localhost:4317',
    'localhost:port',
    'localhost:70000',
    'http://',
    'http://user@host:1',
    'http://host:1/?a=b',
    'a b:1',
  ])('%j is none', (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
    expect(otelOptions.safeParse({ endpoint: text }).success).toBe(false);
  });
});

describe('where exports go', () => {
  it.each([
    [{}, 'grpc://localhost:4317'],
    [{ insecure: false }, 'grpcs://localhost:4317'],
    [{ endpoint: 'collector' }, 'grpc://collector:4317'],
    [{ endpoint: 'https://collector:1' }, 'grpcs://collector:1'],
    [{ endpoint: 'http://collector:1', insecure: false }, 'grpc://collector:1'],
    [{ protocol: 'http' as const, endpoint: 'collector' }, 'http://collector:4318/v1/metrics'],
    [
      { protocol: 'http' as const, endpoint: 'collector:1', insecure: false },
      'https://collector:1/v1/metrics',
    ],
    [
      { protocol: 'http' as const, endpoint: 'http://prometheus:9090/api/v1/otlp' },
      'http://prometheus:9090/api/v1/otlp/v1/metrics',
    ],
    [
      { protocol: 'http' as const, endpoint: 'vm:8428', url_path: '/opentelemetry/v1/metrics' },
      'http://vm:8428/opentelemetry/v1/metrics',
    ],
  ])('%j is %s', (options, expected) => {
    expect(destinationOf(otelOptions.parse(options)).href).toBe(expected);
  });

  it('is nowhere for embedded, which a simulation puts its own receiver in place of', () => {
    expect(() => openTransport(otelOptions.parse({ endpoint: 'embedded' }))).toThrow(
      'exporters.otel.endpoint: embedded needs the receiver of a simulation',
    );
  });
});

describe('defaults', () => {
  it('are those that users of other generators know', () => {
    expect(otelOptions.parse({})).toMatchObject({
      enabled: true,
      endpoint: 'localhost:4317',
      insecure: true,
      prefix: 'otel_',
      export_interval_s: 10,
      protocol: 'grpc',
      headers: {},
      resource: {},
      client: 'auto',
      compression: 'none',
    });
  });

  it('keep requests below the 4 MiB that a Collector takes', () => {
    expect(otelOptions.parse({}).max_request_bytes).toBeLessThan(4 * 1024 * 1024);
  });
});

describe('what is refused', () => {
  it.each([
    [{ endpont: 'x' }, 'endpont'],
    [{ export_interval_s: 0 }, 'more than 0'],
    [{ timeout_s: '0s' }, 'more than 0'],
    [{ url_path: 'v1/metrics' }, 'needs a path that begins with /'],
    [{ tls: { cert_file: 'a.pem' } }, 'cert_file and key_file go together'],
    [{ max_in_flight: 0 }, '>=1'],
    [{ queue: 65 }, '<=64'],
  ])('%j: %s', (options, reason) => {
    const { error } = otelOptions.safeParse(options);
    expect(error?.message).toContain(reason);
  });
});

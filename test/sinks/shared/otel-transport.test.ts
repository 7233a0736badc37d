import { describe, expect, it } from 'vitest';

import { otelOptions } from '../../../src/sinks/shared/otel-options.ts';
import { openTransport } from '../../../src/sinks/shared/otel-transport.ts';

describe('what cannot be opened is named by its key in the file', () => {
  it.each([
    [
      'a certificate that is not there',
      { endpoint: 'https://localhost', tls: { ca_file: '/nowhere/ca.pem' } },
      { code: 'tls_file_unreadable', message: 'exporters.otel.tls.ca_file: ENOENT' },
    ],
    [
      'a header for gRPC',
      { headers: { tenant: 'a\nb' } },
      { code: 'invalid_header', message: 'exporters.otel.headers.tenant cannot be sent' },
    ],
    [
      'a header for HTTP',
      { protocol: 'http', headers: { 'a b': 'c' } },
      { code: 'invalid_header', message: 'exporters.otel.headers.a b cannot be sent' },
    ],
  ])('%s', (_, options, { code, message }) => {
    const open = () => openTransport(otelOptions.parse(options));
    expect(open).toThrow(message);
    expect(open).toThrow(expect.objectContaining({ code }));
  });
});

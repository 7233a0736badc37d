import { describe, expect, it } from 'vitest';

import {
  decodeExportResponse,
  decodeStatus,
  encodeExportResponse,
  encodeStatus,
} from '../../src/wire/otlp-response.ts';
import { decodeAs, encodeAs } from '../support/otlp.ts';

describe('the answer to an export', () => {
  it('is empty when all was taken', () => {
    expect(encodeExportResponse(undefined)).toHaveLength(0);
    expect(decodeExportResponse(new Uint8Array())).toEqual({ rejected: 0, message: '' });
  });

  it('carries what was rejected and why, as protobufjs reads and writes it', () => {
    const partialSuccess = { rejectedDataPoints: '300', errorMessage: 'too old' };
    const bytes = encodeExportResponse({ rejected: 300, message: 'too old' });
    expect(decodeAs('ExportMetricsServiceResponse', bytes)).toEqual({ partialSuccess });
    expect(decodeExportResponse(encodeAs('ExportMetricsServiceResponse', { partialSuccess }))).toEqual({
      rejected: 300,
      message: 'too old',
    });
  });
});

describe('a status', () => {
  it('carries its message and how long to wait', () => {
    const bytes = encodeStatus(8, 'slow down', 2500);
    const status = decodeAs('Status', bytes) as { details: { typeUrl: string; value: Uint8Array }[] };
    expect(status).toMatchObject({ code: 8, message: 'slow down' });
    const [detail] = status.details;
    expect(detail?.typeUrl).toBe('type.googleapis.com/google.rpc.RetryInfo');
    expect(decodeAs('RetryInfo', detail?.value as Uint8Array)).toEqual({
      retryDelay: { seconds: '2', nanos: 500_000_000 },
    });
    expect(decodeStatus(bytes)).toEqual({ message: 'slow down', retryAfterMs: 2500 });
  });

  it('without a RetryInfo among its details invites to no retry', () => {
    const other = { typeUrl: 'type.googleapis.com/google.rpc.BadRequest', value: new Uint8Array([1, 2, 3]) };
    expect(decodeStatus(encodeAs('Status', { message: 'no', details: [other] }))).toEqual({
      message: 'no',
      retryAfterMs: undefined,
    });
  });

  it('with a RetryInfo that names no time may be tried again at once', () => {
    const details = [{ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: new Uint8Array() }];
    expect(decodeStatus(encodeAs('Status', { details }))?.retryAfterMs).toBe(0);
  });

  it('that is something else, such as a page of HTML, is none', () => {
    expect(decodeStatus(Buffer.from('<html>Bad Gateway</html>'))).toBeUndefined();
  });
});

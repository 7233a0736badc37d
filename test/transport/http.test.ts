import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { createHttpTransport, parseRetryAfter, type HttpOptions } from '../../src/transport/http.ts';
import { readTlsFiles } from '../../src/transport/tls.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { freePort, TLS_FILES } from '../support/grpc-backend.ts';

const open: { server?: http.Server; transport?: Transport } = {};

interface Seen {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

async function connect(
  answer: (seen: Seen, ...rest: Parameters<RequestListener>) => void,
  options: Partial<HttpOptions> & { readonly secure?: boolean } = {},
): Promise<{ transport: Transport; seen: Seen[]; server: http.Server }> {
  const seen: Seen[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { request, body: Buffer.concat(chunks) };
      seen.push(one);
      answer(one, request, response);
    });
  };
  const pems = { cert: readFileSync(TLS_FILES.cert_file), key: readFileSync(TLS_FILES.key_file) };
  const server = options.secure === true ? https.createServer(pems, listener) : http.createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const transport = createHttpTransport({
    url: new URL(`${options.secure === true ? 'https://localhost' : 'http://127.0.0.1'}:${port}/v1/metrics`),
    contentType: 'application/x-protobuf',
    headers: {},
    gzip: false,
    tls: undefined,
    maxConnections: 2,
    messageOf: (body) => (body.length > 0 ? `said ${body.toString()}` : undefined),
    ...options,
  });
  Object.assign(open, { server, transport });
  return { transport, seen, server };
}

afterEach(async () => {
  await open.transport?.shutdown();
  open.server?.closeAllConnections();
  open.server?.close();
});

describe('a request', () => {
  it('is a POST of the bytes with type, length and headers; the body of the answer comes back', async () => {
    const { transport, seen } = await connect((_, __, response) => response.end('answer'), {
      headers: { 'X-Scope-OrgID': 'team' },
    });
    expect(await transport.send(Buffer.from([1, 2, 255]), 5000)).toEqual({
      kind: 'success',
      body: Buffer.from('answer'),
    });
    const { request, body } = seen[0] as Seen;
    expect([...body]).toEqual([1, 2, 255]);
    expect(`${request.method} ${request.url}`).toBe('POST /v1/metrics');
    expect(request.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-length': '3',
      'x-scope-orgid': 'team',
    });
  });

  it('is compressed when asked for', async () => {
    const { transport, seen } = await connect((_, __, response) => response.end(), { gzip: true });
    const bytes = Buffer.alloc(10_000, 'a');
    expect((await transport.send(bytes, 5000)).kind).toBe('success');
    expect(seen[0]?.request.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(seen[0]?.body ?? '').equals(bytes)).toBe(true);
  });

  it('reuses its connection', async () => {
    const ports = new Set<number | undefined>();
    const { transport } = await connect((_, request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    for (let i = 0; i < 3; i++) await transport.send(Buffer.from('x'), 5000);
    expect(ports.size).toBe(1);
  });

  it('goes over TLS with the authority from a file, and not without it', async () => {
    const secure = { secure: true, tls: readTlsFiles({ ca_file: TLS_FILES.ca_file }) };
    const known = await connect((_, __, response) => response.end(), secure);
    expect((await known.transport.send(Buffer.from('x'), 5000)).kind).toBe('success');
    await known.transport.shutdown();
    known.server.close();
    const unknown = await connect((_, __, response) => response.end(), { secure: true });
    expect(await unknown.transport.send(Buffer.from('x'), 5000)).toMatchObject({
      reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      delivery: 'unsent',
    });
  });
});

describe('a status', () => {
  it.each([
    [200, undefined],
    [202, undefined],
    [301, false],
    [400, false],
    [401, false],
    [404, false],
    [413, false],
    [429, true],
    [500, false],
    [501, false],
    [502, true],
    [503, true],
    [504, true],
  ])('%d may be tried again: %s', async (code, retryable) => {
    const { transport } = await connect((_, __, response) => response.writeHead(code).end('no'));
    const reply = await transport.send(Buffer.from('x'), 5000);
    if (retryable === undefined) expect(reply.kind).toBe('success');
    else expect(reply).toMatchObject({ reason: `HTTP ${code}`, retryable, delivery: 'refused' });
  });

  it('says what the body says, and when to come again', async () => {
    const { transport } = await connect((_, __, response) => {
      response.writeHead(503, { 'retry-after': '7' }).end('busy');
    });
    expect(await transport.send(Buffer.from('x'), 5000)).toMatchObject({
      message: 'HTTP 503 Service Unavailable: said busy',
      retryAfterMs: 7000,
    });
  });
});

describe('the message of a refusal', () => {
  it('is one line, whatever the body is', async () => {
    const { transport } = await connect(
      (_, __, response) => response.writeHead(404).end('page\n\tnot found\n'),
      { messageOf: () => undefined },
    );
    expect(await transport.send(Buffer.from('x'), 5000)).toMatchObject({
      message: 'HTTP 404 Not Found: page not found',
    });
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['is seconds', '120', 120_000],
    ['may be zero', '0', 0],
    ['may be a date', 'Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['that is over is now', 'Wed, 31 Dec 2025 23:59:30 GMT', 0],
    ['of neither kind says nothing', 'soon', undefined],
    ['that is empty says nothing', '', undefined],
    ['below zero says nothing', '-1', undefined],
  ])('%s: %s', (_, value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});

describe('without an answer', () => {
  it('a backend that is not there has seen nothing', async () => {
    const url = new URL(`http://127.0.0.1:${await freePort()}/v1/metrics`);
    const { transport } = await connect(() => undefined, { url });
    expect(await transport.send(Buffer.from('x'), 5000)).toMatchObject({
      reason: 'ECONNREFUSED',
      retryable: true,
      delivery: 'unsent',
    });
  });

  it('a deadline leaves unknown what became of it', async () => {
    const { transport, seen } = await connect(() => undefined);
    expect(await transport.send(Buffer.from('x'), 200)).toMatchObject({
      reason: 'deadline exceeded',
      message: 'deadline exceeded: no answer within 0.2 s',
      retryable: true,
      delivery: 'unknown',
    });
    expect(seen).toHaveLength(1);
  });

  it('a connection that breaks leaves unknown what became of it', async () => {
    const { transport } = await connect((_, request) => request.socket.destroy());
    expect(await transport.send(Buffer.from('x'), 5000)).toMatchObject({
      reason: 'ECONNRESET',
      retryable: true,
      delivery: 'unknown',
    });
  });

  it('an answer that breaks off is none', async () => {
    const { transport } = await connect((_, request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => request.socket.destroy());
    });
    expect(await transport.send(Buffer.from('x'), 5000)).toMatchObject({
      kind: 'failure',
      delivery: 'unknown',
    });
  });

  it('a shutdown breaks off at once, and nothing is sent afterwards', async () => {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { transport, seen } = await connect(() => {
      arrive();
    });
    const reply = transport.send(Buffer.from('x'), 60_000);
    await arrived;
    await transport.shutdown();
    expect(await reply).toMatchObject({ reason: 'shut down', delivery: 'unknown' });
    expect(await transport.send(Buffer.from('y'), 5000)).toMatchObject({
      reason: 'shut down',
      delivery: 'unsent',
    });
    expect(seen).toHaveLength(1);
  });
});

describe('what cannot be sent', () => {
  it.each([
    ['tenant', 'a\nb'],
    ['two words', 'a'],
  ])('header %j is refused when the transport is made', async (name, value) => {
    await expect(connect(() => undefined, { headers: { [name]: value } })).rejects.toThrow(
      `headers.${name} cannot be sent`,
    );
  });
});

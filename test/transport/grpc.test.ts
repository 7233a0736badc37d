import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';

import { createGrpcTransport, type GrpcOptions } from '../../src/transport/grpc.ts';
import { readTlsFiles } from '../../src/transport/tls.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { decodeStatus, encodeStatus } from '../../src/wire/otlp-response.ts';
import { createBackend, freePort, METHOD, TLS_FILES, type Backend } from '../support/grpc-backend.ts';

const open: { backend?: Backend; transport?: Transport } = {};

async function connect(
  answer: Parameters<typeof createBackend>[0],
  options: Partial<GrpcOptions> & { readonly port?: number } = {},
): Promise<{ backend: Backend; transport: Transport }> {
  const backend = await createBackend(answer, { tls: options.tls !== undefined });
  const transport = createGrpcTransport({
    target: `${options.tls === undefined ? '127.0.0.1' : 'localhost'}:${options.port ?? backend.port}`,
    method: METHOD,
    tls: undefined,
    headers: {},
    gzip: false,
    connections: 1,
    retryDelayMs: (bytes) => decodeStatus(bytes)?.retryAfterMs,
    ...options,
  });
  Object.assign(open, { backend, transport });
  return { backend, transport };
}

afterEach(async () => {
  await open.transport?.shutdown();
  open.backend?.close();
});

describe('a call', () => {
  it('carries the bytes as they are, headers as metadata, and brings the answer back', async () => {
    const { backend, transport } = await connect(() => Buffer.from('answer'), {
      headers: { 'X-Scope-OrgID': 'team', 'token-bin': Buffer.from('secret').toString('base64') },
    });
    const reply = await transport.send(Buffer.from([1, 2, 255]), 5000);
    expect(reply).toEqual({ kind: 'success', body: Buffer.from('answer') });
    expect([...(backend.messages[0] ?? [])]).toEqual([1, 2, 255]);
    expect(backend.headers[0]?.get('x-scope-orgid')).toEqual(['team']);
    expect(backend.headers[0]?.get('token-bin')).toEqual([Buffer.from('secret')]);
  });

  it('takes another connection only while the first is busy', async () => {
    let answering = true;
    const { backend, transport } = await connect(() => (answering ? Buffer.alloc(0) : undefined), {
      connections: 2,
    });
    await transport.send(Buffer.from('a'), 5000);
    await transport.send(Buffer.from('b'), 5000);
    expect(new Set(backend.peers).size).toBe(1);
    answering = false;
    const waiting = [transport.send(Buffer.from('c'), 60_000), transport.send(Buffer.from('d'), 60_000)];
    await backend.arrived(4);
    expect(new Set(backend.peers).size).toBe(2);
    await transport.shutdown();
    await Promise.all(waiting);
  });

  it('is compressed when asked for', async () => {
    const frames: Buffer[] = [];
    let encoding: string | string[] | undefined;
    const server = http2.createServer((request, response) => {
      encoding = request.headers['grpc-encoding'];
      request.on('data', (chunk: Buffer) => frames.push(chunk));
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': '13' }).end();
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const { transport } = await connect(() => undefined, { gzip: true, port });
    const bytes = Buffer.alloc(100_000, 'a');
    expect(await transport.send(bytes, 5000)).toMatchObject({ reason: 'INTERNAL' });
    server.close();
    expect(encoding).toBe('gzip');
    // A flag, a length of four bytes, the message.
    const message = Buffer.concat(frames);
    expect(message[0]).toBe(1);
    expect(gunzipSync(message.subarray(5)).equals(bytes)).toBe(true);
  });

  it('goes over TLS with the authority from a file', async () => {
    const { transport } = await connect(() => Buffer.alloc(0), { tls: readTlsFiles(TLS_FILES) });
    expect((await transport.send(Buffer.from('x'), 5000)).kind).toBe('success');
  });

  it('to a backend whose certificate is not known fails before anything is sent', async () => {
    const { transport } = await connect(() => Buffer.alloc(0), { tls: readTlsFiles({}) });
    expect(await transport.send(Buffer.from('x'), 5000)).toMatchObject({
      kind: 'failure',
      reason: 'UNAVAILABLE',
      delivery: 'unsent',
    });
  });
});

describe('a status', () => {
  it.each<[keyof typeof status, boolean]>([
    ['CANCELLED', true],
    ['UNKNOWN', false],
    ['INVALID_ARGUMENT', false],
    ['DEADLINE_EXCEEDED', true],
    ['NOT_FOUND', false],
    ['ALREADY_EXISTS', false],
    ['PERMISSION_DENIED', false],
    ['UNAUTHENTICATED', false],
    ['RESOURCE_EXHAUSTED', false],
    ['FAILED_PRECONDITION', false],
    ['ABORTED', true],
    ['OUT_OF_RANGE', true],
    ['UNIMPLEMENTED', false],
    ['INTERNAL', false],
    ['UNAVAILABLE', true],
    ['DATA_LOSS', true],
  ])('%s from the backend may be tried again: %s', async (name, retryable) => {
    const { transport } = await connect(() => ({ code: status[name], details: 'because' }));
    expect(await transport.send(Buffer.from('x'), 5000)).toEqual({
      kind: 'failure',
      reason: name,
      message: `${name}: because`,
      retryable,
      retryAfterMs: undefined,
      delivery: 'refused',
    });
  });

  it.each<[keyof typeof status]>([['RESOURCE_EXHAUSTED'], ['UNAVAILABLE']])(
    '%s with a RetryInfo may be tried again after its delay',
    async (name) => {
      const metadata = new Metadata();
      metadata.set('grpc-status-details-bin', Buffer.from(encodeStatus(status[name], 'full', 2500)));
      const { transport } = await connect(() => ({ code: status[name], details: 'full', metadata }));
      expect(await transport.send(Buffer.from('x'), 5000)).toMatchObject({
        retryable: true,
        retryAfterMs: 2500,
        delivery: 'refused',
      });
    },
  );
});

describe('without an answer', () => {
  it('a backend that is not there has seen nothing', async () => {
    const { transport } = await connect(() => undefined, { port: await freePort() });
    expect(await transport.send(Buffer.from('x'), 5000)).toMatchObject({
      reason: 'UNAVAILABLE',
      retryable: true,
      delivery: 'unsent',
    });
  });

  it('a deadline leaves unknown what became of it', async () => {
    const { backend, transport } = await connect(() => undefined);
    const reply = await transport.send(Buffer.from('x'), 200);
    expect(reply).toMatchObject({ reason: 'DEADLINE_EXCEEDED', retryable: true, delivery: 'unknown' });
    expect(backend.messages).toHaveLength(1);
  });

  it('a connection that breaks leaves unknown what became of it', async () => {
    const { backend, transport } = await connect(() => undefined);
    const reply = transport.send(Buffer.from('x'), 5000);
    await backend.arrived(1);
    backend.close();
    expect(await reply).toMatchObject({ kind: 'failure', delivery: 'unknown' });
  });

  it('a shutdown breaks off at once, and nothing is sent afterwards', async () => {
    const { backend, transport } = await connect(() => undefined);
    const reply = transport.send(Buffer.from('x'), 60_000);
    await backend.arrived(1);
    await transport.shutdown();
    expect(await reply).toMatchObject({ reason: 'shut down', delivery: 'unknown' });
    expect(await transport.send(Buffer.from('y'), 5000)).toMatchObject({
      reason: 'shut down',
      delivery: 'unsent',
    });
    expect(backend.messages).toHaveLength(1);
  });
});

describe('what cannot be sent', () => {
  it('a header with a line feed is refused when the transport is made, by name', async () => {
    await expect(connect(() => undefined, { headers: { tenant: 'a\nb' } })).rejects.toThrow(
      'headers.tenant cannot be sent',
    );
  });

  it('a certificate that is not there is named', () => {
    expect(() => readTlsFiles({ ca_file: '/nowhere/ca.pem' })).toThrow('tls.ca_file: ENOENT');
  });
});

/** What a server of one gRPC method answers on the wire, seen by a client that knows HTTP/2 only. */
import { once } from 'node:events';
import http2 from 'node:http2';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GRPC_STATUS, serveGrpc, type GrpcServer } from '../../src/transport/grpc-server.ts';

const METHOD = '/test.Service/Echo';
const MAX_BYTES = 1000;

let server: GrpcServer;
let session: http2.ClientHttp2Session;

beforeAll(async () => {
  server = await serveGrpc({
    host: '127.0.0.1',
    port: 0,
    method: METHOD,
    maxBytes: MAX_BYTES,
    handle: (message) =>
      message.toString() === 'bad'
        ? { code: GRPC_STATUS.invalidArgument, message: '100 % böse\n' }
        : Buffer.concat([Buffer.from('echo '), message]),
  });
  session = http2.connect(`http://127.0.0.1:${server.port}`);
});
afterAll(async () => {
  session.destroy();
  await server.close();
});

function framed(message: Buffer | string, compressed = 0): Buffer {
  const bytes = Buffer.from(message);
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed;
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** Status of HTTP, status and message of gRPC wherever they stand, and the message that came. */
async function call(body: Buffer, headers: http2.OutgoingHttpHeaders = {}) {
  const stream = session.request({
    ':method': 'POST',
    ':path': METHOD,
    'content-type': 'application/grpc',
    ...headers,
  });
  const seen: http2.IncomingHttpHeaders = {};
  stream.on('response', (received) => Object.assign(seen, received));
  stream.on('trailers', (received) => Object.assign(seen, received));
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.end(body);
  await once(stream, 'close');
  return {
    http: seen[':status'],
    status: seen['grpc-status'],
    message: seen['grpc-message'],
    body: Buffer.concat(chunks).subarray(5).toString(),
  };
}

const ok = (body: string) => ({ http: 200, status: '0', message: undefined, body });
const refused = (code: number, message: string) => ({ http: 200, status: String(code), message, body: '' });

describe('a call with', () => {
  it.each([
    ['a message', framed('hello'), {}, ok('echo hello')],
    ['an empty message', framed(''), {}, ok('echo ')],
    ['a content type with a format', framed('x'), { 'content-type': 'application/grpc+proto' }, ok('echo x')],
    ['a gzipped message', framed(gzipSync('hello'), 1), { 'grpc-encoding': 'gzip' }, ok('echo hello')],
    ['as many bytes as allowed', framed('x'.repeat(MAX_BYTES)), {}, ok(`echo ${'x'.repeat(MAX_BYTES)}`)],
    ['a message that is refused', framed('bad'), {}, refused(3, '100 %25 b%C3%B6se%0A')],
    [
      'a byte too many',
      framed('x'.repeat(MAX_BYTES + 1)),
      {},
      refused(8, 'a message may have 1000 bytes at most'),
    ],
    [
      'a message that unpacks to a byte too many',
      framed(gzipSync('x'.repeat(MAX_BYTES + 1)), 1),
      { 'grpc-encoding': 'gzip' },
      refused(8, 'a message may have 1000 bytes at most'),
    ],
    [
      'another method',
      framed('x'),
      { ':path': '/test.Service/Other' },
      refused(12, '/test.Service/Other is not here: /test.Service/Echo is'),
    ],
    [
      'another compression',
      framed('x', 1),
      { 'grpc-encoding': 'snappy' },
      refused(12, 'messages come as identity or gzip, not snappy'),
    ],
    [
      'what is not gzip',
      framed('x', 1),
      { 'grpc-encoding': 'gzip' },
      refused(13, 'gzip: unexpected end of file'),
    ],
    ['no message', Buffer.alloc(0), {}, refused(13, '0 bytes are not one message with its length before it')],
    [
      'two messages',
      Buffer.concat([framed('a'), framed('b')]),
      {},
      refused(13, '12 bytes are not one message with its length before it'),
    ],
    [
      'another content type',
      framed('x'),
      { 'content-type': 'application/json' },
      { http: 415, status: undefined, message: undefined, body: '' },
    ],
  ])('%s', async (_name, body, headers, expected) => {
    expect(await call(body, headers)).toEqual(expected);
  });
});

it('a close breaks off what is under way', async () => {
  const other = await serveGrpc({
    host: '127.0.0.1',
    port: 0,
    method: METHOD,
    maxBytes: MAX_BYTES,
    handle: (m) => m,
  });
  const client = http2.connect(`http://127.0.0.1:${other.port}`);
  client.on('error', () => undefined);
  const stream = client.request({ ':method': 'POST', ':path': METHOD, 'content-type': 'application/grpc' });
  stream.on('error', () => undefined);
  stream.write(framed('half').subarray(0, 6));
  await once(client, 'remoteSettings');
  const gone = once(client, 'close');
  await other.close();
  await gone;
  expect(stream.destroyed).toBe(true);
});

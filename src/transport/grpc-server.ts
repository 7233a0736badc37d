/**
 * A unary gRPC method over node:http2 (gRPC over HTTP/2, protocol document, "Requests" and "Responses"): whole messages in, whole
 * messages out, as bytes. What it has over a general server is the flow control window: a sender need not wait in the
 * middle of a request of some megabytes, which makes large requests three times as fast.
 */
import http2, { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

import { gunzipBody, readBody } from './body.ts';

/** What a call ends with in place of a message. */
export interface GrpcRefusal {
  /** One of `GRPC_STATUS`. */
  readonly code: number;
  readonly message: string;
}

export interface GrpcServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** `/package.Service/Method`. */
  readonly method: string;
  /** Largest message in bytes, also once it is unpacked. */
  readonly maxBytes: number;
  readonly handle: (message: Buffer) => Buffer | GrpcRefusal;
}

export interface GrpcServer {
  /** The port it really listens on. */
  readonly port: number;
  /** Breaks off what is under way and stops listening. */
  close(): Promise<void>;
}

/** Status codes of gRPC that a server of one method needs. */
export const GRPC_STATUS = {
  invalidArgument: 3,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
} as const;

/** What a sender may have under way unread: two of the largest usual requests a call, four calls a connection. */
const STREAM_WINDOW_BYTES = 8 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * STREAM_WINDOW_BYTES;
/** Megabytes; the default of ten would end a connection that uses its window. */
const MAX_SESSION_MEMORY = 1024;

/** Compressed flag and length, before each message. */
const PREFIX_BYTES = 5;
const CONTENT_TYPE = 'application/grpc';

/** Starts listening; rejects with what the system says when it cannot. */
export function serveGrpc(options: GrpcServerOptions): Promise<GrpcServer> {
  const server = http2.createServer({
    settings: { initialWindowSize: STREAM_WINDOW_BYTES },
    maxSessionMemory: MAX_SESSION_MEMORY,
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    // A peer that goes away ends its session; nobody is left to be told.
    session.on('error', () => undefined);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    answer(stream, headers, options).catch(() => {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => {
              closed();
            });
            for (const session of sessions) session.destroy();
          }),
      });
    });
  });
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  options: GrpcServerOptions,
): Promise<void> {
  const type = headers['content-type'] ?? '';
  if (!/^application\/grpc(?:$|[+;])/.test(type)) {
    stream.respond({ ':status': 415 }, { endStream: true });
    return;
  }
  const body = await readBody(stream, options.maxBytes + PREFIX_BYTES);
  const reply = await replyTo(body, headers, options);
  if (stream.destroyed) return;
  const start = { ':status': 200, 'content-type': CONTENT_TYPE, 'grpc-accept-encoding': 'identity,gzip' };
  if (!Buffer.isBuffer(reply)) {
    const trailers = { 'grpc-status': String(reply.code), 'grpc-message': encodeMessage(reply.message) };
    stream.respond({ ...start, ...trailers }, { endStream: true });
    return;
  }
  stream.once('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': '0' });
  });
  stream.respond(start, { waitForTrailers: true });
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(reply.length, 1);
  stream.end(Buffer.concat([prefix, reply]));
}

async function replyTo(
  body: Buffer | undefined,
  headers: IncomingHttpHeaders,
  { method, maxBytes, handle }: GrpcServerOptions,
): Promise<Buffer | GrpcRefusal> {
  const path = headers[':path'];
  if (path !== method)
    return { code: GRPC_STATUS.unimplemented, message: `${path} is not here: ${method} is` };
  const tooLarge = {
    code: GRPC_STATUS.resourceExhausted,
    message: `a message may have ${maxBytes} bytes at most`,
  };
  if (body === undefined) return tooLarge;
  const length = body.length < PREFIX_BYTES ? -1 : body.readUInt32BE(1);
  if (length !== body.length - PREFIX_BYTES)
    return {
      code: GRPC_STATUS.internal,
      message: `${body.length} bytes are not one message with its length before it`,
    };
  const message = body.subarray(PREFIX_BYTES);
  if (body[0] === 0) return handle(message);
  const encoding = headers['grpc-encoding'];
  if (encoding !== 'gzip')
    return {
      code: GRPC_STATUS.unimplemented,
      message: `messages come as identity or gzip, not ${String(encoding)}`,
    };
  try {
    const unpacked = await gunzipBody(message, maxBytes);
    return unpacked === undefined ? tooLarge : handle(unpacked);
  } catch (error) {
    return { code: GRPC_STATUS.internal, message: `gzip: ${(error as Error).message}` };
  }
}

/** Percent-encoded UTF-8, spaces and other printable ASCII as they are ("Status-Message"). */
function encodeMessage(message: string): string {
  return Buffer.from(message, 'utf8')
    .toString('latin1')
    .replace(/[^ -$&-~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

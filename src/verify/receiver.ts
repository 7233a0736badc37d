/**
 * A receiver of OTLP metrics: a real gRPC server on a real port, and OTLP over HTTP on another one if asked for. It decodes
 * strictly and refuses with the reason, or only counts.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { gunzipBody, readBody } from '../transport/body.ts';
import {
  GRPC_STATUS,
  serveGrpc,
  type GrpcRefusal,
  type GrpcServer,
  type GrpcServerOptions,
} from '../transport/grpc-server.ts';
import { LyrebirdError } from '../util/errors.ts';
import { countPoints } from '../wire/otlp-count.ts';
import { decodeMetrics, type DecodedMetric } from '../wire/otlp-decode.ts';
import { encodeExportResponse, encodeStatus, type PartialSuccess } from '../wire/otlp-response.ts';
import { MalformedError } from '../wire/protobuf.ts';

export interface ReceiverOptions {
  /** Address to listen at. Default loopback. */
  readonly host?: string | undefined;
  /** Port for gRPC; 0 takes a free one. */
  readonly port: number;
  /** Port for HTTP; 0 takes a free one. None: no HTTP. */
  readonly httpPort?: number | undefined;
  /**
   * Only walk over requests and count their points; nothing is decoded, so nothing inside a point is refused. A function is asked
   * at each request.
   */
  readonly count?: boolean | (() => boolean) | undefined;
  /** Largest request in bytes. */
  readonly maxBytes?: number | undefined;
  /**
   * Takes the metrics of each request that is well formed, in order of arrival, unless `count` is set. What it returns goes
   * back as partial success.
   */
  readonly onRequest?: ((metrics: readonly DecodedMetric[]) => PartialSuccess | undefined) | undefined;
}

export interface ReceiverStats {
  readonly requests: number;
  readonly points: number;
  readonly bytes: number;
  /** Requests that were refused as malformed, and the reason of the last one. */
  readonly refused: number;
  readonly lastRefusal: string | undefined;
}

export interface Receiver {
  /** The ports it really listens on. */
  readonly port: number;
  readonly httpPort: number | undefined;
  readonly stats: ReceiverStats;
  /** Breaks off what is under way and stops listening. */
  close(): Promise<void>;
}

const EXPORT_METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
const HTTP_PATH = '/v1/metrics';
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const PROTOBUF = 'application/x-protobuf';

/** Starts listening. Throws `address_in_use` and the like when it cannot. */
export async function createReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host = '127.0.0.1', maxBytes = DEFAULT_MAX_BYTES, count = false } = options;
  const countsOnly = typeof count === 'function' ? count : (): boolean => count;
  const stats = {
    requests: 0,
    points: 0,
    bytes: 0,
    refused: 0,
    lastRefusal: undefined as string | undefined,
  };

  /** Takes a request; returns the answer, or throws a MalformedError. */
  const take = (bytes: Buffer): Buffer => {
    stats.requests++;
    stats.bytes += bytes.length;
    try {
      if (countsOnly()) {
        stats.points += countPoints(bytes);
        return Buffer.alloc(0);
      }
      const metrics = decodeMetrics(bytes);
      stats.points += metrics.reduce((sum, { points }) => sum + points.length, 0);
      return Buffer.from(encodeExportResponse(options.onRequest?.(metrics)));
    } catch (error) {
      if (error instanceof MalformedError) {
        stats.refused++;
        stats.lastRefusal = error.message;
      }
      throw error;
    }
  };

  const handle = (message: Buffer): Buffer | GrpcRefusal => {
    try {
      return take(message);
    } catch (error) {
      const code = error instanceof MalformedError ? GRPC_STATUS.invalidArgument : GRPC_STATUS.internal;
      return { code, message: (error as Error).message };
    }
  };

  const grpc = await listen({ host, port: options.port, method: EXPORT_METHOD, maxBytes, handle });
  const httpServer =
    options.httpPort === undefined ? undefined : http.createServer(createHandler(take, maxBytes));
  let httpPort: number | undefined;
  if (httpServer !== undefined) {
    try {
      httpPort = await listenHttp(httpServer, host, options.httpPort ?? 0);
    } catch (error) {
      await grpc.close();
      throw error;
    }
  }

  return {
    port: grpc.port,
    httpPort,
    stats,
    async close() {
      await grpc.close();
      if (httpServer === undefined) return;
      httpServer.closeAllConnections();
      await new Promise<void>((resolve) => {
        httpServer.close(() => {
          resolve();
        });
      });
    },
  };
}

function listen(options: GrpcServerOptions): Promise<GrpcServer> {
  return serveGrpc(options).catch((error: Error) => {
    throw cannotListen(options.host, options.port, error);
  });
}

function listenHttp(server: http.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(cannotListen(host, port, error));
    });
    server.listen(port, host, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function cannotListen(host: string, port: number, cause: Error): LyrebirdError {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const what = cause.message.includes('EADDRINUSE')
    ? 'the port is in use; stop what listens there, or choose another port (0 takes a free one)'
    : cause.message;
  return new LyrebirdError('cannot_listen', `the OTLP receiver cannot listen at ${address}: ${what}`, {
    cause,
  });
}

/** OTLP over HTTP: protobuf alone, gzip or not. */
function createHandler(take: (bytes: Buffer) => Buffer, maxBytes: number) {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refuse = (code: number, message: string): void => {
      response.writeHead(code, { 'content-type': PROTOBUF });
      response.end(encodeStatus(GRPC_STATUS.invalidArgument, message));
    };
    if (request.url !== HTTP_PATH) return refuse(404, `metrics are taken at ${HTTP_PATH}`);
    if (request.method !== 'POST') return refuse(405, 'metrics are taken with POST');
    if (request.headers['content-type'] !== PROTOBUF) return refuse(415, `metrics are taken as ${PROTOBUF}`);
    const sent = await readBody(request, maxBytes);
    try {
      const gzipped = request.headers['content-encoding'] === 'gzip';
      const body = gzipped && sent !== undefined ? await gunzipBody(sent, maxBytes) : sent;
      if (body === undefined) return refuse(413, `a request may have ${maxBytes} bytes at most`);
      const reply = take(body);
      response.writeHead(200, { 'content-type': PROTOBUF });
      response.end(reply);
    } catch (error) {
      refuse(400, (error as Error).message);
    }
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch(() => response.destroy());
  };
}

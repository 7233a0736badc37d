/** From the options of `exporters.otel` to an open transport. */
import { createGrpcTransport } from '../../transport/grpc.ts';
import { createHttpTransport } from '../../transport/http.ts';
import { readTlsFiles } from '../../transport/tls.ts';
import type { Transport } from '../../transport/transport.ts';
import { LyrebirdError } from '../../util/errors.ts';
import { decodeStatus } from '../../wire/otlp-response.ts';
import { EMBEDDED, parseEndpoint, type OtelOptions } from './otel-options.ts';

const EXPORT_METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
const GRPC_CONNECTIONS = 2;
const DEFAULT_PORT = { grpc: 4317, http: 4318 };

/** Where the options point to, as people write it: `grpc://localhost:4317`, `https://host:4318/v1/metrics`. */
export function destinationOf(options: OtelOptions): URL {
  const endpoint = options.endpoint === EMBEDDED ? undefined : parseEndpoint(options.endpoint);
  if (endpoint === undefined) {
    throw new LyrebirdError(
      'endpoint_invalid',
      options.endpoint === EMBEDDED
        ? 'exporters.otel.endpoint: embedded needs the receiver of a simulation; a sink by itself needs host:port'
        : `exporters.otel.endpoint: "${options.endpoint}" is not host:port, http://host:port or https://host:port`,
    );
  }
  const { host, port, path } = endpoint;
  const secure = endpoint.secure ?? !options.insecure;
  const authority = `${host}:${port ?? DEFAULT_PORT[options.protocol]}`;
  if (options.protocol === 'grpc') return new URL(`${secure ? 'grpcs' : 'grpc'}://${authority}`);
  return new URL(`${secure ? 'https' : 'http'}://${authority}${path}${options.url_path}`);
}

/** Throws `endpoint_invalid`, `tls_file_unreadable` or `invalid_header`; connects when something is sent. */
export function openTransport(options: OtelOptions): Transport {
  const url = destinationOf(options);
  try {
    return createTransport(url, options);
  } catch (error) {
    if (!(error instanceof LyrebirdError)) throw error;
    throw new LyrebirdError(error.code, `exporters.otel.${error.message}`, { cause: error });
  }
}

/** What it throws begins with the key below `exporters.otel` that is wrong. */
function createTransport(url: URL, options: OtelOptions): Transport {
  const { headers } = options;
  const tls = url.protocol.endsWith('s:') ? readTlsFiles(options.tls) : undefined;
  const gzip = options.compression === 'gzip';
  if (options.protocol === 'grpc') {
    return createGrpcTransport({
      target: url.host,
      method: EXPORT_METHOD,
      tls,
      headers,
      gzip,
      connections: Math.min(GRPC_CONNECTIONS, options.max_in_flight),
      retryDelayMs: (rpcStatus) => decodeStatus(rpcStatus)?.retryAfterMs,
    });
  }
  return createHttpTransport({
    url,
    contentType: 'application/x-protobuf',
    headers,
    gzip,
    tls,
    maxConnections: options.max_in_flight,
    messageOf: (body) => decodeStatus(body)?.message,
  });
}

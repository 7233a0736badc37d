/** Unary gRPC calls with ready-made message bytes, through @grpc/grpc-js. */
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  status,
  type ServiceError,
} from '@grpc/grpc-js';

import { LyrebirdError } from '../util/errors.ts';
import type { TlsMaterial } from './tls.ts';
import type { Delivery, Failure, Reply, Transport } from './transport.ts';

export interface GrpcOptions {
  /** `host:port`. */
  readonly target: string;
  /** `/package.Service/Method`. */
  readonly method: string;
  /** `undefined` for plain text. */
  readonly tls: TlsMaterial | undefined;
  /** Sent as metadata. */
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  /**
   * Connections at most, opened when those before are busy. HTTP/2 lets a connection have little under way that is not
   * confirmed, so that two of them carry large requests faster than one.
   */
  readonly connections: number;
  /** The delay that an encoded google.rpc.Status asks for; `undefined` when it does not invite to try again. */
  readonly retryDelayMs: (rpcStatus: Uint8Array) => number | undefined;
}

/** The codes that the OTLP specification lets a client retry; RESOURCE_EXHAUSTED only where the backend invites to. */
const RETRYABLE: ReadonlySet<status> = new Set([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

const CHANNEL_OPTIONS = {
  // A backend that was restarted is found again within seconds, and retries are ours, where they are counted.
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1,
};

/** Throws `invalid_header` for a header that cannot be sent. */
export function createGrpcTransport(options: GrpcOptions): Transport {
  const { tls, method } = options;
  const secure =
    tls === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null);
  const compression = options.gzip ? compressionAlgorithms.gzip : compressionAlgorithms.identity;
  const channels = Array.from({ length: options.connections }, () => ({
    client: new Client(options.target, secure, {
      ...CHANNEL_OPTIONS,
      'grpc.default_compression_algorithm': compression,
    }),
    calls: 0,
  }));
  const metadata = createMetadata(options.headers);
  const active = new Set<() => void>();
  let closed = false;

  return {
    send(bytes, timeoutMs) {
      if (closed) return Promise.resolve(shutDown());
      const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return new Promise<Reply>((resolve) => {
        const channel = channels.reduce((best, other) => (other.calls < best.calls ? other : best));
        const { client } = channel;
        let answered = false;
        channel.calls++;
        const cancel = (): void => {
          call.cancel();
        };
        const call = client.makeUnaryRequest(
          method,
          identity,
          identity,
          message,
          metadata,
          { deadline: Date.now() + timeoutMs },
          (error, body) => {
            active.delete(cancel);
            channel.calls--;
            if (error === null) {
              resolve({ kind: 'success', body: body ?? Buffer.alloc(0) });
              return;
            }
            // Trailers without a message still carry the backend's headers; what is made up here has none.
            answered ||= error.metadata.get('content-type').length > 0;
            const sent = call.getPeer() !== client.getChannel().getTarget();
            const delivery = answered ? 'refused' : sent ? 'unknown' : 'unsent';
            resolve(closed ? shutDown(delivery) : failureOf(error, delivery, options.retryDelayMs));
          },
        );
        call.on('metadata', () => {
          answered = true;
        });
        active.add(cancel);
      });
    },
    shutdown() {
      closed = true;
      for (const cancel of active) cancel();
      for (const { client } of channels) client.close();
      return Promise.resolve();
    },
  };
}

function failureOf(
  error: ServiceError,
  delivery: Delivery,
  retryDelayMs: GrpcOptions['retryDelayMs'],
): Failure {
  const [details] = error.metadata.get('grpc-status-details-bin');
  const retryAfterMs = Buffer.isBuffer(details) ? retryDelayMs(details) : undefined;
  const invited = error.code === status.RESOURCE_EXHAUSTED && retryAfterMs !== undefined;
  const name = status[error.code] ?? String(error.code);
  return {
    kind: 'failure',
    reason: name,
    // Without a note there is nothing behind the colon.
    message: `${name}: ${error.details.replace(/\. Resolution note: $/, '')}`,
    retryable: RETRYABLE.has(error.code) || invited,
    retryAfterMs,
    delivery,
  };
}

function shutDown(delivery: Delivery = 'unsent'): Failure {
  return {
    kind: 'failure',
    reason: 'shut down',
    message: 'broken off: shut down',
    retryable: true,
    retryAfterMs: undefined,
    delivery,
  };
}

function createMetadata(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) {
    try {
      metadata.set(
        name.toLowerCase(),
        name.toLowerCase().endsWith('-bin') ? Buffer.from(value, 'base64') : value,
      );
    } catch (cause) {
      throw new LyrebirdError(
        'invalid_header',
        `headers.${name} cannot be sent: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
  }
  return metadata;
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}

/** A gRPC backend that answers as a test says, on a free port of this machine. */
import { readFileSync } from 'node:fs';

import {
  type Metadata,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type StatusObject,
} from '@grpc/grpc-js';

export const METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

/** What becomes of a call: bytes are sent back, a status ends it, `undefined` leaves it without an answer. */
export type Answer = Buffer | Partial<StatusObject> | undefined;

export interface Backend {
  readonly port: number;
  /** Messages in the order in which they came. */
  readonly messages: readonly Buffer[];
  readonly headers: readonly Metadata[];
  /** Address and port of who sent them. */
  readonly peers: readonly string[];
  /** Resolves when so many messages have come. */
  arrived(count: number): Promise<void>;
  /** Breaks connections. */
  close(): void;
}

const identity = (bytes: Buffer): Buffer => bytes;

export const TLS_FILES = {
  ca_file: new URL('../fixtures/tls/cert.pem', import.meta.url).pathname,
  cert_file: new URL('../fixtures/tls/cert.pem', import.meta.url).pathname,
  key_file: new URL('../fixtures/tls/key.pem', import.meta.url).pathname,
};

/** `answer` is asked for each call, with its message and its number from 0. */
export async function createBackend(
  answer: (message: Buffer, call: number) => Answer,
  options: { readonly port?: number; readonly tls?: boolean } = {},
): Promise<Backend> {
  const messages: Buffer[] = [];
  const headers: Metadata[] = [];
  const peers: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = new Server();
  server.addService(
    {
      export: {
        path: METHOD,
        requestStream: false,
        responseStream: false,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: identity,
        responseDeserialize: identity,
      },
    },
    {
      export(call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) {
        const given = answer(call.request, messages.length);
        messages.push(call.request);
        headers.push(call.metadata);
        peers.push(call.getPeer());
        for (const { count, resolve } of waiting) if (messages.length >= count) resolve();
        if (Buffer.isBuffer(given)) callback(null, given);
        else if (given !== undefined) callback(given);
      },
    },
  );
  const cert = readFileSync(TLS_FILES.cert_file);
  const credentials =
    options.tls === true
      ? ServerCredentials.createSsl(null, [
          { cert_chain: cert, private_key: readFileSync(TLS_FILES.key_file) },
        ])
      : ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    port,
    messages,
    headers,
    peers,
    arrived: (count) =>
      new Promise((resolve) => {
        if (messages.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: () => {
      server.forceShutdown();
    },
  };
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

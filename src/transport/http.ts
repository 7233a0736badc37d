/** HTTP POST requests with ready-made body bytes over kept-alive connections. */
import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

import { LyrebirdError } from '../util/errors.ts';
import type { TlsMaterial } from './tls.ts';
import type { Delivery, Failure, Reply, Transport } from './transport.ts';

export interface HttpOptions {
  /** Scheme, host, port and path. */
  readonly url: URL;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  /** Only looked at for `https:`. */
  readonly tls: TlsMaterial | undefined;
  /** Connections at most. */
  readonly maxConnections: number;
  /** The message in the body of an error, where there is one. */
  readonly messageOf: (body: Uint8Array) => string | undefined;
}

/** The status codes that the OTLP specification lets a client retry. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const compress = promisify(gzip);

/** Throws `invalid_header` for a header that cannot be sent. */
export function createHttpTransport(options: HttpOptions): Transport {
  const { url } = options;
  checkHeaders(options.headers);
  const secure = url.protocol === 'https:';
  const agentOptions = { keepAlive: true, maxSockets: options.maxConnections };
  const { ca, cert, key } = options.tls ?? {};
  const agent = secure ? new https.Agent({ ...agentOptions, ca, cert, key }) : new http.Agent(agentOptions);
  const client = secure ? https : http;
  const headers = {
    ...options.headers,
    'content-type': options.contentType,
    ...(options.gzip ? { 'content-encoding': 'gzip' } : {}),
  };
  const active = new Set<http.ClientRequest>();
  let closed = false;

  const post = (body: Uint8Array, timeoutMs: number): Promise<Reply> =>
    new Promise((resolve) => {
      let sent = false;
      const request = client.request(
        url,
        { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            finish(replyOf(response, Buffer.concat(chunks), options.messageOf));
          });
          // A response that breaks off ends in `error` of the request or here.
          response.on('error', fail);
        },
      );
      const timer = setTimeout(() => {
        request.destroy(new DeadlineError(timeoutMs));
      }, timeoutMs);
      const finish = (reply: Reply): void => {
        clearTimeout(timer);
        active.delete(request);
        resolve(reply);
      };
      const fail = (error: Error): void => {
        finish(brokenOff(closed ? new ShutDownError() : error, sent ? 'unknown' : 'unsent'));
      };
      request.on('socket', (socket) => {
        sent = !socket.connecting;
        if (sent) return;
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          sent = true;
        });
      });
      request.on('error', fail);
      active.add(request);
      request.end(body);
    });

  return {
    async send(bytes, timeoutMs) {
      const body = options.gzip ? await compress(bytes, { level: constants.Z_BEST_SPEED }) : bytes;
      return closed ? brokenOff(new ShutDownError(), 'unsent') : post(body, timeoutMs);
    },
    shutdown() {
      closed = true;
      for (const request of active) request.destroy(new ShutDownError());
      agent.destroy();
      return Promise.resolve();
    },
  };
}

class DeadlineError extends Error {
  readonly code = 'deadline exceeded';

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`);
  }
}

class ShutDownError extends Error {
  readonly code = 'shut down';

  constructor() {
    super('broken off');
  }
}

/** No answer: the connection could not be made, broke, or nothing came in time. All of it may be tried again. */
function brokenOff(error: Error, delivery: Delivery): Failure {
  const code = 'code' in error ? String(error.code) : 'connection error';
  return {
    kind: 'failure',
    reason: code,
    message: `${code}: ${error.message}`,
    retryable: true,
    retryAfterMs: undefined,
    delivery,
  };
}

function replyOf(response: http.IncomingMessage, body: Buffer, messageOf: HttpOptions['messageOf']): Reply {
  const { statusCode = 0, statusMessage = '', headers } = response;
  if (statusCode >= 200 && statusCode < 300) return { kind: 'success', body };
  const message = (messageOf(body) ?? body.subarray(0, 200).toString()).trim().replaceAll(/\s+/g, ' ');
  return {
    kind: 'failure',
    reason: `HTTP ${statusCode}`,
    message: `HTTP ${statusCode} ${statusMessage}${message === '' ? '' : `: ${message}`}`,
    retryable: RETRYABLE.has(statusCode),
    retryAfterMs: parseRetryAfter(headers['retry-after'], Date.now()),
    delivery: 'refused',
  };
}

/** Retry-After: seconds, or a date. `undefined` when it is neither. */
export function parseRetryAfter(value: string | undefined, wallMs: number): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (!Number.isNaN(seconds)) return seconds < 0 ? undefined : seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallMs);
}

/** Throws `invalid_header` for one that cannot be sent. */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      http.validateHeaderName(name);
      http.validateHeaderValue(name, value);
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
}

/** Single HTTP requests, whose answers are read as they stream in. */
import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { LyrebirdError } from '../util/errors.ts';
import { checkHeaders } from './http.ts';
import type { TlsMaterial } from './tls.ts';

export interface OutgoingRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Where to connect to; else what the name in the URL stands for. */
  readonly address?: string | undefined;
  /** Only looked at for `https:`. */
  readonly tls: TlsMaterial;
  readonly signal: AbortSignal;
}

/** Sends one over a connection of its own; resolves with the head of the answer. Rejects with an error for `reasonOf`. */
export function sendRequest(request: OutgoingRequest): Promise<http.IncomingMessage> {
  const { url, method, headers, body, address, tls, signal } = request;
  const secure = url.protocol === 'https:';
  const { ca, cert, key } = tls;
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? https : http).request(
      url,
      {
        method,
        agent: false,
        signal,
        headers,
        // Of the two that name a host, the one that counts.
        ...(address !== undefined && { hostname: address, servername: url.hostname }),
        ...(secure && { ca, cert, key }),
      },
      resolve,
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Why no answer came, in words; a name with several addresses fails with one reason for each. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join(', ');
  if (!(error instanceof Error)) return String(error);
  // OpenSSL says so in a line with places in its sources.
  if (error.message.includes('wrong version number'))
    return 'there is no TLS: the address begins with http://';
  // Of a signal that breaks a request off, its own reason says more.
  return error.name === 'AbortError' && error.cause !== undefined ? reasonOf(error.cause) : error.message;
}

export interface FetchOptions {
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  /** For a whole answer. */
  readonly timeoutMs: number;
  /** Of one answer at most, uncompressed. */
  readonly maxBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Where it sends us instead. */
  readonly location: string | undefined;
  /** Uncompressed. Throws `no_answer` when the answer breaks off, takes too long, or is too large. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Asks for an address; throws `no_answer`. */
export type Fetch = (
  url: URL,
  options: { readonly accept: string; readonly signal: AbortSignal },
) => Promise<Answer>;

/** Throws `invalid_header` for a header that cannot be sent. */
export function createFetch({ headers, tls, timeoutMs, maxBytes }: FetchOptions): Fetch {
  checkHeaders(headers);
  return async (url, { accept, signal }) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const noAnswer = (cause: unknown): LyrebirdError => {
      const reason = timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(cause);
      return new LyrebirdError('no_answer', `${showUrl(url)}: ${reason}`, { cause });
    };
    async function* read(response: http.IncomingMessage): AsyncGenerator<Uint8Array> {
      const zipped = response.headers['content-encoding'] === 'gzip';
      // What breaks off is seen by whoever reads.
      const plain = zipped ? pipeline(response, createGunzip(), () => undefined) : response;
      let bytes = 0;
      try {
        for await (const chunk of plain) {
          bytes += (chunk as Uint8Array).length;
          if (bytes > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
          yield chunk as Uint8Array;
        }
      } catch (cause) {
        throw noAnswer(cause);
      }
    }
    try {
      const response = await sendRequest({
        url,
        method: 'GET',
        headers: { accept, 'accept-encoding': 'gzip', ...headers },
        tls,
        signal: AbortSignal.any([signal, timeout]),
      });
      return {
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        location: response.headers.location,
        body: read(response),
      };
    } catch (cause) {
      throw noAnswer(cause);
    }
  };
}

/** The address that a text is, of HTTP; `undefined` when it is none. */
export function httpUrl(text: string): URL | undefined {
  return URL.canParse(text) && /^https?:/.test(text) ? new URL(text) : undefined;
}

/** An address as messages show it: without credentials and parameters. */
export function showUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** What an answer that is none says, for people: its status, where it points to, and its first words. */
export async function describeAnswer({ status, location, body }: Answer): Promise<string> {
  const moved = location === undefined ? '' : `; it has moved to ${location}: give that address`;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes >= SHOWN_BYTES) break;
  }
  const text = Buffer.concat(parts).subarray(0, SHOWN_BYTES).toString().trim().replaceAll(/\s+/g, ' ');
  const isText = text !== '' && !text.startsWith('<');
  return (
    `HTTP ${status} ${http.STATUS_CODES[status] ?? ''}`.trimEnd() + (moved || (isText ? `: ${text}` : ''))
  );
}

const SHOWN_BYTES = 200;

/** Requests to the control APIs of running instances. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { json } from 'node:stream/consumers';

import { httpUrl, reasonOf, sendRequest } from '../../transport/request.ts';
import type { Access } from '../access.ts';
import { UsageError } from '../failure.ts';

/** One instance. */
export interface Target {
  /** As it was named, with its address when a name has several. */
  readonly name: string;
  readonly url: URL;
  /** Where to connect to; else what the name stands for. */
  readonly address: string | undefined;
}

export interface Answer {
  readonly target: string;
  /** Of HTTP; none when no answer came. */
  readonly status: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** Code and message of an error. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object | undefined;
  /** An answer that waits for a tick comes so much later. */
  readonly waitMs?: number | undefined;
}

/** The addresses of a name. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string }[]>;

const resolveAll: Resolve = (host) => lookup(host, { all: true });

/** The instances behind addresses: each address of a name that has several is one. Throws `UsageError`. */
export async function findTargets(
  urls: readonly string[],
  resolve: Resolve = resolveAll,
): Promise<readonly Target[]> {
  const found = await Promise.all(urls.map((text) => findTarget(text, resolve)));
  return found.flat();
}

async function findTarget(text: string, resolve: Resolve): Promise<readonly Target[]> {
  const url = httpUrl(text.includes('://') ? text : `http://${text}`);
  if (url === undefined)
    throw new UsageError(`--target is ${text}; it needs an address such as http://127.0.0.1:8081`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Both addresses of localhost are one machine.
  if (isIP(host) !== 0 || host === 'localhost') return [{ name: url.host, url, address: undefined }];
  // A name that nobody knows is told of when it is asked.
  const addresses = await resolve(host).catch(() => []);
  if (addresses.length < 2) return [{ name: url.host, url, address: undefined }];
  return addresses.map(({ address }) => ({ name: `${url.host} (${address})`, url, address }));
}

export type Ask = (target: Target, request: Request) => Promise<Answer>;

/** Asks an instance; whatever happens is in the answer. */
export function createAsk({ authorization, tls, timeoutMs }: Access): Ask {
  return async ({ name, url, address }, { method, path, body, waitMs = 0 }) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    try {
      const response = await sendRequest({
        url: new URL(path, url),
        method,
        address,
        body: text,
        headers: {
          host: url.host,
          ...(authorization !== undefined && { authorization }),
          ...(text !== undefined && { 'content-type': 'application/json' }),
        },
        tls,
        signal: AbortSignal.timeout(timeoutMs + waitMs),
      });
      const { statusCode: status = 0 } = response;
      const answered = (await json(response).catch((cause: unknown) => {
        throw new Error(`status ${status}, and no JSON: is this a control API?`, { cause });
      })) as Answer['body'];
      const error = status < 400 ? undefined : (errorIn(answered) ?? UNKNOWN);
      return { target: name, status, body: answered, error };
    } catch (error) {
      const refusal = { code: 'no_answer', message: reasonOf(error) };
      return { target: name, status: undefined, body: {}, error: refusal };
    }
  };
}

const UNKNOWN = { code: 'unknown', message: 'an error without a message' } as const;

function errorIn(body: Answer['body']): Answer['error'] {
  const { error } = body as { readonly error?: { readonly code: string; readonly message: string } };
  return error;
}

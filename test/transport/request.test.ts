import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { describe, expect, it, onTestFinished } from 'vitest';

import {
  createFetch,
  describeAnswer,
  reasonOf,
  sendRequest,
  type Answer,
  type FetchOptions,
} from '../../src/transport/request.ts';
import { freePort, TLS_FILES } from '../support/grpc-backend.ts';

const NO_TLS = { ca: undefined, cert: undefined, key: undefined };
const ask = { accept: 'text/plain', signal: new AbortController().signal };

/** An address at which a server listens until the test is over. */
async function serve(listener: RequestListener, secure = false): Promise<URL> {
  const pems = { cert: readFileSync(TLS_FILES.cert_file), key: readFileSync(TLS_FILES.key_file) };
  const server = secure ? https.createServer(pems, listener) : http.createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return new URL(`${secure ? 'https://localhost' : 'http://127.0.0.1'}:${port}/metrics`);
}

function fetchWith(options: Partial<FetchOptions> = {}) {
  return createFetch({ headers: {}, tls: NO_TLS, timeoutMs: 10_000, maxBytes: 1000, ...options });
}

async function textOf({ body }: Answer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('an answer', () => {
  it('comes with its status and type, to a request that has our headers', async () => {
    const seen: IncomingMessage[] = [];
    const url = await serve((request, response) => {
      seen.push(request);
      response.writeHead(201, { 'content-type': 'text/plain; version=0.0.4' }).end('a 1\n');
    });
    const answer = await fetchWith({ headers: { 'x-scope-orgid': 'team-a' } })(url, ask);
    expect(answer).toMatchObject({
      status: 201,
      contentType: 'text/plain; version=0.0.4',
      location: undefined,
    });
    expect(await textOf(answer)).toBe('a 1\n');
    expect(seen[0]?.headers).toMatchObject({ accept: 'text/plain', 'x-scope-orgid': 'team-a' });
  });

  it('that is compressed is read as it was', async () => {
    const url = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a 1\n'.repeat(100)));
    });
    expect(await textOf(await fetchWith()(url, ask))).toBe('a 1\n'.repeat(100));
  });

  it('that grows beyond its limit when it is unpacked is given up', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a'.repeat(100_000)));
    });
    await expect(textOf(await fetchWith()(url, ask))).rejects.toMatchObject({
      code: 'no_answer',
      message: `${url.href}: the answer is larger than 1000 bytes`,
    });
  });

  it('over TLS is believed where its authority is ours, and not otherwise', async () => {
    const url = await serve((_, response) => response.end('a 1\n'), true);
    const ca = readFileSync(TLS_FILES.ca_file);
    expect(await textOf(await fetchWith({ tls: { ...NO_TLS, ca } })(url, ask))).toBe('a 1\n');
    await expect(fetchWith()(url, ask)).rejects.toMatchObject({ code: 'no_answer' });
  });

  it('that does not come in time is given up', async () => {
    const url = await serve(() => undefined);
    await expect(fetchWith({ timeoutMs: 50 })(url, ask)).rejects.toThrow(
      `${url.href}: no answer within 0.05 s`,
    );
  });

  it('that breaks off is told from one that ends', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('a 1\n', () => response.destroy());
    });
    await expect(textOf(await fetchWith()(url, ask))).rejects.toMatchObject({ code: 'no_answer' });
  });

  it('is given up at once when the signal says so', async () => {
    const stopping = new AbortController();
    const url = await serve(() => stopping.abort(new Error('enough')));
    await expect(fetchWith()(url, { ...ask, signal: stopping.signal })).rejects.toThrow(
      `${url.href}: enough`,
    );
  });

  it('from nobody names the reason, and no password of the address', async () => {
    const port = await freePort();
    const url = new URL(`http://joe:secret@127.0.0.1:${port}/metrics?token=secret`);
    const error = await fetchWith()(url, ask).catch((cause: unknown) => cause as Error);
    expect((error as Error).message).toBe(
      `http://127.0.0.1:${port}/metrics: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
  });

  it('is not asked for with a header that cannot be sent', () => {
    expect(() => fetchWith({ headers: { a: 'b\n' } })).toThrow(/headers\.a cannot be sent/);
  });
});

describe('the reason of a failure', () => {
  it('of a name with several addresses is that of each', () => {
    const errors = [new Error('connect ECONNREFUSED ::1:1'), new Error('connect ECONNREFUSED 127.0.0.1:1')];
    expect(reasonOf(new AggregateError(errors))).toBe(
      'connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1',
    );
  });
});

it('a server without TLS that is asked with TLS is told as such, not in the words of OpenSSL', async () => {
  const { port } = await serve((_, response) => response.end());
  const asked = sendRequest({
    url: new URL(`https://127.0.0.1:${port}/`),
    method: 'GET',
    headers: {},
    tls: NO_TLS,
    signal: AbortSignal.timeout(10_000),
  });
  expect(await asked.then(() => 'an answer', reasonOf)).toBe(
    'there is no TLS: the address begins with http://',
  );
});

describe('a refusal in words', () => {
  async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  it.each<[string, Partial<Answer>]>([
    ['HTTP 404 Not Found: no such page', { status: 404, body: bodyOf('no such\n page\n') }],
    ['HTTP 502 Bad Gateway', { status: 502, body: bodyOf('<html>Sorry</html>') }],
    ['HTTP 500 Internal Server Error', { status: 500 }],
    [`HTTP 400 Bad Request: ${'x'.repeat(200)}`, { status: 400, body: bodyOf('x'.repeat(500)) }],
    ['HTTP 302 Found; it has moved to /login: give that address', { status: 302, location: '/login' }],
  ])('%s', async (text, answer) => {
    const whole = { contentType: '', location: undefined, body: bodyOf(''), status: 200, ...answer };
    expect(await describeAnswer(whole)).toBe(text);
  });
});

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { request as requestSecurely, type RequestOptions } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';

import type { SpoiltScrape } from '../../../src/sinks/shared/faults.ts';
import { prometheusOptions } from '../../../src/sinks/shared/prometheus-options.ts';
import { createPullSink, type Pages, type PullSettings } from '../../../src/sinks/shared/pull.ts';
import type { ScrapePage } from '../../../src/sinks/shared/scrape.ts';
import type { Sink } from '../../../src/sinks/sink.ts';
import { until } from '../../support/backends.ts';
import { createCertificate } from '../../support/certificates.ts';
import { createTestContext } from '../../support/context.ts';
import { createFrame } from '../../support/frames.ts';
import { get, urlOf } from '../../support/scrape.ts';

const open: Sink[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const sink of open.splice(0)) await sink.stop(0);
});

interface Stage {
  readonly options?: Readonly<Record<string, unknown>>;
  /** Default: one line. */
  readonly page?: () => Partial<ScrapePage>;
  readonly createPages?: PullSettings['createPages'];
}

/** A started sink with pages made by hand, and timers that fire when told to. */
async function createStage({ options = {}, page, createPages }: Stage = {}) {
  const context = createTestContext();
  context.frame = createFrame([]);
  const timers = new Set<() => void>();
  let released = 0;
  const pages: Pages = async (format) => {
    await context.read(() => undefined);
    return { chunks: [Buffer.from(`${format} page\n`)], release: () => void released++, ...page?.() };
  };
  const sink = createPullSink({
    options: prometheusOptions.parse({ port: 0, bind_address: '127.0.0.1', ...options }),
    context,
    change: () => undefined,
    createPages: createPages ?? (() => Promise.resolve(pages)),
    after(_, callback) {
      timers.add(callback);
      return () => void timers.delete(callback);
    },
  });
  await sink.start([]);
  open.push(sink);
  return {
    sink,
    context,
    url: urlOf(sink),
    scrapes: () => sink.scrapes?.() ?? expect.fail('no scrapes'),
    released: () => released,
    /** Lets all the time pass that anything waits for. */
    fireTimers: () => timers.forEach((callback) => callback()),
    pending: () => timers.size,
  };
}

/** A page far larger than what sockets hold, which tells how far it has come. */
function createEndlessPage() {
  const progress = { chunks: 0 };
  const chunk = Buffer.alloc(256 * 1024, 'x');
  function* chunks(): Generator<Buffer> {
    for (; progress.chunks < 400; progress.chunks++) yield chunk;
  }
  return { progress, page: () => ({ chunks: chunks() }) };
}

/** Asks for a page and reads nothing of it. */
function askWithoutReading(url: string): Socket {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.pause().write(`GET ${pathname} HTTP/1.1\r\nHost: test\r\n\r\n`);
  return socket;
}

describe('the page', () => {
  it('is given in the format that is asked for', async () => {
    const { url } = await createStage();
    const text = await get(url);
    expect(text).toMatchObject({ code: 200, text: 'text page\n' });
    expect(text.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const openMetrics = await get(url, {
      accept: 'application/openmetrics-text;version=1.0.0;escaping=dots',
    });
    expect(openMetrics.text).toBe('openmetrics page\n');
    expect(openMetrics.headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots',
    );
    expect(openMetrics.headers.vary).toBe('Accept, Accept-Encoding');
  });

  it('answers HEAD with its headers and no body, and makes no page for it', async () => {
    const { url, released } = await createStage();
    const answer = await get(url, {}, 'HEAD');
    expect(answer).toMatchObject({ code: 200, text: '' });
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(released()).toBe(0);
  });

  it.each<[string, string, number, string]>([
    ['GET', '/', 200, 'Lyrebird serves its workload at /metrics.\n'],
    ['GET', '/metrics?name=x', 200, 'text page\n'],
    ['GET', '/other', 404, 'Nothing is here. The page is at /metrics.\n'],
    ['GET', '/metrics/', 404, 'Nothing is here. The page is at /metrics.\n'],
    ['POST', '/metrics', 405, 'Only GET and HEAD are allowed.\n'],
    ['DELETE', '/', 405, 'Only GET and HEAD are allowed.\n'],
    ['POST', '/other', 404, 'Nothing is here. The page is at /metrics.\n'],
  ])('%s %s is %d', async (method, path, code, text) => {
    const { url } = await createStage();
    const answer = await get(new URL(path, url).href, {}, method);
    expect(answer).toMatchObject({ code, text });
    expect(answer.headers.allow).toBe(code === 405 ? 'GET, HEAD' : undefined);
  });

  it('is where the options say', async () => {
    const { url } = await createStage({ options: { path: '/federate' } });
    expect(url).toMatch(/:\d+\/federate$/);
    expect((await get(url)).text).toBe('text page\n');
    expect((await get(new URL('/metrics', url).href)).code).toBe(404);
  });

  it('may be at the root', async () => {
    const { url } = await createStage({ options: { path: '/' } });
    expect((await get(url)).text).toBe('text page\n');
  });
});

describe('compression', () => {
  const large = (length: number) => ({
    page: () => ({ chunks: [Buffer.alloc(length / 2, 'a'), Buffer.alloc(length / 2, 'b')], length }),
  });

  it('is by gzip for who asks for it', async () => {
    const { url, scrapes } = await createStage(large(9_000_000));
    const answer = await get(url, { 'accept-encoding': 'gzip' });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.text).toBe('a'.repeat(4_500_000) + 'b'.repeat(4_500_000));
    await until(() => scrapes().bytes === 9_000_000, { what: 'the bytes to be counted' });
  });

  it('is not for who does not, and then the length is said where it is known', async () => {
    const { url } = await createStage(large(1000));
    const { headers, text } = await get(url);
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers['content-length']).toBe('1000');
    expect(text).toHaveLength(1000);
  });

  it('is not where the options say none', async () => {
    const { url } = await createStage({ options: { compression: 'none' } });
    expect((await get(url, { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined();
  });

  it('is not of a page that is known to have 10 MB or more', async () => {
    const { url } = await createStage(large(10_000_000));
    const { headers, text } = await get(url, { 'accept-encoding': 'gzip' });
    expect(headers['content-encoding']).toBeUndefined();
    expect(text).toHaveLength(10_000_000);
  });

  it('is of a page whose length is not known, however long', async () => {
    const chunk = Buffer.alloc(1_000_000, 'x');
    const { url } = await createStage({ page: () => ({ chunks: Array.from({ length: 12 }, () => chunk) }) });
    const { headers, text } = await get(url, { 'accept-encoding': 'gzip' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(text).toHaveLength(12_000_000);
  });
});

describe('without a page', () => {
  it.each(['GET', 'HEAD'])('before the first frame %s is 503 and to be tried again', async (method) => {
    const { url, context, scrapes } = await createStage();
    context.frame = undefined;
    const answer = await get(url, {}, method);
    expect(answer).toMatchObject({
      code: 503,
      text: method === 'HEAD' ? '' : 'There is no page yet or any more: the first tick is not done yet.\n',
    });
    expect(answer.headers['retry-after']).toBe('1');
    expect(scrapes().codes).toEqual({ 503: 1 });
  });

  it('while it is prepared, a scrape is 503', async () => {
    const context = createTestContext();
    let ready: (pages: Pages) => void = () => undefined;
    const sink = createPullSink({
      options: prometheusOptions.parse({ port: 0, bind_address: '127.0.0.1' }),
      context,
      change: () => undefined,
      createPages: () => new Promise((resolve) => (ready = resolve)),
    });
    open.push(sink);
    const started = sink.start([]);
    const url = await until(() => (sink.describe().includes(':0/') ? undefined : sink.describe()), {
      what: 'the port',
    });
    expect(await get(url)).toMatchObject({
      code: 503,
      text: 'There is no page yet or any more: the page is being prepared.\n',
    });
    ready(() => Promise.resolve({ chunks: [Buffer.from('page')], release: () => undefined }));
    await started;
    expect(await get(url)).toMatchObject({ code: 200, text: 'page' });
  });

  it('that cannot be made is 500, and the log says why', async () => {
    const { url, context, scrapes } = await createStage({
      createPages: () => Promise.resolve(() => Promise.reject(new Error('out of order'))),
    });
    expect(await get(url)).toMatchObject({
      code: 500,
      text: 'The page could not be made; the log says why.\n',
    });
    expect(context.logged).toEqual(['error: a scrape failed']);
    expect(scrapes().codes).toEqual({ 500: 1 });
  });

  it('that breaks half way breaks the connection, so that nobody takes it for whole', async () => {
    function* chunks(): Generator<Buffer> {
      yield Buffer.from('first\n');
      throw new Error('out of order');
    }
    const { url, context, scrapes, released } = await createStage({ page: () => ({ chunks: chunks() }) });
    await expect(get(url)).rejects.toThrow('aborted');
    expect(context.logged).toEqual(['error: a scrape failed']);
    expect(scrapes().codes).toEqual({ 500: 1 });
    expect(released()).toBe(1);
  });
});

describe('a reader', () => {
  it('that takes more than 30 s is cut off and counted', async () => {
    const { progress, page } = createEndlessPage();
    const { url, context, scrapes, released, fireTimers, pending } = await createStage({ page });
    askWithoutReading(url);
    await until(() => progress.chunks > 0 && scrapes().active === 1, { what: 'the page to begin' });
    fireTimers();
    await until(() => scrapes().active === 0, { what: 'the scrape to end' });
    expect(scrapes()).toMatchObject({ slow: 1, aborted: 0, codes: {} });
    expect(context.logged).toEqual(['warn: a reader of /metrics took more than 30 s and was cut off']);
    expect(released()).toBe(1);
    expect(pending()).toBe(0);
  });

  it.each([{}, { 'accept-encoding': 'gzip' }])(
    'that leaves half way is counted, with %j',
    async (headers) => {
      const { page } = createEndlessPage();
      const { url, context, scrapes, released } = await createStage({ page });
      const asked = request(url, { headers, agent: false }).end();
      asked.on('error', () => undefined);
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      response.on('error', () => undefined);
      response.destroy();
      await until(() => scrapes().active === 0, { what: 'the scrape to end' });
      expect(scrapes()).toMatchObject({ slow: 0, aborted: 1, codes: {} });
      expect(released()).toBe(1);
      expect(context.logged).toEqual([]);
    },
  );

  it('that reads slowly holds back the page, not the others', async () => {
    const { progress, page } = createEndlessPage();
    let first = true;
    const { url, scrapes } = await createStage({
      page: () => {
        if (!first) return { chunks: [Buffer.from('whole\n')] };
        first = false;
        return page();
      },
    });
    askWithoutReading(url);
    await until(() => progress.chunks > 0, { what: 'the page to begin' });
    for (let i = 0; i < 3; i++) expect((await get(url)).text).toBe('whole\n');
    expect(progress.chunks).toBeLessThan(200);
    await until(() => scrapes().codes[200] === 3, { what: 'the scrapes to be counted' });
    expect(scrapes().active).toBe(1);
  });

  it('keeps its connection from scrape to scrape', async () => {
    const { url } = await createStage();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 3; i++) {
      const asked = request(url, { agent }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      ports.add(response.socket.localPort);
      response.resume();
      await once(response, 'end');
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });
});

it('a long page lets others have their turn whenever it has held the loop for too long', async () => {
  const context = createTestContext();
  let yields = 0;
  function* chunks(): Generator<Buffer> {
    for (let i = 0; i < 100; i++) {
      context.advance(5);
      yield Buffer.from('line\n');
    }
  }
  const sink = createPullSink({
    options: prometheusOptions.parse({ port: 0, bind_address: '127.0.0.1' }),
    context: {
      ...context,
      yieldNow() {
        yields++;
        return Promise.resolve();
      },
    },
    change: () => undefined,
    createPages: () => Promise.resolve(() => Promise.resolve({ chunks: chunks(), release: () => undefined })),
  });
  await sink.start([]);
  open.push(sink);
  expect((await get(urlOf(sink))).text).toBe('line\n'.repeat(100));
  expect(yields).toBe(50);
});

it('scrapes are counted with their bytes and their time', async () => {
  const stage = await createStage({
    page: () => {
      stage.context.advance(250);
      return {};
    },
  });
  await get(stage.url);
  await get(stage.url, { 'accept-encoding': 'gzip' });
  await get(stage.url, {}, 'HEAD');
  await get(new URL('/other', stage.url).href);
  await until(() => stage.scrapes().active === 0, { what: 'the scrapes to be counted' });
  expect(stage.scrapes()).toEqual({
    codes: { 200: 3 },
    active: 0,
    bytes: 20,
    seconds: 0.5,
    slow: 0,
    aborted: 0,
    broken: 0,
  });
});

describe('the end', () => {
  it('waits for a page that is under way', async () => {
    const { progress, page } = createEndlessPage();
    const { url, sink, scrapes } = await createStage({ page });
    const asked = request(url, { agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    await until(() => progress.chunks > 0, { what: 'the page to begin' });
    const stopped = sink.stop(1000);
    let bytes = 0;
    response.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await once(response, 'end');
    await stopped;
    expect(bytes).toBe(400 * 256 * 1024);
    expect(scrapes()).toMatchObject({ codes: { 200: 1 }, active: 0 });
  });

  it('waits no longer than its grace', async () => {
    const { progress, page } = createEndlessPage();
    const { url, sink, scrapes, fireTimers } = await createStage({ page });
    const socket = askWithoutReading(url);
    await until(() => progress.chunks > 0, { what: 'the page to begin' });
    const stopped = sink.stop(1000);
    fireTimers();
    await stopped;
    await until(() => socket.destroyed || scrapes().active === 0, { what: 'the reader to be cut off' });
  });

  it('answers those who wait for a tick that does not come', async () => {
    const { url, context, sink, scrapes } = await createStage();
    let releaseTick: () => void = () => undefined;
    const tick = context.read(() => new Promise<void>((resolve) => (releaseTick = resolve)));
    const answer = get(url);
    await until(() => scrapes().active === 1, { what: 'the scrape to wait' });
    await sink.stop(1000);
    expect(await answer).toMatchObject({
      code: 503,
      text: 'There is no page yet or any more: the run is ending.\n',
    });
    releaseTick();
    await tick;
  });

  it('closes idle connections and the port', async () => {
    const { url, sink } = await createStage();
    const agent = new Agent({ keepAlive: true });
    const asked = request(url, { agent }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    await sink.stop(1000);
    agent.destroy();
    await expect(get(url)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a port that cannot be opened', () => {
  it('because it is in use is an error that names port and key, and what to do', async () => {
    const { url } = await createStage();
    const port = Number(new URL(url).port);
    await expect(createStage({ options: { port } })).rejects.toMatchObject({
      code: 'cannot_listen',
      message:
        `the workload page cannot listen at 127.0.0.1:${port}: the port is in use; stop what listens there, ` +
        'or set exporters.prometheus.port (0 takes a free one)',
    });
  });

  it('because the address is not of this machine names the key', async () => {
    await expect(createStage({ options: { bind_address: '192.0.2.1' } })).rejects.toMatchObject({
      code: 'cannot_listen',
      message:
        'the workload page cannot listen at 192.0.2.1:0: this machine has no such address; set exporters.prometheus.bind_address',
    });
  });

  it('is left when the pages cannot be prepared', async () => {
    let url = '';
    const failing: PullSettings['createPages'] = () => Promise.reject(new Error('no memory'));
    const context = createTestContext();
    const sink = createPullSink({
      options: prometheusOptions.parse({ port: 0, bind_address: '127.0.0.1' }),
      context,
      change: () => undefined,
      createPages(families) {
        url = urlOf(sink);
        return failing(families);
      },
    });
    await expect(sink.start([])).rejects.toThrow('no memory');
    await expect(get(url)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a page that asks for credentials', () => {
  const auth = { bearer_token: 'page-sesame-token', basic: { username: 'prom', password: 'page-password' } };
  const basic = Buffer.from('prom:page-password').toString('base64');

  it.each([
    ['a token', 'Bearer page-sesame-token'],
    ['user and password', `Basic ${basic}`],
  ])('is given to whoever has %s', async (_, authorization) => {
    const { url } = await createStage({ options: { auth } });
    expect(await get(url, { authorization })).toMatchObject({ code: 200, text: 'text page\n' });
  });

  it.each(['/metrics', '/', '/nothing', '/metrics?token=page-sesame-token'])(
    'is not given to others, who learn nothing at %s',
    async (path) => {
      const { url, context, scrapes } = await createStage({ options: { auth } });
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const answer = await get(new URL(path, url).href, { authorization: 'Bearer page' }, method);
        expect(answer).toMatchObject({ code: 401, text: 'The page asks for credentials.\n' });
        expect(answer.headers['www-authenticate']).toBe(
          'Bearer realm="lyrebird", Basic realm="lyrebird", charset="UTF-8"',
        );
      }
      expect(scrapes()).toMatchObject({ codes: { 401: 3 }, bytes: 0 });
      expect(context.logged).toEqual([]);
    },
  );

  it('is given within the process, like any other, and counted', async () => {
    const { sink, scrapes } = await createStage({ options: { auth } });
    expect(await getWithin(sink)).toBe('text page\n');
    expect(await getWithin(sink)).toBe('text page\n');
    // The reader may have the end before the server is told that it has.
    await until(() => scrapes().active === 0, { what: 'the end of both', everyMs: 1 });
    expect(scrapes()).toMatchObject({ codes: { 200: 2 }, bytes: 20 });
  });

  it('breaks connections within the process when it stops', async () => {
    const { page } = createEndlessPage();
    const { sink, fireTimers, scrapes, pending } = await createStage({ options: { auth }, page });
    const socket = sink.connect?.() ?? expect.fail('no connection');
    const closed = once(socket, 'close');
    socket.write('GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n');
    await until(() => scrapes().active === 1, { what: 'a reader', everyMs: 1 });
    const stopped = sink.stop(1000);
    await until(() => pending() === 2, { what: 'the time of grace', everyMs: 1 });
    fireTimers();
    await stopped;
    await closed;
  });
});

describe('a page over TLS', () => {
  const authority = createCertificate({ name: 'authority', isAuthority: true });
  const server = createCertificate({ name: 'page', issuer: authority, hosts: ['127.0.0.1'] });
  const prometheus = createCertificate({ name: 'prometheus', issuer: authority });

  async function createTlsStage(names: readonly ('cert_file' | 'key_file' | 'client_ca_file')[]) {
    const folder = mkdtempSync(join(tmpdir(), 'lyrebird-page-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const pems = { cert_file: server.cert, key_file: server.key, client_ca_file: authority.cert };
    const tls = names.map((name) => {
      const file = join(folder, name);
      writeFileSync(file, pems[name]);
      return [name, file];
    });
    return createStage({ options: { tls: Object.fromEntries(tls) as object } });
  }

  /** The page, or the code of the error. */
  function getSecurely(sink: Sink, options: RequestOptions): Promise<string> {
    return new Promise((resolve) => {
      const fail = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
      const url = sink.url?.() ?? '';
      expect(sink.describe()).toBe(url);
      requestSecurely(url, { agent: false, ca: authority.cert, ...options }, (response) => {
        response.setEncoding('utf8').on('data', resolve).on('error', fail);
      })
        .on('error', fail)
        .end();
    });
  }

  it('is given at https, to whoever trusts its authority', async () => {
    const { sink } = await createTlsStage(['cert_file', 'key_file']);
    expect(sink.url?.()).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/metrics$/);
    expect(await getSecurely(sink, {})).toBe('text page\n');
    expect(await getSecurely(sink, { ca: prometheus.cert })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('that asks for certificates is given to whoever has one, and within the process', async () => {
    const { sink, scrapes } = await createTlsStage(['cert_file', 'key_file', 'client_ca_file']);
    const stranger = createCertificate({ name: 'prometheus' });
    expect(await getSecurely(sink, {})).toMatch(/^(ECONNRESET|EPIPE|ERR_SSL_.*)$/);
    expect(await getSecurely(sink, stranger)).toMatch(/^(ECONNRESET|EPIPE|ERR_SSL_.*)$/);
    expect(scrapes()).toMatchObject({ codes: {}, active: 0 });
    expect(await getSecurely(sink, prometheus)).toBe('text page\n');
    expect(await getWithin(sink)).toBe('text page\n');
  });

  it('whose files are wrong is refused before anything listens, by the name of the key', () => {
    const tls = { cert_file: '/none/cert.pem', key_file: '/none/key.pem' };
    expect(() =>
      createPullSink({
        options: prometheusOptions.parse({ port: 0, tls }),
        context: createTestContext(),
        change: () => undefined,
        createPages: () => Promise.reject(new Error('not asked for')),
      }),
    ).toThrow(/^exporters\.prometheus\.tls\.cert_file: ENOENT/);
  });

  it('stops although somebody has connected and never spoken', async () => {
    const { sink, fireTimers } = await createTlsStage(['cert_file', 'key_file']);
    const socket = connect(Number(new URL(sink.url?.() ?? '').port), '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    expect(await getSecurely(sink, {})).toBe('text page\n');
    const closed = once(socket, 'close');
    const stopped = sink.stop(1000);
    fireTimers();
    await stopped;
    await closed;
  });
});

/** The page by `connect`. */
function getWithin(sink: Sink): Promise<string> {
  return new Promise((resolve, reject) => {
    request('http://localhost/metrics', { createConnection: () => sink.connect?.() }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text)).on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

describe('faults of a run', () => {
  /** A stage where every request from the second on is spoilt so. */
  async function createSpoilt(fate: Partial<SpoiltScrape>, stage: Stage = {}) {
    const spoilt = await createStage(stage);
    const numbers: number[] = [];
    spoilt.context.faults = {
      any: () => true,
      push: () => undefined,
      scrape(number, tick) {
        numbers.push(number);
        if (number === 1) return undefined;
        const none = { breaks: false, status: undefined, afterBytes: undefined, contentType: undefined };
        return { way: 'scrape', number, tick, faults: [], delayMs: 0, ...none, ...fate };
      },
    };
    expect(await get(spoilt.url)).toMatchObject({ code: 200, text: 'text page\n' });
    return { ...spoilt, numbers };
  }

  it('a failing page has the status, and no page', async () => {
    const { url, scrapes, numbers } = await createSpoilt({ status: 502 });
    expect(await get(url)).toMatchObject({ code: 502, text: 'There is no page: a fault of this run.\n' });
    expect(scrapes()).toMatchObject({ codes: { 200: 1, 502: 1 }, broken: 0, active: 0 });
    expect(numbers).toEqual([1, 2]);
  });

  it('a page of another type is whole', async () => {
    const { url } = await createSpoilt({ contentType: 'text/html' });
    const { headers, text } = await get(url);
    expect(headers['content-type']).toBe('text/html');
    expect(text).toBe('text page\n');
  });

  it('a connection that breaks gives no answer', async () => {
    const { url, scrapes } = await createSpoilt({ breaks: true });
    await expect(get(url)).rejects.toThrow('socket hang up');
    expect(scrapes()).toMatchObject({ codes: { 200: 1 }, broken: 1, aborted: 0, active: 0 });
  });

  it.each([
    ['some bytes', 4, 4],
    ['no byte', 0, 0],
    ['all bytes, which a reader must not take for the page', 1000, 10],
  ])('a page that breaks off after %s is no page', async (_, afterBytes, bytes) => {
    const { url, scrapes, released } = await createSpoilt({ afterBytes });
    const before = scrapes().bytes;
    await expect(get(url)).rejects.toThrow('aborted');
    expect(scrapes()).toMatchObject({ codes: { 200: 1 }, broken: 1, bytes: before + bytes, active: 0 });
    expect(released()).toBe(2);
  });

  it('a slow page waits, and has all the time to be read afterwards', async () => {
    const { url, fireTimers, pending } = await createSpoilt({ delayMs: 60_000 });
    const coming = get(url);
    await until(() => pending() === 1, { what: 'the request to wait' });
    fireTimers();
    expect(await coming).toMatchObject({ code: 200, text: 'text page\n' });
  });

  it('a reader that leaves while it waits is gone', async () => {
    const { url, pending, scrapes } = await createSpoilt({ delayMs: 60_000 });
    const socket = askWithoutReading(url);
    await until(() => pending() === 1, { what: 'the request to wait' });
    socket.destroy();
    await until(() => scrapes().aborted === 1, { what: 'the reader to be gone' });
    expect(pending()).toBe(0);
  });
});

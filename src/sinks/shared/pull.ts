/** A sink that is asked: the HTTP server behind both Prometheus clients. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { duplexPair } from 'node:stream';

import type { FamiliesChange } from '../../series/change.ts';
import type { Family } from '../../series/family.ts';
import { createGuard } from '../../transport/auth.ts';
import { listen } from '../../transport/listen.ts';
import { createWebServer, readServerTls, trackConnections } from '../../transport/server.ts';
import { LyrebirdError } from '../../util/errors.ts';
import type { PageFormat } from '../../wire/page.ts';
import type { ServedPage, Sink, SinkContext } from '../sink.ts';
import { acceptsGzip, negotiate } from './negotiation.ts';
import type { PrometheusOptions } from './prometheus-options.ts';
import type { SpoiltScrape } from './faults.ts';
import { createGone, ReaderGone, sendBeginning, sendPage, type ScrapePage } from './scrape.ts';

/** Where pages come from. Rejects with a LyrebirdError when there is no state to show. */
export type Pages = (format: PageFormat) => Promise<ScrapePage>;

/** Where a pull sink has its pages from. */
export interface PageSource {
  /** Called once the port is open; scrapes are answered when it is done. */
  createPages(families: readonly Family[]): Promise<Pages>;
  /** As `Sink.change`; afterwards `Pages` gives pages of the new families. */
  change(change: FamiliesChange): void | Promise<void>;
}

export interface PullSettings extends PageSource {
  readonly options: PrometheusOptions;
  readonly context: SinkContext;
  /** Calls back after a time unless cancelled. The default is a timer that keeps no process alive. */
  readonly after?: After;
}

/** What becomes of a request for a page. */
type Asked = { -readonly [Key in Exclude<keyof ServedPage, 'status'>]: ServedPage[Key] };

export type After = (ms: number, callback: () => void) => () => void;

/** A reader that takes longer for a page is cut off. */
const MAX_READ_MS = 30_000;

/** Longer than between two scrapes, so that scrapers keep their connection. */
const KEEP_ALIVE_MS = 130_000;

const RETRY_AFTER_S = 1;

/** The `prometheus` sink, whichever client makes its pages. Throws what is wrong with a file for TLS. */
export function createPullSink(settings: PullSettings): Sink {
  const { options, context, createPages, after = afterTimer } = settings;
  const { logger, nowMs } = context;
  const codes: Record<number, number> = {};
  const totals = { bytes: 0, seconds: 0, slow: 0, aborted: 0, broken: 0 };
  const ending = createSignal();
  // Status is asked for before the port is open and after it is closed, too.
  const scheme = options.tls === undefined ? 'http' : 'https';
  let url = `${scheme}://${options.bind_address}:${options.port}${options.path}`;
  let pages: Pages | undefined;
  let active = 0;
  /** Requests for the page, answered or not. */
  let requests = 0;
  let onIdle = (): void => undefined;

  const guard = options.auth && createGuard(options.auth);
  const server = createWebServer(
    (request, response) => {
      if (guard === undefined || guard.admits(request.headers.authorization)) {
        answer(request, response);
        return;
      }
      // Whatever it is about: a stranger learns nothing of what is here.
      codes[401] = (codes[401] ?? 0) + 1;
      say(response.setHeader('WWW-Authenticate', guard.challenge), 401, 'The page asks for credentials.');
    },
    {
      tls: options.tls && readServerTls(options.tls, 'exporters.prometheus.tls'),
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
  );
  const breakConnections = trackConnections(server);
  /** Never listens, so that nobody comes to it but by `connect`. */
  const inner = createServer(answer);
  const breakInner = trackConnections(inner);

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const [path] = (request.url ?? '').split('?', 1);
    if (path !== options.path && path !== '/') {
      say(response, 404, `Nothing is here. The page is at ${options.path}.`);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      say(response.setHeader('Allow', 'GET, HEAD'), 405, 'Only GET and HEAD are allowed.');
    } else if (path !== options.path) {
      say(response, 200, `Lyrebird serves its workload at ${options.path}.`);
    } else {
      void scrape(request, response);
    }
  }

  async function scrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const beganMs = nowMs();
    const asked: Asked = { tick: null, format: null, outcome: 'served', bytes: 0 };
    const gone = createGone(response);
    let slow = false;
    let cancel = (): void => undefined;
    active++;
    requests++;
    try {
      const spoilt = await spoil(requests, gone);
      // A fault may take longer than a reader.
      cancel = after(MAX_READ_MS, () => {
        slow = true;
        response.destroy();
      });
      await answerScrape(request, response, gone, asked, spoilt);
      codes[response.statusCode] = (codes[response.statusCode] ?? 0) + 1;
    } catch (error) {
      // A write may fail before the response says that it is closed.
      if (error instanceof BrokenByFault) {
        asked.outcome = 'broken';
        totals.broken++;
        response.destroy();
      } else if (error instanceof ReaderGone || request.socket.destroyed) {
        asked.outcome = slow ? 'slow' : 'aborted';
        totals[asked.outcome]++;
        if (slow)
          logger.warn(`a reader of ${options.path} took more than ${MAX_READ_MS / 1000} s and was cut off`);
      } else {
        asked.outcome = 'failed';
        codes[500] = (codes[500] ?? 0) + 1;
        logger.error({ err: error }, 'a scrape failed');
        if (response.headersSent) response.destroy();
        else say(response, 500, 'The page could not be made; the log says why.');
      }
    } finally {
      cancel();
      totals.seconds += (nowMs() - beganMs) / 1000;
      active--;
      context.served?.({ ...asked, status: response.statusCode });
      if (active === 0) onIdle();
    }
  }

  /** What is wrong with a request, once the time has passed that it is held up for. */
  async function spoil(number: number, gone: Promise<never>): Promise<SpoiltScrape | undefined> {
    const { faults } = context;
    if (faults === undefined || pages === undefined || !faults.any('scrape')) return undefined;
    const spoilt = await context
      .read(({ tick }) => faults.scrape(number, tick))
      .catch((error: unknown) => {
        // Without a tick there is no page either, and the answer says so.
        if (error instanceof LyrebirdError) return undefined;
        throw error;
      });
    if (spoilt !== undefined && spoilt.delayMs > 0) await pause(spoilt.delayMs, gone);
    if (spoilt?.breaks === true) throw new BrokenByFault();
    return spoilt;
  }

  /** Ends early when the run does. */
  async function pause(ms: number, gone: Promise<never>): Promise<void> {
    let cancel = (): void => undefined;
    const over = new Promise<void>((resolve) => (cancel = after(ms, resolve)));
    const ended = ending.promise.catch(() => undefined);
    try {
      await Promise.race([over, ended, gone]);
    } finally {
      cancel();
    }
  }

  async function answerScrape(
    request: IncomingMessage,
    response: ServerResponse,
    gone: Promise<never>,
    asked: Asked,
    spoilt: SpoiltScrape | undefined,
  ): Promise<void> {
    const { format, contentType } = negotiate(request.headers.accept);
    asked.format = format;
    if (spoilt?.status !== undefined) {
      asked.outcome = 'refused';
      say(response, spoilt.status, 'There is no page: a fault of this run.');
      return;
    }
    let page: ScrapePage | undefined;
    try {
      if (pages === undefined) throw new LyrebirdError('not_ready', 'the page is being prepared');
      const coming = request.method === 'HEAD' ? context.read(() => undefined) : pages(format);
      page = await whicheverFirst(coming, [ending.promise, gone], (late) => late?.release());
    } catch (error) {
      if (!(error instanceof LyrebirdError)) throw error;
      asked.outcome = 'refused';
      say(
        response.setHeader('Retry-After', RETRY_AFTER_S),
        503,
        `There is no page yet or any more: ${error.message}.`,
      );
      return;
    }
    response
      .setHeader('Content-Type', spoilt?.contentType ?? contentType)
      .setHeader('Vary', 'Accept, Accept-Encoding');
    if (page === undefined) {
      response.end();
      return;
    }
    asked.tick = page.tick ?? null;
    const gzip = options.compression === 'auto' && acceptsGzip(request.headers['accept-encoding']);
    try {
      if (spoilt?.afterBytes !== undefined) {
        asked.bytes = await sendBeginning(response, page, { bytes: spoilt.afterBytes, gone, context });
        totals.bytes += asked.bytes;
        throw new BrokenByFault();
      }
      asked.bytes = await sendPage(response, page, { gzip, gone, context });
      totals.bytes += asked.bytes;
    } finally {
      page.release();
    }
  }

  return {
    name: 'prometheus',
    describe: () => url,
    url: () => url,
    async start(families) {
      const address = await listen(server, {
        host: options.bind_address,
        port: options.port,
        what: 'the workload page',
        hostKey: 'exporters.prometheus.bind_address',
        portKey: 'exporters.prometheus.port',
      });
      url = `${scheme}://${hostOf(address)}${options.path}`;
      server.on('error', (error) => logger.error({ err: error }, 'the server of the workload page failed'));
      try {
        pages = await createPages(families);
      } catch (error) {
        server.close();
        throw error;
      }
    },
    frame() {
      // Readers ask for it.
    },
    change: settings.change,
    async stop(graceMs) {
      ending.raise(new LyrebirdError('stopping', 'the run is ending'));
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      if (active > 0) {
        await new Promise<void>((resolve) => {
          const cancel = after(graceMs, resolve);
          onIdle = () => {
            cancel();
            resolve();
          };
        });
      }
      breakConnections();
      breakInner();
      await closed;
    },
    connect() {
      const [ours, theirs] = duplexPair();
      // Neither side of a pair learns by itself that the other was destroyed.
      ours.once('close', () => theirs.destroy());
      theirs.once('close', () => ours.destroy());
      inner.emit('connection', theirs);
      return ours;
    },
    scrapes: () => ({ codes: { ...codes }, active, ...totals }),
  };
}

/** The connection is to break: a fault of the run. */
class BrokenByFault extends Error {}

/** A sentence instead of a page. */
function say(response: ServerResponse, code: number, sentence: string): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`);
}

/** Something that happens once and fails whatever waits for it. */
function createSignal(): { readonly promise: Promise<never>; raise(error: Error): void } {
  let raise: (error: Error) => void = () => undefined;
  const promise = new Promise<never>((_, reject) => {
    raise = reject;
  });
  promise.catch(() => undefined);
  return { promise, raise };
}

/** The result of `coming` unless one of `obstacles` rejects before; then `discard` gets the result when it comes. */
async function whicheverFirst<T>(
  coming: Promise<T>,
  obstacles: readonly Promise<never>[],
  discard: (late: T) => void,
): Promise<T> {
  try {
    return await Promise.race([coming, ...obstacles]);
  } catch (error) {
    coming.then(discard, () => undefined);
    throw error;
  }
}

function hostOf({ address, family, port }: AddressInfo): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function afterTimer(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
}

/** `endpoint: embedded`: a receiver in this process, and the comparison of what it gets with what a scrape shows. */
import { get } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';

import type { Config } from '../config/schema.ts';
import { storedSeriesOf, type Family } from '../series/family.ts';
import type { Sink, SinkContext } from '../sinks/sink.ts';
import { isBoundary } from '../util/boundary.ts';
import { createParitySink } from '../verify/parity-sink.ts';
import { createParity, type ParityReport } from '../verify/parity.ts';
import { createReceiver } from '../verify/receiver.ts';
import type { Destination } from './destinations.ts';
import type { FaultControl } from './faults.ts';

export interface Embedded {
  /** The config with the receiver's own address in place of `embedded`. */
  readonly config: Config;
  /** Watches the page and the receiver; none without a page to compare. */
  createSink(destinations: readonly Destination[]): Sink | undefined;
  report(): ParityReport | undefined;
  /** Ends the comparison: what has not come by now will not come. Then the receiver closes. */
  close(): Promise<void>;
}

/** Longest wait for a page that is compared. */
const SCRAPE_TIMEOUT_MS = 10_000;

/** Starts the receiver when the config asks for it; `undefined` when it does not. */
export async function embedReceiver(
  config: Config,
  families: readonly Family[],
  context: SinkContext,
  faults: Pick<FaultControl, 'spoiltAt'>,
): Promise<Embedded | undefined> {
  const { otel, prometheus } = config.exporters;
  if (!otel.enabled || otel.endpoint !== 'embedded') return undefined;
  const parity = createParity({
    prefixes: { prometheus: prometheus.prefix, otel: otel.prefix },
    storedSeries: storedSeriesOf(families),
    spoiltAt: (tick) => faults.spoiltAt('scrape', tick) ?? faults.spoiltAt('push', tick),
  });
  const receiver = await createReceiver({
    port: 0,
    httpPort: otel.protocol === 'http' ? 0 : undefined,
    // Decoding shares this process with the run: what is not compared is only counted.
    count: () => parity.tooMany,
    onRequest: (metrics) => {
      parity.received(metrics);
      return undefined;
    },
  });
  const exportTicks = Math.round((otel.export_interval_s * 1000) / context.intervalMs);
  const port = otel.protocol === 'http' ? receiver.httpPort : receiver.port;
  const endpoint = `127.0.0.1:${port}`;
  return {
    config: { ...config, exporters: { ...config.exporters, otel: { ...otel, endpoint, insecure: true } } },
    createSink(destinations) {
      const page = destinations.find(({ sink }) => sink.url !== undefined)?.sink;
      if (page === undefined) return undefined;
      return createParitySink({
        parity,
        isBoundary: (tick) => isBoundary(tick, exportTicks, context.shard),
        // A page that asks for credentials or certificates is had from within, so that none need be at hand here.
        scrape: () =>
          prometheus.auth === undefined && prometheus.tls === undefined
            ? fetchPage(loopback(page.url?.() ?? ''))
            : fetchPage(`http://localhost${prometheus.path}`, page.connect),
        context,
      });
    },
    report: () => (prometheus.enabled ? parity.report() : undefined),
    close() {
      parity.settle();
      return receiver.close();
    },
  };
}

/** Text 0.0.4, over HTTP, as any scraper gets it, or over a connection that is made by `connect`. */
function fetchPage(url: string, connect?: () => Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(
      url,
      {
        headers: { accept: 'text/plain;version=0.0.4' },
        signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS),
        ...(connect === undefined ? { agent: false } : { createConnection: connect }),
      },
      (response) => {
        if (response.statusCode === 200) {
          text(response).then(resolve, reject);
          return;
        }
        response.resume();
        reject(new Error(`${url} answered ${response.statusCode}`));
      },
    );
    request.on('error', reject);
  });
}

/** An address to listen on everywhere is no address to connect to. */
function loopback(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

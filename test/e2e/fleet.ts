// Several runs at once beside one set of real backends: every page is scraped by all that scrape, every run pushes to the
// Collector, which Prometheus scrapes too, or to Prometheus itself. Runs are told apart by the prefixes of their metrics.
import {
  findBackend,
  freePort,
  startCollector,
  startPrometheus,
  startVictoriaMetrics,
  until,
  type BackendName,
  type Collector,
  type Prometheus,
  type QueryApi,
  type VictoriaMetrics,
} from '../support/backends.ts';
import { startLyrebird, stopAll, type Lyrebird } from '../support/lyrebird.ts';
import { expectSame, samplesOfQuery, type differences, type Sample } from './samples.ts';

export interface FleetRun {
  /** Path of the file. */
  readonly config: string;
  readonly client: 'library' | 'direct';
  /** gRPC goes to the Collector, HTTP to Prometheus 3. */
  readonly protocol: 'grpc' | 'http';
}

export interface FleetOptions {
  readonly runs: readonly FleetRun[];
  /** Every run ends after this tick, and holds. */
  readonly lastTick: number;
  readonly scrapeInterval?: string;
  /** Further backends that scrape the pages. */
  readonly scrapers?: readonly ('prometheus-debian' | 'victoria-metrics')[];
}

/** What this machine does not have is `undefined`. */
export interface Fleet {
  readonly prometheus: Prometheus | undefined;
  readonly prometheusDebian: Prometheus | undefined;
  readonly victoriaMetrics: VictoriaMetrics | undefined;
  readonly collector: Collector | undefined;
  /** In the order of the runs. */
  readonly lyrebirds: readonly Lyrebird[];
  stop(): Promise<void>;
}

/** What the metrics of a run begin with on one of its paths. */
export function prefixOf(run: number, path: 'page' | 'otlp'): string {
  return `${path}${run}_`;
}

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { runs, lastTick, scrapeInterval = '1s', scrapers = [] } = options;
  const started: { stop(): Promise<void> }[] = [];
  const start = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    started.push(one);
    return one;
  };
  const ifThere = async <T extends { stop(): Promise<void> }>(
    name: BackendName,
    make: (binary: string) => Promise<T>,
  ): Promise<T | undefined> => {
    const binary = findBackend(name);
    return binary === undefined ? undefined : start(make(binary));
  };

  try {
    const ports = await Promise.all(runs.map(freePort));
    const pages = ports.map((port) => `127.0.0.1:${port}`);
    const collector = await ifThere('otelcol', () => startCollector());
    const targets = collector === undefined ? pages : [...pages, collector.scrapeTarget];
    const [prometheus, prometheusDebian, victoriaMetrics] = await Promise.all([
      ifThere('prometheus', () =>
        startPrometheus({ scrapeTargets: targets, scrapeInterval, otlpReceiver: true }),
      ),
      scrapers.includes('prometheus-debian')
        ? ifThere('prometheus-debian', (binary) =>
            startPrometheus({ binary, scrapeTargets: pages, scrapeInterval }),
          )
        : undefined,
      scrapers.includes('victoria-metrics')
        ? ifThere('victoria-metrics', () => startVictoriaMetrics({ scrapeTargets: pages, scrapeInterval }))
        : undefined,
    ]);
    const lyrebirds = await Promise.all(
      runs.map(({ config, client, protocol }, run) => {
        const endpoint = protocol === 'grpc' ? collector?.otlpGrpcUrl : prometheus?.url;
        return start(
          startLyrebird({
            config,
            args: ['--ticks', String(lastTick), '--hold'],
            // All of them start at once.
            timeoutMs: 60_000,
            sets: {
              'exporters.prometheus.port': ports[run] as number,
              'exporters.prometheus.prefix': prefixOf(run, 'page'),
              'exporters.prometheus.client': client,
              'exporters.otel.prefix': prefixOf(run, 'otlp'),
              'exporters.otel.client': client,
              'exporters.otel.protocol': protocol,
              ...(endpoint === undefined
                ? { 'exporters.otel.enabled': false }
                : { 'exporters.otel.endpoint': endpoint }),
              ...(protocol === 'http' ? { 'exporters.otel.url_path': '/api/v1/otlp/v1/metrics' } : {}),
            },
          }),
        );
      }),
    );
    const stop = () => stopAll(started);
    return { prometheus, prometheusDebian, victoriaMetrics, collector, lyrebirds, stop };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** Waits for the last tick of a run, after which no value changes any more. */
export async function untilHolding(lyrebird: Lyrebird): Promise<void> {
  await until(async () => (await lyrebird.status()).state === 'holding', {
    what: 'the last tick',
    timeoutMs: 30_000,
  });
}

/** Waits until a backend holds these samples under a prefix, and nothing else. */
export async function expectHeld(
  backend: QueryApi | undefined,
  prefix: string,
  expected: readonly Sample[],
  equal?: Parameters<typeof differences>[2],
): Promise<void> {
  if (backend === undefined) throw new Error('the backend was not started');
  await until(
    async () => {
      const results = await backend.query(`{__name__=~"${prefix}.+"}`);
      return expectSame(expected, samplesOfQuery(results, prefix, expected), equal);
    },
    { what: `${expected.length} samples of ${prefix}`, timeoutMs: 20_000, everyMs: 200 },
  );
}

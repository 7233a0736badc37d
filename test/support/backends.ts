// Real backends for end-to-end tests: finding them in the cache that scripts/backends.sh fills, running them on free
// ports of the loopback interface, and asking them what they hold.
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// ---- Finding

export type BackendName =
  | 'prometheus'
  | 'promtool'
  | 'prometheus-debian'
  | 'promtool-debian'
  | 'otelcol'
  | 'victoria-metrics'
  | 'node-exporter'
  | 'chromium';

/** Where scripts/backends.sh puts its programs, by the same rule as there. */
export function backendsDirectory(): string {
  return (
    process.env['LYREBIRD_BACKENDS'] ||
    join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lyrebird', 'backends')
  );
}

/** The path of a backend's program, or undefined if this machine does not have it. */
export function findBackend(name: BackendName): string | undefined {
  const path = join(backendsDirectory(), 'bin', name);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** As `findBackend`, but a missing backend is an error with `CI=true`: there a test must not be skipped. */
export function requireBackend(name: BackendName): string | undefined {
  const path = findBackend(name);
  if (path === undefined && process.env['CI'] === 'true') throw new Error(missing(name));
  return path;
}

/** The path of a backend's program; without it the test is skipped with the reason, and fails with `CI=true`. */
export function backendOrSkip(context: { skip(note?: string): never }, name: BackendName): string {
  return requireBackend(name) ?? context.skip(missing(name));
}

function missing(name: BackendName): string {
  return `backend ${name} is missing in ${backendsDirectory()}: run scripts/backends.sh`;
}

// ---- Waiting

export interface UntilOptions {
  /** What is waited for, as the end of "timed out waiting for ...". */
  readonly what: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** Ends the wait at once, as when the process that would bring the condition about is dead. */
  readonly signal?: AbortSignal;
}

/**
 * Calls `condition` until it gives something other than false, null or undefined, and returns that (so 0 counts).
 * A condition that throws is not met yet; the last error ends up in the message when time is up.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 15_000, everyMs = 50, signal }: UntilOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const timeUp = Symbol('time up');
  const deadline = performance.now() + timeoutMs;
  const controller = new AbortController();
  // The bound holds for a condition that never settles, too.
  const timer = sleep(timeoutMs, timeUp, { signal: controller.signal }).catch(() => timeUp);
  let last: Error | undefined;
  try {
    for (;;) {
      signal?.throwIfAborted();
      try {
        const value = await Promise.race([Promise.resolve().then(condition), timer]);
        if (value === timeUp) break;
        if (value !== false && value !== null && value !== undefined)
          return value as Exclude<T, false | null | undefined>;
        last = undefined;
      } catch (error) {
        last = error instanceof Error ? error : new Error(String(error));
      }
      if (performance.now() + everyMs >= deadline) break;
      await sleep(everyMs);
    }
  } finally {
    controller.abort();
  }
  const why = last === undefined ? '' : `: ${last.message}`;
  throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}${why}`, { cause: last });
}

const handedOut = new Set<number>();

/**
 * A port of 127.0.0.1 that nobody listens on, never the same twice. It is below the range from which systems take
 * ports of their own accord, so that no other socket slips in between this call and the one that listens.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if (!handedOut.has(port) && (await isFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error('found no free port');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

// ---- Processes

export interface StartOptions {
  readonly cwd?: string;
  /** Added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ready when a GET of this address gives a 2xx ... */
  readonly readyUrl?: string;
  /** ... or when this gives true; it sees what the process has printed so far. Without either: once it runs. */
  readonly ready?: (output: string) => boolean | Promise<boolean>;
  readonly timeoutMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly pid: number;
  /** Standard output and error as they came, the last million characters. */
  output(): string;
  /** Fulfilled when the process has ended and all its output is here; never rejected. */
  readonly exited: Promise<Exit>;
  /** Sends a signal to this process and does not wait. */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL if it has not ended in `graceMs` (5 s). Any number of calls. */
  stop(graceMs?: number): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program and waits until it is ready; rejects with what it printed if it ends or is not ready in time. */
export async function startProcess(
  command: string,
  args: readonly string[],
  { cwd, env, readyUrl, ready, timeoutMs = 30_000 }: StartOptions = {},
): Promise<RunningProcess> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  running.add(child);

  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (printed = (printed + text).slice(-1_000_000)));
  }
  const ended = new AbortController();
  const exited = new Promise<Exit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      ended.abort(new Error(`it ended with ${signal ?? `exit code ${code}`}`));
      resolve({ code, signal });
    };
    child.once('exit', (code, signal) => {
      running.delete(child);
      // A child of its own may live on and hold the pipes open.
      const late = setTimeout(end, 500, code, signal);
      child.once('close', () => {
        clearTimeout(late);
        end(code, signal);
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      running.delete(child);
      reject(new Error(`cannot start ${command}: ${error.message}`, { cause: error }));
    });
  });

  const process_: RunningProcess = {
    pid: child.pid as number,
    output: () => printed,
    exited,
    signal: (signal) => void child.kill(signal),
    async stop(graceMs = 5_000) {
      // `kill` does nothing to a child that has ended, even if its number has been given to another process.
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(kill);
    },
  };

  const isReady = ready ?? (readyUrl === undefined ? undefined : () => respondsOk(readyUrl));
  if (isReady !== undefined) {
    try {
      await until(() => isReady(printed), { what: 'it to be ready', timeoutMs, signal: ended.signal });
    } catch (error) {
      await process_.stop(1_000);
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${command} is not ready: ${reason}\n${printed.slice(-4_000)}`, { cause: error });
    }
  }
  return process_;
}

async function respondsOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  return response.ok;
}

// ---- The query API that Prometheus and VictoriaMetrics share

export type Labels = Readonly<Record<string, string>>;

export interface QuerySample {
  /** With `__name__`, if the expression kept it. */
  readonly labels: Labels;
  readonly value: number;
  /** As the backend printed it. */
  readonly text: string;
  /** Seconds since 1970. */
  readonly time: number;
}

export interface QuerySeries {
  readonly labels: Labels;
  readonly points: readonly { readonly time: number; readonly value: number }[];
}

export interface QueryApi {
  /** Evaluates an expression that gives an instant vector or a scalar; `time` in seconds since 1970, default now. */
  query(expression: string, time?: number | Date): Promise<QuerySample[]>;
  /** Evaluates a range selector such as `up[5m]`: the stored points themselves, with their own times. */
  points(selector: string, time?: number | Date): Promise<QuerySeries[]>;
  /** The label sets, with `__name__`, of all series that one of the selectors matches. */
  series(match: string | readonly string[]): Promise<Labels[]>;
}

/** Asks the query API below an address such as `http://127.0.0.1:9090`. */
export function queryApi(url: string): QueryApi {
  async function call(path: string, parameters: URLSearchParams): Promise<unknown> {
    const response = await fetch(`${url}/api/v1/${path}`, {
      method: 'POST',
      body: parameters,
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} ${parameters.toString()}: ${response.status} ${text}`);
    return (JSON.parse(text) as { data: unknown }).data;
  }

  async function evaluate(expression: string, time: number | Date | undefined): Promise<QueryData> {
    const parameters = new URLSearchParams({ query: expression });
    if (time !== undefined) {
      parameters.set('time', String(time instanceof Date ? time.getTime() / 1000 : time));
    }
    return (await call('query', parameters)) as QueryData;
  }

  return {
    async query(expression, time) {
      const data = await evaluate(expression, time);
      if (data.resultType === 'scalar') return [toSample({}, data.result)];
      if (data.resultType === 'vector') {
        return data.result.map(({ metric, value }) => {
          if (value === undefined) throw new Error(`${expression} gives a native histogram`);
          return toSample(metric, value);
        });
      }
      throw new Error(`${expression} gives a ${data.resultType}, not a vector`);
    },
    async points(selector, time) {
      const data = await evaluate(selector, time);
      if (data.resultType !== 'matrix')
        throw new Error(`${selector} gives a ${data.resultType}, not a range`);
      return data.result.map(({ metric, values = [] }) => ({
        labels: metric,
        points: values.map(([at, text]) => ({ time: at, value: parseValue(text) })),
      }));
    },
    async series(match) {
      const parameters = new URLSearchParams();
      for (const selector of typeof match === 'string' ? [match] : match) {
        parameters.append('match[]', selector);
      }
      return (await call('series', parameters)) as Labels[];
    },
  };
}

type TimeAndText = readonly [time: number, text: string];

/** A native histogram comes without `value`, respectively `values`. */
type QueryData =
  | { resultType: 'scalar'; result: TimeAndText }
  | { resultType: 'vector'; result: { metric: Labels; value?: TimeAndText }[] }
  | { resultType: 'matrix'; result: { metric: Labels; values?: TimeAndText[] }[] };

function toSample(labels: Labels, [time, text]: TimeAndText): QuerySample {
  return { labels, value: parseValue(text), text, time };
}

function parseValue(text: string): number {
  return text.endsWith('Inf') ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

// ---- Backends

export interface ScrapeTarget {
  /** `host:port`. */
  readonly target: string;
  readonly job?: string;
  readonly path?: string;
  /** Labels that only this target gets, to tell paths apart whose series have the same `job` and `instance`. */
  readonly labels?: Labels;
}

/** A backend in a directory of its own, which `stop` removes. */
export interface Backend {
  readonly process: RunningProcess;
  stop(): Promise<void>;
}

export interface QueryBackend extends Backend, QueryApi {
  readonly url: string;
  readonly remoteWriteUrl: string;
}

export interface PrometheusOptions {
  /** Default: the `prometheus` of the cache, a 3.x. */
  readonly binary?: string;
  /** A whole configuration, in place of the one that the next three options make. */
  readonly config?: string;
  readonly scrapeTargets?: readonly (string | ScrapeTarget)[];
  /** Also the scrape timeout. Default `1s`. */
  readonly scrapeInterval?: string;
  /** YAML that is added at the top level, such as an `otlp:` section. */
  readonly extraConfig?: string;
  /** OTLP over HTTP at `otlpUrl`; 3.x only. */
  readonly otlpReceiver?: boolean;
  readonly remoteWriteReceiver?: boolean;
  readonly args?: readonly string[];
}

export interface Prometheus extends QueryBackend {
  /** For the OTLP/HTTP exporter of a Collector; the metrics go to `/v1/metrics` below it. */
  readonly otlpUrl: string;
}

export async function startPrometheus(options: PrometheusOptions = {}): Promise<Prometheus> {
  const binary = options.binary ?? orThrow('prometheus');
  const url = `http://127.0.0.1:${await freePort()}`;
  const config = options.config ?? scrapeConfig(options);
  const backend = await startInDirectory({ 'prometheus.yaml': config }, (directory) =>
    startProcess(
      binary,
      [
        `--config.file=${join(directory, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=${new URL(url).host}`,
        // Otherwise 3.x makes its first scrape five seconds late. (2.x does so anyway.)
        '--scrape.discovery-reload-interval=100ms',
        ...(options.otlpReceiver ? ['--web.enable-otlp-receiver'] : []),
        ...(options.remoteWriteReceiver ? ['--web.enable-remote-write-receiver'] : []),
        ...(options.args ?? []),
      ],
      { cwd: directory, readyUrl: `${url}/-/ready` },
    ),
  );
  return {
    ...backend,
    ...queryApi(url),
    url,
    otlpUrl: `${url}/api/v1/otlp`,
    remoteWriteUrl: `${url}/api/v1/write`,
  };
}

/** One job for each target; the labels of the page win over those of the target. */
function scrapeConfig({
  scrapeTargets = [],
  scrapeInterval = '1s',
  extraConfig = '',
}: Pick<PrometheusOptions, 'scrapeTargets' | 'scrapeInterval' | 'extraConfig'>): string {
  const jobs = scrapeTargets.map((entry, index) => {
    const {
      target,
      job,
      path,
      labels = {},
    }: ScrapeTarget = typeof entry === 'string' ? { target: entry } : entry;
    return {
      job_name: job ?? `target-${index}`,
      honor_labels: true,
      metrics_path: path ?? '/metrics',
      static_configs: [{ targets: [target], labels }],
    };
  });
  // JSON is YAML.
  const global = { scrape_interval: scrapeInterval, scrape_timeout: scrapeInterval };
  return `global: ${JSON.stringify(global)}\nscrape_configs: ${JSON.stringify(jobs)}\n${extraConfig}`;
}

export interface NodeExporter {
  /** Of its page. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The metrics of this machine, as people know them. */
export async function startNodeExporter(): Promise<NodeExporter> {
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}/metrics`;
  const process_ = await startProcess(orThrow('node-exporter'), [`--web.listen-address=${address}`], {
    readyUrl: url,
  });
  return { url, stop: () => process_.stop() };
}

export interface VictoriaMetricsOptions {
  readonly binary?: string;
  readonly scrapeTargets?: readonly (string | ScrapeTarget)[];
  readonly scrapeInterval?: string;
  readonly args?: readonly string[];
}

export interface VictoriaMetrics extends QueryBackend {
  /** Text pages can be posted here. */
  readonly importUrl: string;
}

/**
 * VictoriaMetrics keeps values as decimals: integers below 2^53 and short fractions come back as they were, but
 * 0.30000000000000004 as 0.3.
 */
export async function startVictoriaMetrics(options: VictoriaMetricsOptions = {}): Promise<VictoriaMetrics> {
  const binary = options.binary ?? orThrow('victoria-metrics');
  const url = `http://127.0.0.1:${await freePort()}`;
  const backend = await startInDirectory({ 'scrape.yaml': scrapeConfig(options) }, (directory) =>
    startProcess(
      binary,
      [
        `-storageDataPath=${join(directory, 'data')}`,
        `-promscrape.config=${join(directory, 'scrape.yaml')}`,
        `-httpListenAddr=${new URL(url).host}`,
        // Old points stay, new ones are not held back: queries see what was sent.
        '-retentionPeriod=100y',
        '-search.latencyOffset=0s',
        '-search.disableCache',
        ...(options.args ?? []),
      ],
      { cwd: directory, readyUrl: `${url}/health` },
    ),
  );
  const api = queryApi(url);
  // Without a flush it shows new points late, and remembers for ten seconds that a series was not there.
  async function flush() {
    if (!(await respondsOk(`${url}/internal/force_flush`))) throw new Error('the flush was refused');
  }
  return {
    ...backend,
    query: (...args) => flush().then(() => api.query(...args)),
    points: (...args) => flush().then(() => api.points(...args)),
    series: (...args) => flush().then(() => api.series(...args)),
    url,
    remoteWriteUrl: `${url}/api/v1/write`,
    importUrl: `${url}/api/v1/import/prometheus`,
  };
}

export interface CollectorPorts {
  readonly otlpGrpcPort: number;
  readonly otlpHttpPort: number;
  /** For the prometheus exporter. */
  readonly prometheusPort: number;
}

export interface CollectorOptions {
  readonly binary?: string;
  /** The ports of an earlier one, to take its place after it was stopped. */
  readonly ports?: CollectorPorts;
}

export interface Collector extends Backend, CollectorPorts {
  /** `http://host:port`, for OTLP over gRPC. */
  readonly otlpGrpcUrl: string;
  /** `http://host:port`; metrics go to `/v1/metrics` below it. */
  readonly otlpHttpUrl: string;
  /** `host:port` of the prometheus exporter, as a scrape target. */
  readonly scrapeTarget: string;
}

/** Starts the Collector with the configuration that `config` writes for the ports it is given. */
export async function startCollector(
  config: (ports: CollectorPorts) => string = collectorConfig,
  options: CollectorOptions = {},
): Promise<Collector> {
  const binary = options.binary ?? orThrow('otelcol');
  const ports = options.ports ?? {
    otlpGrpcPort: await freePort(),
    otlpHttpPort: await freePort(),
    prometheusPort: await freePort(),
  };
  const backend = await startInDirectory({ 'otelcol.yaml': config(ports) }, (directory) =>
    startProcess(binary, ['--config', join(directory, 'otelcol.yaml')], {
      cwd: directory,
      ready: (output) => output.includes('Everything is ready'),
    }),
  );
  return {
    // First, because an earlier Collector may stand for its ports, and has a process of its own.
    ...ports,
    ...backend,
    otlpGrpcUrl: `http://127.0.0.1:${ports.otlpGrpcPort}`,
    otlpHttpUrl: `http://127.0.0.1:${ports.otlpHttpPort}`,
    scrapeTarget: `127.0.0.1:${ports.prometheusPort}`,
  };
}

export interface CollectorExporters {
  /** Options of the prometheus exporter on `prometheusPort`, or false for none. Default: the Collector's own. */
  readonly prometheus?: Readonly<Record<string, unknown>> | false;
  /** Where the remote write exporter writes to, if anywhere. */
  readonly remoteWriteUrl?: string;
  /** Where the OTLP/HTTP exporter sends to, if anywhere, without `/v1/metrics`. */
  readonly otlpHttpUrl?: string;
  /** The debug exporter prints every point into the Collector's output. */
  readonly debug?: boolean;
}

/** A configuration that hands every metric received over OTLP, gRPC or HTTP, to each of the exporters. */
export function collectorConfig(ports: CollectorPorts, exporters: CollectorExporters = {}): string {
  const { prometheus = {}, remoteWriteUrl, otlpHttpUrl, debug = false } = exporters;
  const chosen = {
    ...(prometheus === false
      ? {}
      : { prometheus: { endpoint: `127.0.0.1:${ports.prometheusPort}`, ...prometheus } }),
    ...(remoteWriteUrl === undefined ? {} : { prometheus_remote_write: { endpoint: remoteWriteUrl } }),
    ...(otlpHttpUrl === undefined ? {} : { otlp_http: { endpoint: otlpHttpUrl } }),
    ...(debug ? { debug: { verbosity: 'detailed' } } : {}),
  };
  return JSON.stringify({
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `127.0.0.1:${ports.otlpGrpcPort}` },
          http: { endpoint: `127.0.0.1:${ports.otlpHttpPort}` },
        },
      },
    },
    exporters: chosen,
    service: {
      // Its own metrics would take a port of their own.
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], exporters: Object.keys(chosen) } },
    },
  });
}

function orThrow(name: BackendName): string {
  const path = findBackend(name);
  if (path === undefined) throw new Error(missing(name));
  return path;
}

/** Writes files into a new directory and starts a backend there; the directory goes when the backend is stopped. */
async function startInDirectory(
  files: Readonly<Record<string, string>>,
  start: (directory: string) => Promise<RunningProcess>,
): Promise<Backend> {
  const directory = await mkdtemp(join(tmpdir(), 'lyrebird-backend-'));
  const remove = () => rm(directory, { recursive: true, force: true, maxRetries: 5 });
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    const started = await start(directory);
    return {
      process: started,
      async stop() {
        await started.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

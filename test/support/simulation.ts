/** Real simulations whose time the test moves, and what both of their paths show. */
import { expect, onTestFinished } from 'vitest';

import { createApp } from '../../src/api/app.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { Config } from '../../src/config/schema.ts';
import { createManualClock, type Clock, type ManualClock } from '../../src/engine/clock.ts';
import type { Simulation } from '../../src/simulation/contract.ts';
import { renderPage, type RenderOptions } from '../../src/simulation/render.ts';
import { createSimulation, type SimulationOptions } from '../../src/simulation/simulation.ts';
import type { Status } from '../../src/simulation/status.ts';
import { createMemorySink, type MemoryFrame, type MemorySeries } from '../../src/sinks/memory.ts';
import { yieldNow } from '../../src/util/turns.ts';
import { createReceiver } from '../../src/verify/receiver.ts';
import type { DecodedMetric } from '../../src/wire/otlp-decode.ts';
import { until } from './backends.ts';
import { createTestLogger, type LogLine } from './sources.ts';

/** `exporters` of a run that opens no port. */
export const NO_EXPORTERS = { prometheus: { enabled: false }, otel: { enabled: false } } as const;

/** `prometheus` on a free port of this machine. */
export const FREE_PAGE = { port: 0, bind_address: '127.0.0.1' } as const;

/** Where a run begins unless its file says so. */
export const START_MS = Date.UTC(2026, 0, 1);

/** A tick of a second, and no exporter unless the file names one. */
export function configOf(input: object): Config {
  return parseConfig({ exporters: NO_EXPORTERS, ...input });
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface TestSimulation {
  readonly simulation: Simulation;
  readonly clock: ManualClock;
  readonly lines: readonly LogLine[];
  /** Log levels that were set through the API. */
  readonly levels: readonly string[];
  /** Fulfilled with what ended the run, an error or undefined. */
  readonly ended: Promise<Error | undefined>;
  /** Lets so many ticks go by. */
  ticks(count: number): Promise<void>;
  /** The tick last shown. */
  frame(): MemoryFrame;
  /** A metric's series as last shown, in slot order. */
  series(metric: string): readonly MemorySeries[];
  /** Values of a metric with one series, at every tick so far. */
  history(metric: string): number[];
  /** A request to the control API. */
  ask(method: string, path: string, body?: unknown): Promise<JsonAnswer>;
  /** Lyrebird's own metrics, as text. */
  selfMetrics(): Promise<string>;
  /** The workload page, over HTTP. */
  page(accept?: string): Promise<string>;
  /** Ends the run and waits until it has. */
  stop(): Promise<void>;
}

/** Starts a run under a clock that stands still after birth; it is stopped when the test is over. */
export async function startSimulation(
  input: object,
  options: Partial<Omit<SimulationOptions, 'clock'>> & { readonly clock?: ManualClock } = {},
): Promise<TestSimulation> {
  const { clock = createManualClock(START_MS), sinks = [], ...rest } = options;
  const config = configOf(input);
  const { lines, logger } = createTestLogger();
  const levels: string[] = [];
  const memory = createMemorySink({ frames: 10_000 });
  const simulation = await createSimulation(config, {
    logger,
    ...rest,
    clock,
    sinks: [() => memory, ...sinks],
  });
  const app = createApp(simulation, { logger, setLogLevel: (level) => levels.push(level), version: '1.2.3' });
  const ended = runOf(simulation);
  const stop = async (): Promise<void> => {
    simulation.stop();
    await ended;
  };
  onTestFinished(stop);
  const intervalMs = config.global.tick_interval_s * 1000;
  /** Sockets and libraries may take longer than the clock waits for. */
  const settle = async (isSettled: () => boolean): Promise<void> => {
    while (!isSettled() && ['starting', 'running'].includes(simulation.status().state)) await yieldNow();
  };
  await settle(() => simulation.ready());

  const frame = (): MemoryFrame => {
    const last = memory.frames().at(-1);
    if (last === undefined) throw new Error('no tick was shown yet');
    return last;
  };
  return {
    simulation,
    clock,
    lines,
    levels,
    ended,
    async ticks(count) {
      for (let tick = 0; tick < count; tick++) {
        await clock.advance(intervalMs);
        await settle(() => frame().wallMs + intervalMs > clock.wallMs());
      }
    },
    frame,
    series: (metric) => seriesOf(frame(), metric),
    history: (metric) =>
      memory.frames().map((shown) => {
        const [one, ...others] = seriesOf(shown, metric);
        if (one?.value === undefined || others.length > 0) throw new Error(`${metric} is not one value`);
        return one.value;
      }),
    async ask(method, path, body) {
      const response = await app.request(path, {
        method,
        ...(body !== undefined && {
          body: JSON.stringify(body),
          headers: { 'Content-Type': 'application/json' },
        }),
      });
      return { status: response.status, body: (await response.json()) as JsonAnswer['body'] };
    },
    selfMetrics: async () => (await app.request('/metrics')).text(),
    page: (accept) => fetchPage(pageUrlOf(simulation.status()), accept),
    stop,
  };
}

/** Runs a simulation by real time; it is stopped when the test is over. */
export async function startLive(
  input: object,
  options: Partial<SimulationOptions> & { readonly clock?: Clock } = {},
) {
  const { lines, logger } = createTestLogger();
  const simulation = await createSimulation(configOf(input), { logger, ...options });
  const ended = runOf(simulation);
  onTestFinished(async () => {
    simulation.stop();
    await ended;
  });
  return { simulation, lines, ended };
}

function runOf(simulation: Simulation): Promise<Error | undefined> {
  return simulation.run().then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

export function seriesOf(frame: MemoryFrame, metric: string): readonly MemorySeries[] {
  const family = frame.families.find(({ name }) => name === metric);
  if (family === undefined) throw new Error(`there is no ${metric}`);
  return family.series;
}

// ---- Pages

/** The page of a tick as `lyrebird render` prints it. */
export async function renderText(
  config: Config,
  tick: number,
  options: Partial<RenderOptions> = {},
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of renderPage(config, { tick, format: 'text', ...options }))
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

export async function fetchPage(url: string, accept = 'text/plain;version=0.0.4'): Promise<string> {
  const response = await fetch(url, { headers: { accept } });
  expect(response.status).toBe(200);
  return response.text();
}

/** Where the workload page of a run is. */
export function pageUrlOf({ exporters }: Status): string {
  const page = exporters.find(({ protocol }) => protocol === 'prometheus');
  if (page === undefined) throw new Error('the run has no page');
  return page.description;
}

/** The lines of a page that begin with a name of a sample, and that name only. */
export function linesOf(page: string, sample: string): string[] {
  return page.split('\n').filter((line) => line.startsWith(`${sample}{`) || line.startsWith(`${sample} `));
}

// ---- A backend for OTLP

export interface TestBackend {
  /** `exporters.otel` of a run that pushes to it on every tick of a second. */
  readonly otel: { readonly endpoint: string; readonly export_interval_s: number };
  /** The metrics that came for the newest tick, by name. */
  readonly newest: ReadonlyMap<string, DecodedMetric>;
  /** Waits for the metrics of a tick, given its wall time, and returns them by name. */
  arrived(wallMs: number, names: readonly string[]): Promise<ReadonlyMap<string, DecodedMetric>>;
}

/** A receiver of OTLP over gRPC on a free port, which decodes strictly; closed when the test is over. */
export async function startBackend(): Promise<TestBackend> {
  const byTime = new Map<number, Map<string, DecodedMetric>>();
  const receiver = await createReceiver({
    port: 0,
    onRequest(metrics) {
      for (const metric of metrics) {
        const timeMs = metric.points[0]?.timeMs ?? 0;
        const tick = byTime.get(timeMs) ?? new Map<string, DecodedMetric>();
        byTime.set(timeMs, tick.set(metric.name, metric));
      }
      return undefined;
    },
  });
  onTestFinished(() => receiver.close());
  return {
    otel: { endpoint: `127.0.0.1:${receiver.port}`, export_interval_s: 1 },
    get newest() {
      return byTime.get(Math.max(...byTime.keys())) ?? new Map<string, DecodedMetric>();
    },
    arrived: (wallMs, names) =>
      until(
        () => {
          const tick = byTime.get(wallMs);
          return tick !== undefined && names.every((name) => tick.has(name)) && tick;
        },
        { what: `${names.join(', ')} over OTLP`, everyMs: 5 },
      ),
  };
}

/** Lyrebird as its users run it: the command, in processes of its own, on free ports. */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { totalmem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Status } from '../simulation/status.ts';
import type { LoopDelay } from './loop-delay.ts';
import type { ToolJob } from './tool.ts';

/** Heap for a run on the libraries; direct runs get by with the default. */
const LIBRARY_HEAP_MB = Math.floor((totalmem() / 2 ** 20) * 0.6);

const START_LIMIT_MS = 10 * 60_000;

export interface RunOptions {
  /** Path of a file, or what one would hold. */
  readonly config: string | object;
  readonly client: 'direct' | 'library';
  /** Seconds between ticks; that of exports is the same unless told. */
  readonly intervalS?: number;
  readonly exportIntervalS?: number;
  /** Watches the event loop from inside. */
  readonly watchLoop?: boolean;
}

/** What a page was, seen from outside. */
export interface Scrape {
  /** From the request to the last byte. */
  readonly ms: number;
  readonly bytes: number;
}

export interface Run {
  /** From the start of the process to the end of its first page. */
  readonly firstPageMs: number;
  status(): Promise<Status>;
  scrape(): Promise<Scrape>;
  /** Resident memory, and its peak, in bytes. */
  memory(): { readonly resident: number; readonly peak: number };
  /** Delays of the event loop since this was last asked. Needs `watchLoop`. */
  loopDelay(): Promise<LoopDelay>;
  /** Waits until a condition of the status holds. */
  until(holds: (status: Status) => boolean): Promise<Status>;
  /** Points that the receiver has taken over OTLP, as the run counts them. */
  accepted(status: Status): number;
  stop(): Promise<void>;
}

/** Starts `lyrebird receive --count` and `lyrebird run` with both protocols on, and waits for the first page. */
export async function startRun(options: RunOptions): Promise<Run> {
  const { client, intervalS, exportIntervalS = intervalS } = options;
  const folder = await mkdtemp(join(tmpdir(), 'lyrebird-bench-'));
  const receiver = await startReceiver();
  const [pagePort, controlPort] = [await freePort(), await freePort()];
  const file = typeof options.config === 'string' ? options.config : join(folder, 'bench.yaml');
  // JSON is YAML.
  if (typeof options.config !== 'string') await writeFile(file, JSON.stringify(options.config));
  const sets = {
    'exporters.prometheus.client': client,
    'exporters.prometheus.port': pagePort,
    'exporters.prometheus.bind_address': '127.0.0.1',
    'exporters.otel.client': client,
    'exporters.otel.endpoint': `127.0.0.1:${receiver.port}`,
    'global.control_api_port': controlPort,
    ...(intervalS === undefined ? {} : { 'global.tick_interval_s': intervalS }),
    ...(exportIntervalS === undefined ? {} : { 'exporters.otel.export_interval_s': exportIntervalS }),
  };
  const execArgv = client === 'library' ? [`--max-old-space-size=${LIBRARY_HEAP_MB}`] : [];
  if (options.watchLoop === true) execArgv.push('--import', new URL('./loop-delay.js', import.meta.url).href);

  const began = performance.now();
  const child = startProcess(
    '../cli/main.js',
    ['run', '-c', file, ...Object.entries(sets).flatMap(([key, value]) => ['--set', `${key}=${value}`])],
    execArgv,
  );
  const agent = new http.Agent({ keepAlive: true });
  const pageUrl = `http://127.0.0.1:${pagePort}/metrics`;
  const statusUrl = `http://127.0.0.1:${controlPort}/status`;

  const status = async (): Promise<Status> => {
    const chunks: Buffer[] = [];
    await get(statusUrl, agent, (chunk) => void chunks.push(chunk));
    return JSON.parse(Buffer.concat(chunks).toString()) as Status;
  };
  const scrape = async (): Promise<Scrape> => {
    const from = performance.now();
    let bytes = 0;
    await get(pageUrl, agent, (chunk) => {
      bytes += chunk.length;
    });
    return { ms: performance.now() - from, bytes };
  };
  const stop = async (): Promise<void> => {
    agent.destroy();
    await child.stop();
    await receiver.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    await retry(scrape, child);
  } catch (error) {
    await stop();
    throw error;
  }
  const firstPageMs = performance.now() - began;
  return {
    firstPageMs,
    status: () => retry(status, child),
    scrape,
    memory: () => memoryOf(child.pid),
    loopDelay: () => child.ask<LoopDelay>('loop delay'),
    async until(holds) {
      for (;;) {
        const now = await retry(status, child);
        if (holds(now)) return now;
        await sleep(50);
      }
    },
    accepted: ({ exporters }) => exporters.find(({ protocol }) => protocol === 'otel')?.points?.accepted ?? 0,
    stop,
  };
}

/** A process that holds series in the client libraries, and what memory it takes. */
export async function measureTool(
  job: ToolJob,
): Promise<{ readonly resident: number; readonly peak: number }> {
  const child = startProcess('./tool.js', [], [`--max-old-space-size=${LIBRARY_HEAP_MB}`]);
  try {
    await child.ask(job);
    return memoryOf(child.pid);
  } finally {
    await child.stop();
  }
}

export interface ReceiverProcess {
  readonly port: number;
  /** Throws when the process has ended, with what it said. */
  assertRunning(): void;
  stop(): Promise<void>;
}

/** `lyrebird receive --count`: takes everything, and looks only at how much it is. */
export async function startReceiver(): Promise<ReceiverProcess> {
  const port = await freePort();
  const child = startProcess(
    '../cli/main.js',
    ['receive', '--count', '--grpc-port', String(port), '--http-port', '0'],
    [],
  );
  return { port, assertRunning: child.assertRunning, stop: child.stop };
}

interface Process {
  readonly pid: number;
  /** Throws when the process has ended, with what it said. */
  assertRunning(): void;
  /** Sends a message; gives the answer. Rejects when the process ends instead. */
  ask<Answer>(question: string | object): Promise<Answer>;
  stop(): Promise<void>;
}

/** Starts a module of ours by its path from this one. */
function startProcess(module: string, args: readonly string[], execArgv: readonly string[]): Process {
  const child: ChildProcess = fork(fileURLToPath(new URL(module, import.meta.url)), args, {
    execArgv: ['--import', new URL('./tether.js', import.meta.url).href, ...execArgv],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return {
    pid: child.pid ?? 0,
    assertRunning() {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(
          `${[module, ...args].slice(0, 2).join(' ')} ended by ${child.signalCode ?? `exit code ${child.exitCode}`}: ${said.trim()}`,
        );
      }
    },
    ask: (question) =>
      new Promise((resolve, reject) => {
        child.once('message', resolve);
        child.once('exit', () => reject(new Error(`${module} ended without an answer: ${said.trim()}`)));
        child.send(question, (error) => {
          if (error !== null) reject(error);
        });
      }),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Tries until it works, the process ends, or time is up: a server opens its port some time after its start. */
async function retry<T>(task: () => Promise<T>, child: Process): Promise<T> {
  const from = performance.now();
  for (;;) {
    try {
      return await task();
    } catch (error) {
      child.assertRunning();
      if (performance.now() - from > START_LIMIT_MS) throw error;
      await sleep(10);
    }
  }
}

/** Reads a body; rejects on any status but 200. */
function get(url: string, agent: http.Agent, onChunk: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      response.on('data', onChunk);
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url}: ${response.statusCode}`));
      });
    });
    request.on('error', reject);
  });
}

/** Resident memory as Linux counts it. */
function memoryOf(pid: number): { resident: number; peak: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string): number => {
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
    return Number(kilobytes) * 1024;
  };
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

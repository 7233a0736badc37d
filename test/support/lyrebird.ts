// The program as its users run it: `node dist/cli/main.js ...` as a child process, on free ports, with a temporary file.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { stringify } from 'yaml';

import type { Status } from '../../src/simulation/status.ts';
import { freePort, startProcess, type RunningProcess } from './backends.ts';

/** The top of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const program = join(root, 'dist', 'cli', 'main.js');

/** What a developer's shell may have set would change what a file says. */
const NO_OVERRIDES = {
  LOG_LEVEL: '',
  OTEL_ENDPOINT: '',
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
  OTEL_EXPORTER_OTLP_HEADERS: '',
};

function assertBuilt(): void {
  if (!existsSync(program)) throw new Error('dist/cli/main.js is not there: npm run build');
}

// ---- Files

/** A temporary directory, and files in it. */
export interface Workspace {
  readonly directory: string;
  /** Writes text as it is, anything else as YAML; gives the path. */
  write(name: string, content: unknown): Promise<string>;
  remove(): Promise<void>;
}

export async function createWorkspace(): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), 'lyrebird-e2e-'));
  return {
    directory,
    async write(name, content) {
      const path = join(directory, name);
      await writeFile(path, typeof content === 'string' ? content : stringify(content));
      return path;
    },
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}

// ---- Commands that end by themselves

export interface Finished {
  /** `null` when a signal ended it, as when time is up. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Options of node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runs a command to its end. */
export function runLyrebird(
  args: readonly string[],
  { nodeArgs = [], env = {}, timeoutMs = 30_000 }: RunOptions = {},
): Promise<Finished> {
  assertBuilt();
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...nodeArgs, program, ...args],
      {
        cwd: root,
        env: { ...process.env, ...NO_OVERRIDES, ...env },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 256 * 1024 * 1024,
      },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

// ---- Runs

export interface LyrebirdOptions {
  /** Path of the file. */
  readonly config: string;
  /** `key.path` -> value, each a `--set`. Ports are free ones unless they are among these. */
  readonly sets?: Readonly<Record<string, string | number | boolean>>;
  /** Further arguments of `run`, such as `--ticks`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Lyrebird {
  readonly process: RunningProcess;
  /** `host:port` of the page, as a scrape target. */
  readonly scrapeTarget: string;
  readonly pageUrl: string;
  readonly controlUrl: string;
  status(): Promise<Status>;
  /** Posts JSON to a route of the control API; gives the status and the parsed body. */
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  /** The page. */
  page(): Promise<string>;
  stop(): Promise<void>;
}

/** Arguments of a `run` on free ports, and those ports. */
export async function runArguments({ config, sets = {}, args = [] }: LyrebirdOptions): Promise<{
  readonly args: readonly string[];
  readonly port: number;
  readonly controlPort: number;
}> {
  const port = Number(sets[PORT] ?? (await freePort()));
  const controlPort = Number(sets[CONTROL_PORT] ?? (await freePort()));
  const all = { ...sets, [PORT]: port, [CONTROL_PORT]: controlPort };
  const setArgs = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  return { args: ['run', '-c', config, ...setArgs, ...args], port, controlPort };
}

const PORT = 'exporters.prometheus.port';
const CONTROL_PORT = 'global.control_api_port';

/** Starts a run and waits until it is ready: tick 0 is shown, sinks are open. */
export async function startLyrebird(options: LyrebirdOptions): Promise<Lyrebird> {
  assertBuilt();
  const { args, port, controlPort } = await runArguments(options);
  const controlUrl = `http://127.0.0.1:${controlPort}`;
  const pageUrl = `http://127.0.0.1:${port}/metrics`;
  const child = await startProcess(process.execPath, [program, ...args], {
    cwd: root,
    env: { ...NO_OVERRIDES, ...options.env },
    readyUrl: `${controlUrl}/readyz`,
    timeoutMs: options.timeoutMs ?? 30_000,
  });
  return {
    process: child,
    scrapeTarget: `127.0.0.1:${port}`,
    pageUrl,
    controlUrl,
    async status() {
      const response = await fetch(`${controlUrl}/status`, { signal: AbortSignal.timeout(10_000) });
      if (!response.ok) throw new Error(`/status: ${response.status} ${await response.text()}`);
      return (await response.json()) as Status;
    },
    async post(path, body) {
      const response = await fetch(controlUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
      return { status: response.status, body: await response.json() };
    },
    async page() {
      const response = await fetch(pageUrl, { signal: AbortSignal.timeout(30_000) });
      if (!response.ok) throw new Error(`the page: ${response.status} ${await response.text()}`);
      return response.text();
    },
    stop: () => child.stop(),
  };
}

/** Stops everything that was started. */
export async function stopAll(started: readonly ({ stop(): Promise<void> } | undefined)[]): Promise<void> {
  await Promise.all(started.map((each) => each?.stop() ?? Promise.resolve()));
}

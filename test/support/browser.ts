// A real browser without a window, driven over its debugging pipe: no port, and nothing of it stays on disk.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export interface Visit {
  /** What `expression` came to. */
  readonly value: unknown;
  /** Addresses that the page asked for, but for those that are text themselves. */
  readonly requests: readonly string[];
  /** What the browser complained of, such as what a policy forbids. */
  readonly complaints: readonly string[];
}

export interface VisitOptions {
  /** Runs in the page once it is there; a promise is waited for. */
  readonly expression: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly request?: { readonly url: string };
    readonly entry?: { readonly text: string };
  };
  readonly result?: Readonly<Record<string, never>>;
  readonly error?: { readonly message: string };
}

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** Opens a page, and evaluates an expression in it. */
export async function visit(
  chromium: string,
  url: string,
  { expression, headers = {}, timeoutMs = 60_000 }: VisitOptions,
): Promise<Visit> {
  const profile = await mkdtemp(join(tmpdir(), 'lyrebird-browser-'));
  const child = spawn(
    chromium,
    [...FLAGS, `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const requests: string[] = [];
  const complaints: string[] = [];
  const waiting = new Map<number, (message: Message) => void>();
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  child.once('error', fail);
  child.once('exit', (code) => fail(new Error(`the browser ended with exit code ${code}`)));
  const timer = setTimeout(() => fail(new Error(`the page took more than ${timeoutMs} ms`)), timeoutMs);

  let rest = '';
  const output = child.stdio[4] as Readable;
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages.map((each) => JSON.parse(each) as Message)) {
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      const { request, entry } = message.params ?? {};
      if (request !== undefined && !/^(data|blob):/.test(request.url)) requests.push(request.url);
      if (message.method === 'Log.entryAdded' && entry !== undefined) complaints.push(entry.text);
    }
  });
  const input = child.stdio[3] as Writable;
  input.on('error', fail);
  let count = 0;
  const call = async (
    method: string,
    params: object = {},
    sessionId?: string,
  ): Promise<Message['result']> => {
    const id = (count += 1);
    const answer = new Promise<Message>((resolve) => waiting.set(id, resolve));
    input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await Promise.race([answer, failed]);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };

  try {
    const target = await call('Target.createTarget', { url: 'about:blank' });
    const attached = await call('Target.attachToTarget', { targetId: target?.['targetId'], flatten: true });
    const session = attached?.['sessionId'];
    await call('Network.enable', {}, session);
    await call('Network.setExtraHTTPHeaders', { headers }, session);
    await call('Log.enable', {}, session);
    await call('Page.enable', {}, session);
    await call('Page.navigate', { url }, session);
    const evaluated = (await call(
      'Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true },
      session,
    )) as { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown } | undefined;
    if (evaluated?.exceptionDetails !== undefined)
      throw new Error(`the expression failed: ${JSON.stringify(evaluated.exceptionDetails)}`);
    return { value: evaluated?.result?.value, requests, complaints };
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    await exited;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

// Two shards and one run of the same file, driven by `lyrebird ctl`: commands reach all three at one tick, so that the pages of the
// shards are together the page of the whole run, byte for byte.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { startProcess, until } from '../support/backends.ts';
import { createCertificate } from '../support/certificates.ts';
import {
  createWorkspace,
  root,
  runArguments,
  runLyrebird,
  startLyrebird,
  stopAll,
  type Lyrebird,
} from '../support/lyrebird.ts';

const TICK_S = 0.1;
/** However busy this machine is: nothing here is decided by how long a command takes. */
const BOUNDED = { timeoutMs: 90_000 };

const workspace = await createWorkspace();
const started: { stop(): Promise<void> }[] = [];
afterEach(() => stopAll(started.splice(0)));
afterAll(() => workspace.remove());

const SCENARIOS = {
  storm: {
    steps: [
      { for: 1, effect: { metrics: 'http_*', series: '{region="eu"}', rate: 3, ramp_up_s: 0.5 } },
      { at: 0.3, for: 1, effect: { metrics: 'http_requests_total', series: '{region="us"}', freeze: true } },
    ],
  },
};

/** Two shards and the whole run, which count ticks from one epoch and keep journals. */
async function startShards(): Promise<readonly Lyrebird[]> {
  const startMs = Math.floor(Date.now() / 1000) * 1000 - 5000;
  const config = await workspace.write('shards.yaml', {
    global: {
      tick_interval_s: TICK_S,
      seed: 3,
      epoch: 'wall',
      // However busy this machine is.
      max_lag: 100_000,
      start_time: new Date(startMs).toISOString(),
    },
    exporters: { prometheus: { client: 'direct', prefix: '' }, otel: { enabled: false } },
    profiles: { web: { labels: { region: { values: ['eu', 'us'] }, pod: { range: [1, 50] } } } },
    metrics: [
      { name: 'http_requests_total', type: 'counter', profile: 'web', algorithm: 'poisson', base_rate: 40 },
      { name: 'http_latency_seconds', type: 'histogram', profile: 'web', observations_per_s: 40 },
      { name: 'queue', type: 'gauge', profile: 'web' },
    ],
    scenarios: SCENARIOS,
  });
  const runs = await Promise.all(
    [['--shard', '0/2'], ['--shard', '1/2'], []].map((shard, index) =>
      startLyrebird({
        config,
        args: ['--journal', journalOf(index), '--journal-overwrite', ...shard],
      }),
    ),
  );
  started.push(...runs);
  return runs;
}

const journalOf = (run: number): string => join(workspace.directory, `run-${run}.ndjson`);

/** The pages of all runs at a tick, when they are past it, by their journals. */
async function pagesAt(runs: readonly Lyrebird[], tick: number): Promise<string[]> {
  for (const run of runs)
    await until(async () => (await run.status()).tick > tick + 1, {
      what: `tick ${tick}`,
      timeoutMs: 60_000,
    });
  await stopAll(runs);
  return Promise.all(
    runs.map(async (_, index) => {
      const { code, stdout, stderr } = await runLyrebird(
        ['replay', journalOf(index), '--tick', String(tick)],
        BOUNDED,
      );
      expect([code, stderr]).toEqual([0, '']);
      return stdout;
    }),
  );
}

/** A command to all runs; gives its exit code, and the answers as they were printed. */
async function ctl(runs: readonly Lyrebird[], ...args: string[]) {
  const targets = runs.flatMap(({ controlUrl }) => ['--target', controlUrl]);
  const { code, stdout, stderr } = await runLyrebird(['ctl', ...args, ...targets, '--json'], BOUNDED);
  return {
    code,
    stderr,
    answers: JSON.parse(stdout) as { readonly body: Readonly<Record<string, unknown>> }[],
  };
}

async function joined(pages: readonly string[]): Promise<string> {
  const files = await Promise.all(
    pages.map(async (page, index) => {
      const path = join(workspace.directory, `page-${index}`);
      await writeFile(path, page);
      return path;
    }),
  );
  const { code, stdout, stderr } = await runLyrebird(['join', ...files]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

describe('commands to two shards and the whole', () => {
  it('spikes, effects, a scenario and their ends are taken at one tick by all', async () => {
    const runs = await startShards();
    const spiked = await ctl(runs, 'spike', 'http_requests_total', '5', '2s');
    expect([spiked.code, spiked.stderr]).toEqual([0, '']);
    const ticks = spiked.answers.map(({ body }) => body['from_tick'] as number);
    expect(new Set(ticks).size).toBe(1);
    for (const args of [
      ['effect', '{"id":"low","metrics":"queue","series":"{region=\\"eu\\"}","value":{"scale":0.5}}'],
      ['scenario', 'start', 'storm'],
      ['cancel', 'effect', 'low'],
    ])
      expect((await ctl(runs, ...args)).code, args.join(' ')).toBe(0);
    // The last command was answered for a tick to come.
    const statuses = await Promise.all(runs.map((run) => run.status()));
    const tick = Math.max(...statuses.map((status) => status.tick)) + 40;
    const [first = '', second = '', whole = ''] = await pagesAt(runs, tick);
    expect(await joined([first, second])).toBe(whole);
    // Not because nothing has happened.
    const quiet = await runLyrebird([
      'render',
      '-c',
      join(workspace.directory, 'shards.yaml'),
      '--tick',
      String(tick),
    ]);
    expect(quiet.stdout).not.toBe(whole);
  }, 240_000);

  it('a reload is taken at one tick by all, and what one refuses is told with its target', async () => {
    const runs = await startShards();
    const path = join(workspace.directory, 'shards.yaml');
    const dry = await ctl(runs, 'reload', '--dry-run');
    expect([dry.code, dry.answers.map(({ body }) => body['status'])]).toEqual([0, Array(3).fill('dry_run')]);
    await writeFile(path, (await readFile(path, 'utf8')).replace('base_rate: 40', 'base_rate: 80'));
    const reloaded = await ctl(runs, 'reload');
    expect([reloaded.code, reloaded.stderr]).toEqual([0, '']);
    expect(new Set(reloaded.answers.map(({ body }) => body['tick'])).size).toBe(1);

    const [first] = runs;
    await first?.post('/api/v1/faults', { id: 'once', kind: 'fail', share: 0.001 });
    const ended = await runLyrebird(
      ['ctl', 'cancel', 'fault', 'once', ...runs.flatMap(({ controlUrl }) => ['--target', controlUrl])],
      BOUNDED,
    );
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain('fault_not_found');
    for (const { controlUrl } of runs.slice(1))
      expect(ended.stderr).toContain(controlUrl.replace('http://', ''));
    expect(ended.stdout).toContain(`${first?.controlUrl.replace('http://', '')}: 200`);

    const tick = (reloaded.answers[0]?.body['tick'] as number) + 5;
    const [one = '', two = '', whole = ''] = await pagesAt(runs, tick);
    expect(await joined([one, two])).toBe(whole);
  }, 240_000);
});

it('a run that asks for certificates and a token is driven with them, by options or the environment, and not without', async () => {
  const authority = createCertificate({ name: 'authority', isAuthority: true });
  const server = createCertificate({ name: 'lyrebird', issuer: authority, hosts: ['127.0.0.1'] });
  const client = createCertificate({ name: 'operator', issuer: authority });
  const ca = await workspace.write('ca.pem', authority.cert);
  const cert = await workspace.write('client.pem', client.cert);
  const key = await workspace.write('client-key.pem', client.key);
  const config = await workspace.write('secure.yaml', {
    global: {
      control_auth: { bearer_token: 'ctl-sesame-token' },
      control_tls: {
        cert_file: await workspace.write('server.pem', server.cert),
        key_file: await workspace.write('server-key.pem', server.key),
        client_ca_file: ca,
      },
    },
    exporters: { otel: { enabled: false } },
    metrics: [{ name: 'visits', type: 'counter', algorithm: 'constant', base_rate: 20 }],
  });
  const { args, controlPort } = await runArguments({ config });
  const main = join(root, 'dist', 'cli', 'main.js');
  const target = ['--target', `https://127.0.0.1:${controlPort}`];
  started.push(
    await startProcess(process.execPath, [main, ...args], {
      ready: (output) => output.includes('a tick every'),
    }),
  );
  const ask = (options: readonly string[], env: Record<string, string> = {}) =>
    runLyrebird(['ctl', 'spike', 'visits', '2', '5s', ...target, ...options], { ...BOUNDED, env });

  const options = ['--ca', ca, '--cert', cert, '--key', key, '--token', 'ctl-sesame-token'];
  const allowed = await ask(options);
  expect([allowed.code, allowed.stderr]).toEqual([0, '']);
  expect(allowed.stdout).toContain('"id":"spike-1"');
  const environment = {
    LYREBIRD_CA: ca,
    LYREBIRD_CERT: cert,
    LYREBIRD_KEY: key,
    LYREBIRD_TOKEN: 'ctl-sesame-token',
  };
  expect((await ask([], environment)).stdout).toContain('"id":"spike-2"');

  for (const [without, message] of [
    [options.slice(2), 'no_answer'],
    [[...options.slice(0, 2), ...options.slice(6)], 'no_answer'],
    [options.slice(0, 6), 'unauthorized'],
    [[...options.slice(0, 7), 'ctl-sesame-tokem'], 'unauthorized'],
    [['--ca', '/none/ca.pem'], '--ca: ENOENT'],
  ] as const) {
    const { code, stderr } = await ask(without);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('ctl-sesame');
  }
}, 240_000);

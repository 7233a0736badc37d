// The program itself, as a child process: what each command prints, and the exit code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { until } from '../support/backends.ts';
import {
  createWorkspace,
  root,
  runArguments,
  runLyrebird,
  startLyrebird,
  type LyrebirdOptions,
  type Workspace,
} from '../support/lyrebird.ts';

let workspace: Workspace;
let small: string;
let wrong: string;

beforeAll(async () => {
  workspace = await createWorkspace();
  small = await workspace.write('small.yaml', {
    global: { tick_interval_s: 0.05, start_time: '2026-03-01T00:00:00Z' },
    exporters: { otel: { endpoint: 'embedded', export_interval_s: 0.05 } },
    metrics: [
      { name: 'ticks_total', type: 'counter', algorithm: 'constant', base_rate: 20 },
      { name: 'walk', type: 'gauge', algorithm: 'random_walk' },
    ],
  });
  wrong = await workspace.write(
    'wrong.yaml',
    'global:\n  tick_interval_s: 0\n  sed: 1\nmetrics:\n  - name: up\n    type: gauge\n    profile: nodes\n',
  );
});

afterAll(async () => {
  await workspace.remove();
});

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

function logOf(output: string): LogLine[] {
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
}

async function start(options: Omit<LyrebirdOptions, 'config'>) {
  const lyrebird = await startLyrebird({ config: small, ...options });
  onTestFinished(lyrebird.stop);
  return lyrebird;
}

describe('help', () => {
  const commands = ['run', 'check', 'plan', 'render', 'receive'];

  it('lists the commands', async () => {
    const { code, stdout } = await runLyrebird(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });

  it.each(commands)('of %s ends with an example that begins with it', async (command) => {
    const { code, stdout } = await runLyrebird([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`\\nExample:\\n {2}lyrebird ${command} .*\\n$`));
  });

  it('--version is that of the package', async () => {
    expect(await runLyrebird(['--version'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
      stderr: '',
    });
  });
});

describe('wrong usage exits 2', () => {
  it.each([
    ['no command', [], 'Usage: lyrebird'],
    ['a misspelt command', ['rnu'], 'Did you mean run?'],
    ['a misspelt option', ['run', '-c', 'x.yaml', '--tikcs', '5'], 'Did you mean --ticks?'],
    ["Mockingbird's --validate, which its documents promise", ['--validate'], "unknown option '--validate'"],
    ['run without a file', ['run'], "required option '-c, --config <file>' not specified"],
    [
      'ticks that are no number',
      ['run', '-c', 'x.yaml', '--ticks', 'many'],
      'It needs a whole number, 0 or more.',
    ],
    ['a duration of nothing', ['run', '-c', 'x.yaml', '--duration', '0s'], 'It needs a duration above 0'],
    [
      'ticks and a duration',
      ['run', '-c', 'x.yaml', '--ticks', '5', '--duration', '5s'],
      "option '--duration <time>' cannot be used with option '--ticks <n>'",
    ],
    ['a hold without an end', ['run', '-c', 'x.yaml', '--hold'], 'it needs --ticks or --duration'],
    ['a level that there is not', ['run', '-c', 'x.yaml', '--log-level', 'LOUD'], 'allowed: TRACE, DEBUG'],
    ['a page without a tick', ['render', '-c', 'x.yaml'], "required option '--tick <n>' not specified"],
    [
      'a format that there is not',
      ['render', '-c', 'x.yaml', '--tick', '1', '--format', 'json'],
      'Allowed choices are text, openmetrics.',
    ],
    ['a port that there is not', ['receive', '--grpc-port', '70000'], 'It needs a whole number, 0 to 65535.'],
    ['check without a file', ['check'], "missing required argument 'file'"],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await runLyrebird(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('check', () => {
  it('tells families and series of files that are right', async () => {
    const files = ['configs/quickstart.yaml', small];
    const { code, stdout, stderr } = await runLyrebird(['check', ...files]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^configs\/quickstart\.yaml: ok \(\d+ families, \d+ series\)\n/);
    expect(stdout).toContain(`${small}: ok (2 families, 2 series)\n`);
  });

  it('names every mistake of every file with its position, and exits 2', async () => {
    const { code, stdout, stderr } = await runLyrebird(['check', wrong, small, 'no-such-file.yaml']);
    expect(code).toBe(2);
    expect(stdout).toBe(`${small}: ok (2 families, 2 series)\n`);
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/wrong\.yaml:2:\d+ global\.tick_interval_s: /);
    expect(lines[1]).toMatch(/wrong\.yaml:3:\d+ global\.sed: .*did you mean seed\?/);
    expect(lines[2]).toMatch(/wrong\.yaml:7:\d+ metrics\[0\]\.profile: /);
    expect(lines[3]).toMatch(/^no-such-file\.yaml: cannot be read: /);
  });

  it('reads the environment as a run does', async () => {
    const { code, stderr } = await runLyrebird(['check', small], { env: { LOG_LEVEL: 'LOUD' } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^LOG_LEVEL global\.log_level: is "?LOUD/);
  });
});

describe('plan', () => {
  it('--json is the plan', async () => {
    const { code, stdout } = await runLyrebird(['plan', '-c', small, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      families: [
        { name: 'ticks_total', type: 'counter', series: 1 },
        { name: 'walk', type: 'gauge', series: 1 },
      ],
      totals: { metrics: 2, series: 2, stored_series: 2, samples_per_scrape: 2, points_per_export: 2 },
    });
  });

  it('is a table without it', async () => {
    const { code, stdout } = await runLyrebird(['plan', '-c', 'configs/high-cardinality.yaml']);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^family +type +algorithm +labels +product +series +stored series$/);
    expect(lines[1]).toMatch(/^\w+ +counter +\w+ +.*× .* 1,500,000 +150,000 +150,000$/);
    expect(stdout).toMatch(/^series +450,000, which a backend keeps as [\d,]+$/m);
    expect(stdout).toMatch(/^a scrape +[\d,]+ samples, about \d+ MB$/m);
    expect(stdout).toMatch(/^prometheus +direct client \(auto: .*\)$/m);
    expect(stdout).toMatch(/^memory +about \d+ MB: process /m);
  });
});

describe('render', () => {
  const page = (...args: string[]) => runLyrebird(['render', '-c', small, ...args]);

  it('prints the page of a tick, the same each time', async () => {
    const { code, stdout, stderr } = await page('--tick', '7');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('\nprom_ticks_total 7\n');
    expect(stderr).toBe('');
    expect(await page('--tick', '7')).toEqual({ code, stdout, stderr });
  });

  it('prints OpenMetrics', async () => {
    const { stdout } = await page('--tick', '0', '--format', 'openmetrics');
    expect(stdout).toMatch(/# EOF\n$/);
  });

  it('takes another seed and another start', async () => {
    const { stdout } = await page('--tick', '7');
    const seeded = await page('--tick', '7', '--set', 'global.seed=7');
    expect(seeded.code).toBe(0);
    expect(seeded.stdout).not.toBe(stdout);
    expect(await page('--tick', '7', '--start', '2026-03-01T00:00:00Z')).toMatchObject({ code: 0, stdout });
  });

  it('ends quietly when its reader goes away', async () => {
    const args = ['dist/cli/main.js', 'render', '-c', 'configs/production-sim.yaml', '--tick', '1'];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(complaint).toBe('');
  });
});

describe('run', () => {
  it('off a terminal logs JSON: overrides, the start, parity, the end', async () => {
    const {
      process: child,
      status,
      controlUrl,
      pageUrl,
    } = await start({
      // Tick 5 is no export boundary: it is exported and compared because the run holds there.
      sets: { 'exporters.otel.export_interval_s': 0.1 },
      args: ['--ticks', '5', '--hold'],
      env: { LOG_LEVEL: 'debug' },
    });
    await until(async () => (await status()).state === 'holding', { what: 'the hold' });
    await until(() => child.output().includes('both paths hold'), { what: 'parity' });
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    const lines = logOf(child.output());
    const text = lines.map(({ msg }) => msg).join('\n');
    expect(text).toContain('LOG_LEVEL sets global.log_level to debug');
    expect(text).toContain(`--set exporters.prometheus.port=${new URL(pageUrl).port}`);
    expect(text).toContain(`control API: ${controlUrl}`);
    expect(text).toMatch(/small\.yaml: 2 metrics, 2 series \(2 stored\), a tick every 50ms, seed 42/);
    expect(text).toMatch(/both paths hold the same 2 series with the same values \(tick \d\)/);
    expect(lines.find(({ parity }) => parity !== undefined)).toMatchObject({
      level: 'info',
      parity: 'identical',
      series: 2,
    });
    expect(lines.at(-1)).toMatchObject({ tick: 5, points: 12 });
    expect(lines.at(-1)?.msg).toMatch(
      /^ended after tick 5, 12 points generated; [\w-]+: 8 accepted, 0 rejected, 0 lost, 0 unknown$/,
    );
  });

  it('--log-level goes before the file and the environment', async () => {
    const { args } = await runArguments({ config: small, args: ['--ticks', '1', '--log-level', 'error'] });
    expect(await runLyrebird(args, { env: { LOG_LEVEL: 'debug' } })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('writes text where the file asks for it', async () => {
    const sets = { 'global.log_format': 'text' };
    const { args } = await runArguments({ config: small, sets, args: ['--ticks', '1'] });
    const { stdout } = await runLyrebird(args);
    expect(stdout).toMatch(/^.*small\.yaml: 2 metrics/m);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d INFO {2}ended after tick 1/m);
  });

  it('--hold serves the last tick until a signal', async () => {
    const { process: child, status, page } = await start({ args: ['--ticks', '3', '--hold'] });
    await until(async () => (await status()).state === 'holding', { what: 'the hold' });
    expect(await page()).toContain('\nprom_ticks_total 3\n');
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s finishes the tick, exports it and exits 0', async (signal) => {
    const { process: child, status } = await start({});
    await until(async () => (await status()).tick >= 2, { what: 'tick 2' });
    child.signal(signal);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    const lines = logOf(child.output());
    const told = `${signal}: finishing the tick and delivering what is left; a second signal ends at once`;
    expect(lines.map(({ msg }) => msg)).toContain(told);
    // Every tick is exported, the last one too.
    const points = Number(lines.at(-1)?.['points']).toLocaleString('en');
    expect(lines.at(-1)?.msg).toMatch(new RegExp(`: ${points} accepted, 0 rejected, 0 lost, 0 unknown$`));
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('a second signal, %s, exits %i at once, even while a backend hangs', async (signal, code) => {
    const silent = createServer((socket) => {
      onTestFinished(() => void socket.destroy());
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const { process: child, status } = await start({
      sets: { 'exporters.otel.endpoint': `127.0.0.1:${port}` },
    });
    const pending = async () => (await status()).exporters.some(({ points }) => (points?.pending ?? 0) > 0);
    await until(pending, { what: 'an export under way' });
    child.signal(signal);
    await until(() => child.output().includes('a second signal ends at once'), {
      what: 'the first to be taken',
    });
    child.signal(signal);
    expect(await child.exited).toEqual({ code, signal: null });
  });

  it('changes its log level when asked', async () => {
    const { post, process: child } = await start({});
    expect(await post('/control/loglevel', { level: 'error' })).toMatchObject({ status: 200 });
    child.signal('SIGTERM');
    await child.exited;
    expect(child.output()).not.toContain('finishing the tick');
  });

  it('says which port is in use and by which key to change it, and exits 1', async () => {
    const { controlUrl } = await start({});
    const sets = { 'global.control_api_port': new URL(controlUrl).port };
    const { args } = await runArguments({ config: small, sets, args: ['--ticks', '1'] });
    const { code, stderr } = await runLyrebird(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^lyrebird: the control API cannot listen at 127\.0\.0\.1:\d+: the port is in use; .*global\.control_api_port/,
    );
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('exits 2 for a file with mistakes, and names all of them', async () => {
    const { code, stdout, stderr } = await runLyrebird(['run', '-c', wrong]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(3);
  });
});

describe('receive', () => {
  it.each([
    ['decoding it', []],
    ['counting only', ['--count']],
  ])('tells what a run pushes, %s', async (_, mode) => {
    const args = [join('dist', 'cli', 'main.js'), 'receive', '--grpc-port', '0', '--http-port', '0', ...mode];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const [, endpoint = ''] = await until(() => /gRPC at (\S+:\d+),/.exec(printed) ?? false, {
      what: 'the receiver',
    });

    const { args: runArgs } = await runArguments({
      config: small,
      sets: { 'exporters.otel.endpoint': endpoint },
      args: ['--ticks', '5'],
    });
    const { code, stderr } = await runLyrebird(runArgs);
    expect(code, stderr).toBe(0);
    await until(() => /\d+ requests? · \d+ points · \d+ points\/s · /.test(printed), { what: 'a line' });

    const closed = once(child, 'close');
    child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    expect(printed).toMatch(/\ntotal: 6 requests, 12 points, [\d.]+ k?B, 0 refused, in \d+\.\d s\n$/);
  });

  it('exits 1 when its port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await runLyrebird(['receive', '--grpc-port', String(port), '--http-port', '0']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^lyrebird: the OTLP receiver cannot listen at 127\\.0\\.0\\.1:${port}: `, 'm'),
    );
  });
});

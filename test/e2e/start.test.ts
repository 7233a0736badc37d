// The program as it is started and ended: the first minutes of a user, signals, and the exit codes.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { backendOrSkip, startCollector, until } from '../support/backends.ts';
import {
  createWorkspace,
  root,
  runArguments,
  runLyrebird,
  startLyrebird,
  type LyrebirdOptions,
  type Workspace,
} from '../support/lyrebird.ts';
import { untilHolding } from './fleet.ts';
import { expectSame, samplesOfCollector, samplesOnPage, truth } from './samples.ts';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await createWorkspace();
});
afterEach(async () => {
  await workspace.remove();
});

async function start(options: LyrebirdOptions) {
  const lyrebird = await startLyrebird(options);
  onTestFinished(lyrebird.stop);
  return lyrebird;
}

/** A small workload that nothing else needs to run beside. */
const small = {
  global: { tick_interval_s: 0.1, start_time: '2026-03-01T00:00:00Z' },
  exporters: { otel: { endpoint: 'embedded', export_interval_s: 0.5 } },
  metrics: [
    // One a tick, so that it says which tick is shown.
    { name: 'ticks_total', type: 'counter', algorithm: 'constant', base_rate: 10 },
    { name: 'walk', type: 'gauge' },
    { name: 'latency_seconds', type: 'histogram' },
  ],
};

/** Accepts connections and never says anything, as a backend that hangs. */
async function startSilent(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket));
  await listen(server, 0);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
}

describe('the quickstart', () => {
  test('npm start runs it', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['start']).toBe('node dist/cli/main.js run -c configs/quickstart.yaml');
  });

  test('says within fifteen seconds that both paths hold the same', { timeout: 60_000 }, async () => {
    const lyrebird = await start({ config: join(root, 'configs/quickstart.yaml') });
    const { parity, stored_series } = await until(
      async () => {
        const status = await lyrebird.status();
        return status.parity?.state === 'identical' && status;
      },
      { what: 'parity', timeoutMs: 15_000 },
    );
    expect(parity).toMatchObject({ samples: stored_series, differing: 0 });
    const { output } = lyrebird.process;
    await until(() => /both paths hold the same/.test(output()), { what: 'parity in the output' });
    // Off a terminal, programs read it.
    for (const line of output().trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  });
});

describe('the end of a run', () => {
  test('--ticks ends it after that tick', async () => {
    const config = await workspace.write('small.yaml', small);
    const { args } = await runArguments({ config, args: ['--ticks', '5'] });
    const { code, stdout } = await runLyrebird(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ended after tick 5\b/);
  });

  test('--duration ends it', async () => {
    const config = await workspace.write('small.yaml', small);
    const { args } = await runArguments({ config, args: ['--duration', '500ms'] });
    const { code, stdout } = await runLyrebird(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ended after tick 5\b/);
  });

  test.for(['SIGTERM', 'SIGINT'] as const)(
    '%s: the tick is finished and exported, exit 0',
    { timeout: 60_000 },
    async (signal, context) => {
      backendOrSkip(context, 'otelcol');
      const collector = await startCollector();
      onTestFinished(collector.stop);
      const config = await workspace.write('small.yaml', small);
      const lyrebird = await start({
        config,
        sets: {
          'exporters.otel.endpoint': collector.otlpGrpcUrl,
          // Far longer than the run: what the Collector has after birth, it has from the end.
          'exporters.otel.export_interval_s': 3600,
        },
      });
      await until(async () => (await lyrebird.status()).tick >= 5, { what: 'tick 5' });
      lyrebird.process.signal(signal);
      expect(await lyrebird.process.exited).toEqual({ code: 0, signal: null });

      const born = await truth({ config, tick: 0 });
      const last = await until(
        async () => {
          const held = await samplesOfCollector(collector, born);
          const ticks = held.find(({ name }) => name === 'ticks_total');
          return ticks !== undefined && ticks.value > 0 && ticks.value;
        },
        { what: 'the last tick' },
      );
      expect(last).toBeGreaterThanOrEqual(5);
      const expected = await truth({ config, tick: last });
      expectSame(expected, await samplesOfCollector(collector, expected));
    },
  );

  test('--hold serves the last tick until a signal, exit 0', { timeout: 60_000 }, async () => {
    const config = await workspace.write('small.yaml', small);
    const lyrebird = await start({ config, args: ['--ticks', '3', '--hold'] });
    await untilHolding(lyrebird);
    const expected = await truth({ config, tick: 3 });
    expectSame(expected, samplesOnPage(await lyrebird.page(), 'prom_'));
    lyrebird.process.signal('SIGTERM');
    expect(await lyrebird.process.exited).toEqual({ code: 0, signal: null });
  });

  test('a second signal ends it at once, even while a backend hangs', { timeout: 60_000 }, async () => {
    const config = await workspace.write('small.yaml', small);
    const lyrebird = await start({
      config,
      sets: { 'exporters.otel.endpoint': `127.0.0.1:${await startSilent()}` },
    });
    const pending = async () => {
      const { exporters } = await lyrebird.status();
      return (exporters.find(({ protocol }) => protocol === 'otel')?.points?.pending ?? 0) > 0;
    };
    await until(pending, { what: 'an export under way' });
    const { process: child } = lyrebird;
    child.signal('SIGTERM');
    await until(() => /SIGTERM: finishing/.test(child.output()), { what: 'the first signal to be taken' });
    child.signal('SIGTERM');
    const exit = await Promise.race([
      child.exited,
      until(() => false, { what: 'the exit', timeoutMs: 5_000 }),
    ]);
    expect(exit).toEqual({ code: 143, signal: null });
  });
});

describe('what cannot be run', () => {
  test.each(['exporters.prometheus.port', 'global.control_api_port'])(
    '%s in use: exit 1, naming the port and the key',
    async (key) => {
      const server = createServer();
      await listen(server, 0);
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const config = await workspace.write('small.yaml', small);
      const { args } = await runArguments({
        config,
        sets: { [key]: port },
        args: ['--ticks', '1'],
      });
      const { code, stdout, stderr } = await runLyrebird(args);
      expect(code, stdout + stderr).toBe(1);
      expect(stderr).toContain(String(port));
      expect(stderr).toContain(key);
    },
  );

  test('a file with mistakes: exit 2, every mistake with its position', async () => {
    const config = await workspace.write(
      'wrong.yaml',
      [
        'global:',
        '  tick_interval_s: 0',
        '  sed: 1',
        'metrics:',
        '  - name: up',
        '    type: gauge',
        '    profile: nodes',
      ].join('\n'),
    );
    const { args } = await runArguments({ config });
    const { code, stderr } = await runLyrebird(args);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/wrong\.yaml:2:\d+ global\.tick_interval_s: /);
    expect(stderr).toMatch(/wrong\.yaml:3:\d+ global\.sed: .*seed/);
    expect(stderr).toMatch(/wrong\.yaml:7:\d+ metrics\[0\]\.profile: /);
  });

  test.each([
    ['no file', ['run']],
    ['a file that is not there', ['run', '-c', 'no-such-file.yaml']],
    ['an unknown flag', ['run', '-c', 'configs/quickstart.yaml', '--tick', '5']],
    ['a flag that is no number', ['run', '-c', 'configs/quickstart.yaml', '--ticks', 'many']],
    ['--hold without an end', ['run', '-c', 'configs/quickstart.yaml', '--hold']],
    ['an unknown command', ['sing']],
  ])('%s: exit 2 with a message', async (_why, args) => {
    const { code, stderr } = await runLyrebird(args);
    expect(code, stderr).toBe(2);
    expect(stderr).not.toBe('');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

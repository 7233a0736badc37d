/** Threads and machines change no byte: the page of a tick is the same page. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { until } from '../support/backends.ts';
import { createWorkspace, runLyrebird, startLyrebird, stopAll, type Lyrebird } from '../support/lyrebird.ts';

const CONFIG = 'configs/production-sim.yaml';
const START = '2026-01-01T00:00:00Z';
const TICK = 12;
const INTERVAL = 'global.tick_interval_s';

const workspace = await createWorkspace();
const started: Lyrebird[] = [];
afterEach(() => stopAll(started.splice(0)));
afterAll(() => workspace.remove());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function render(...args: string[]): Promise<string> {
  const tick = ['--tick', String(TICK), '--set', `${INTERVAL}=0.1`];
  const { code, stdout, stderr } = await runLyrebird(['render', '-c', CONFIG, ...tick, ...args]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

/** The page that a run holds after its last tick. */
async function pageOfRun(...args: string[]): Promise<string> {
  const lyrebird = await startLyrebird({
    config: CONFIG,
    sets: {
      'global.start_time': START,
      [INTERVAL]: 0.1,
      'exporters.prometheus.client': 'direct',
      'exporters.otel.enabled': false,
    },
    args: ['--ticks', String(TICK), '--hold', ...args],
  });
  started.push(lyrebird);
  await until(async () => (await lyrebird.status()).state === 'holding', {
    what: 'the last tick',
    timeoutMs: 30_000,
  });
  return lyrebird.page();
}

describe('the page of a tick', () => {
  it.each([
    ['on the event loop', []],
    ['with one worker', ['--workers', '1']],
    ['with two workers', ['--workers', '2']],
    ['with three workers, more than there are series in some families of a part', ['--workers', '3']],
  ])('%s is the rendered page, byte for byte', async (_, args) => {
    expect(sha256(await pageOfRun(...args))).toBe(sha256(await render('--start', START)));
  });

  it.each(['text', 'openmetrics'])(
    'joined from three shards is the rendered page, byte for byte: %s',
    async (format) => {
      const files = await Promise.all(
        [0, 1, 2].map(async (index) => {
          const file = join(workspace.directory, `${format}-${index}.prom`);
          await writeFile(file, await render('--format', format, '--shard', `${index}/3`));
          return file;
        }),
      );
      const joined = await runLyrebird(['join', ...files]);
      expect([joined.code, joined.stderr]).toEqual([0, '']);
      expect(sha256(joined.stdout)).toBe(sha256(await render('--format', format)));
    },
  );
});

describe('a shard', () => {
  it('without a shared epoch is refused: its ticks would not be those of the others', async () => {
    const { code, stderr } = await runLyrebird(['run', '-c', CONFIG, '--shard', '0/2', '--ticks', '1']);
    expect(code).toBe(2);
    expect(stderr).toContain('global.epoch: a shard needs wall');
  });

  it('with a shared epoch joins at the tick of the clock, and shows its own slots', async () => {
    const startedAt = new Date(Date.now() - 20_000).toISOString();
    const lyrebird = await startLyrebird({
      config: CONFIG,
      sets: {
        [INTERVAL]: 1,
        'global.epoch': 'wall',
        'global.start_time': startedAt,
        'exporters.otel.enabled': false,
      },
      args: ['--shard', '1/2'],
    });
    started.push(lyrebird);
    const { tick, total_series: series } = await lyrebird.status();
    expect(tick).toBeGreaterThanOrEqual(20);
    expect(series).toBe(1524);
  });

  it('that is no part is refused', async () => {
    const { code, stderr } = await runLyrebird(['render', '-c', CONFIG, '--tick', '1', '--shard', '3/3']);
    expect(code).toBe(2);
    expect(stderr).toContain('It needs i/n, the part i (from 0) of n');
  });
});

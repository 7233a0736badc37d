// Pages without a clock: byte-identical from run to run, other for another seed, unchanged where the file is, and taken
// by Prometheus' own checker; and plans, which build nothing.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { backendOrSkip } from '../support/backends.ts';
import { createWorkspace, root, runLyrebird, type Workspace } from '../support/lyrebird.ts';

const PRODUCTION = join(root, 'configs', 'production-sim.yaml');

let workspace: Workspace;
let page: string;
beforeAll(async () => {
  workspace = await createWorkspace();
  page = await render(PRODUCTION);
}, 60_000);
afterAll(async () => {
  await workspace.remove();
});

async function render(config: string, ...args: string[]): Promise<string> {
  const command = ['render', '-c', config, '--tick', '100', ...args];
  const { code, stdout, stderr } = await runLyrebird(command, { timeoutMs: 60_000 });
  expect(code, stderr).toBe(0);
  return stdout;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('render of production-sim at tick 100', () => {
  test('has its series', () => {
    expect(page.match(/^[^#]/gm)?.length).toBeGreaterThan(3000);
  });

  test('twice: the same sha256', async () => {
    expect(sha256(await render(PRODUCTION))).toBe(sha256(page));
  });

  test('with another seed: other values for the same series', async () => {
    const other = await render(PRODUCTION, '--set', 'global.seed=7');
    expect(sha256(other)).not.toBe(sha256(page));
    const series = (text: string) => text.split('\n').map((line) => line.replace(/ \S+$/, ''));
    expect(series(other)).toEqual(series(page));
  });

  test('without a metric: every other line is what it was', async () => {
    const { metrics, ...rest } = parse(await readFile(PRODUCTION, 'utf8')) as {
      metrics: { name: string }[];
    };
    expect(metrics.length).toBeGreaterThan(3);
    const middle = Math.floor(metrics.length / 2);
    for (const removed of [0, middle, metrics.length - 1]) {
      const config = await workspace.write('fewer.yaml', { ...rest, metrics: metrics.toSpliced(removed, 1) });
      const fewer = (await render(config)).split('\n');
      const gone = removeLines(page.split('\n'), fewer);
      const families = new Set(gone.map((line) => /^# TYPE (\S+)/.exec(line)?.[1]).filter(Boolean));
      expect(families.size, metrics[removed]?.name).toBe(1);
    }
  });
});

/** The lines of `all` that are not in `fewer`; throws when `fewer` has one that `all` has not, or not in this order. */
function removeLines(all: readonly string[], fewer: readonly string[]): string[] {
  const gone: string[] = [];
  let next = 0;
  for (const line of all) {
    if (line === fewer[next]) next++;
    else gone.push(line);
  }
  if (next < fewer.length) throw new Error(`a line that was not there before: ${fewer[next]}`);
  return gone;
}

describe.each(['promtool', 'promtool-debian'] as const)('%s check metrics', (promtool) => {
  const configs = readdirSync(join(root, 'configs')).filter((name) => name.endsWith('.yaml'));

  // The stress test has half a million series of nothing else.
  test.for(configs.filter((name) => name !== 'high-cardinality.yaml'))(
    'has nothing to say about %s',
    { timeout: 60_000 },
    async (name, context) => {
      const path = backendOrSkip(context, promtool);
      const text = await render(join(root, 'configs', name));
      expect(await checkMetrics(path, text)).toEqual({ code: 0, printed: '' });
    },
  );

  test('objects to a page that is not right', async (context) => {
    const path = backendOrSkip(context, promtool);
    expect(await checkMetrics(path, 'a{ 1\n')).not.toMatchObject({ code: 0 });
  });
});

function checkMetrics(promtool: string, text: string): Promise<{ code: number | null; printed: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile(promtool, ['check', 'metrics'], { timeout: 30_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, printed: stdout + stderr }),
    );
    child.stdin?.once('error', reject);
    child.stdin?.end(text);
  });
}

describe('plan of high-cardinality', () => {
  test('builds nothing: 64 MiB of heap are enough for 450,000 series', { timeout: 60_000 }, async () => {
    const config = join(root, 'configs', 'high-cardinality.yaml');
    const beganMs = performance.now();
    const { code, stdout, stderr } = await runLyrebird(['plan', '-c', config, '--json'], {
      nodeArgs: ['--max-old-space-size=64'],
    });
    const seconds = (performance.now() - beganMs) / 1000;
    console.info(`plan of high-cardinality took ${seconds.toFixed(2)} s, start of node included`);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      totals: { series: 450_000, stored_series: 150_000 * (1 + 11 + 1) },
    });
  });
});

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { createWorld } from '../../src/simulation/world.ts';
import type { SpoiltScrape } from '../../src/sinks/shared/faults.ts';
import { linesOf, renderText, START_MS } from '../support/simulation.ts';

const folder = join(import.meta.dirname, '../../configs/scenarios');

const pages = new Map<string, Promise<string>>();

/** The page of a file at a tick, worked out once whoever asks. */
function pageOf(file: string, config: Config, tick: number): Promise<string> {
  const key = `${file} ${config.runtime.on_start.length} ${tick}`;
  const page = pages.get(key) ?? renderText(config, tick);
  pages.set(key, page);
  return page;
}

/** The sum of a sample over series with these labels, at ticks, with what the file starts and without it. */
async function courseOf(file: string, sample: string, labels: string, ticks: readonly number[]) {
  const { config } = loadConfig(join(folder, file));
  const quiet: Config = { ...config, runtime: { ...config.runtime, on_start: [] } };
  const sumsOf = async (of: Config): Promise<number[]> => {
    const sums: number[] = [];
    for (const tick of ticks) {
      const lines = linesOf(await pageOf(file, of, tick), sample).filter((line) => line.includes(labels));
      expect(lines.length).toBeGreaterThan(0);
      sums.push(lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0));
    }
    return sums;
  };
  return { shown: await sumsOf(config), quiet: await sumsOf(quiet) };
}

/** By how much the growth of a counter between two ticks is that of the run without the scenario. */
async function growthOf(file: string, sample: string, labels: string, from: number, to: number) {
  const { shown, quiet } = await courseOf(file, sample, labels, [from, to]);
  const growth = ([first = NaN, last = NaN]: readonly number[]): number => last - first;
  return growth(shown) / growth(quiet);
}

describe('a scenario of the library changes what it says', () => {
  it.each<[string, string, string, string, readonly [number, number], number]>([
    ['five times the traffic', 'black-friday.yaml', 'http_requests_total', '', [200, 400], 5],
    [
      'slower answers at the peak',
      'black-friday.yaml',
      'http_request_duration_seconds_sum',
      '',
      [310, 590],
      10,
    ],
    ['the usual traffic after it', 'black-friday.yaml', 'http_requests_total', '', [900, 960], 1],
    ['nothing from one region', 'regional-outage.yaml', 'http_requests_total', 'eu-west-1', [30, 210], 0],
    ['twice as much in the other', 'regional-outage.yaml', 'http_requests_total', 'us-east-1', [30, 210], 2],
    [
      'slower answers there',
      'regional-outage.yaml',
      'http_request_duration_seconds_sum',
      'us-east-1',
      [50, 200],
      3.2,
    ],
    ['a rush when it is back', 'regional-outage.yaml', 'http_requests_total', 'eu-west-1', [210, 225], 2.5],
    ['and then as ever', 'regional-outage.yaml', 'http_requests_total', 'eu-west-1', [270, 400], 1],
    ['ever more garbage collection', 'slow-leak.yaml', 'gc_pause_seconds_total', 'web-1', [3500, 3590], 20],
    ['in one pod alone', 'slow-leak.yaml', 'gc_pause_seconds_total', 'web-2', [3500, 3590], 1],
    ['two of five requests fail', 'bad-deploy.yaml', 'http_requests_total', 'status="200"', [200, 400], 0.6],
    ['as errors', 'bad-deploy.yaml', 'http_requests_total', 'status="500"', [200, 400], 1.4],
    ['and none is lost', 'bad-deploy.yaml', 'http_requests_total', '', [200, 400], 1],
    [
      'answers take twice the time',
      'bad-deploy.yaml',
      'http_request_duration_seconds_sum',
      '',
      [200, 400],
      Math.exp(0.7),
    ],
    ['as many of them', 'bad-deploy.yaml', 'http_request_duration_seconds_count', '', [200, 400], 1],
    ['all is well again', 'bad-deploy.yaml', 'http_requests_total', 'status="500"', [500, 600], 1],
  ])('%s: %s, %s', async (_, file, sample, labels, [from, to], factor) => {
    const growth = await growthOf(file, sample, labels, from, to);
    expect(growth).toBeGreaterThan(factor * 0.9 - 0.01);
    expect(growth).toBeLessThan(factor * 1.1 + 0.01);
  });

  it.each<
    [
      string,
      string,
      string,
      string,
      readonly number[],
      (shown: number, quiet: number) => number,
      readonly number[],
    ]
  >([
    [
      'queues that fill threefold',
      'black-friday.yaml',
      'checkout_queue_length',
      '',
      [100, 400, 800],
      (shown, quiet) => shown / quiet,
      [1, 3, 1],
    ],
    [
      'memory that grows until the restart',
      'slow-leak.yaml',
      'process_resident_memory_bytes',
      'web-1"',
      [1, 1800, 3600, 3601],
      (shown, quiet) => (shown - quiet) / 2 / 1.2e9,
      [0, 0.5, 1, 0],
    ],
    [
      'in one pod alone',
      'slow-leak.yaml',
      'process_resident_memory_bytes',
      'web-2',
      [1800],
      (shown, quiet) => shown - quiet,
      [0],
    ],
  ])('%s: %s, %s', async (_, file, sample, labels, ticks, compare, expected) => {
    const { shown, quiet } = await courseOf(file, sample, labels, ticks);
    for (const [index, value] of shown.entries())
      expect(compare(value, quiet[index] as number)).toBeCloseTo(expected[index] as number, 2);
  });
});

describe('a scenario of the library changes which series there are', () => {
  it.each<[string, string, number, number]>([
    ['as many as ever before it', 'cardinality-bomb.yaml', 60, 20],
    ['five hundred times as many', 'cardinality-bomb.yaml', 61, 10_000],
    ['up to its end', 'cardinality-bomb.yaml', 180, 10_000],
    ['and then as before', 'cardinality-bomb.yaml', 181, 20],
    ['as many pods as ever', 'rolling-deploy.yaml', 211, 100],
    ['as many pods as ever', 'bad-deploy.yaml', 121, 60],
  ])('%s: %s at tick %i', async (_, file, tick, count) => {
    const { config } = loadConfig(join(folder, file));
    expect(linesOf(await renderText(config, tick), 'http_requests_total')).toHaveLength(count);
  });

  it('every pod is another one after the deployment, half of them in the middle', async () => {
    const { config } = loadConfig(join(folder, 'rolling-deploy.yaml'));
    const oldAt = async (tick: number) =>
      linesOf(await renderText(config, tick), 'http_requests_total').filter((line) => /web-\d\d"/.test(line))
        .length;
    expect([await oldAt(61), await oldAt(211), await oldAt(361)]).toEqual([100, 50, 0]);
  });

  it('a rollback replaces the pods of a bad deployment once more', async () => {
    const { config } = loadConfig(join(folder, 'bad-deploy.yaml'));
    const podsAt = async (tick: number): Promise<Set<string>> =>
      new Set((await renderText(config, tick)).match(/web-[^"]+/g));
    const [before, bad, after] = [await podsAt(60), await podsAt(400), await podsAt(500)] as const;
    expect([before.size, bad.size, after.size]).toEqual([10, 10, 10]);
    expect(new Set([...before, ...bad, ...after]).size).toBe(30);
  });
});

describe('a scenario of the library spoils scrapes', () => {
  it('flapping-target.yaml: slow at first, then half of them fail, then away for 30 s of 75, and again after a quarter of an hour', async () => {
    const { config } = loadConfig(join(folder, 'flapping-target.yaml'));
    const world = await createWorld(config, { startMs: START_MS });
    await world.ticker.birth(START_MS);
    /** One scrape a tick. */
    const scrapes: (SpoiltScrape | undefined)[] = [world.faults.scrape(1, 0)];
    for (let tick = 1; tick <= 1000; tick++) {
      await world.ticker.advance(START_MS + tick * 1000);
      scrapes.push(world.faults.scrape(tick + 1, tick));
    }
    const kinds = scrapes.map((scrape) => scrape?.faults.map(({ kind }) => kind).join() ?? '');
    expect(kinds[0]).toBe('');
    for (const from of [1, 901]) {
      const slow = scrapes.slice(from, Math.min(from + 180, 1001));
      expect(
        slow.every((scrape) => scrape !== undefined && scrape.delayMs >= 2000 && scrape.delayMs <= 5000),
      ).toBe(true);
    }
    const failed = scrapes.slice(181, 301).filter((scrape) => scrape?.status === 503);
    // 120 scrapes, give or take five deviations.
    expect(Math.abs(failed.length - 60)).toBeLessThan(5 * Math.sqrt(30));
    for (let tick = 301; tick < 601; tick++)
      expect(scrapes[tick]?.breaks ?? false, `tick ${tick}`).toBe((tick - 301) % 75 >= 45);
    expect(kinds.slice(601, 901).every((kind) => kind === '')).toBe(true);
    await world.close();
  });
});

it('every scenario that is shipped is looked at here', async () => {
  const here = await readFile(import.meta.filename, 'utf8');
  const shipped = await readdir(folder);
  expect(shipped.length).toBeGreaterThan(6);
  for (const file of shipped) expect(here).toContain(`'${file}'`);
});

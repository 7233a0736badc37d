/** What a run showed can be had again from its journal, byte for byte, though the run was killed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { until } from '../support/backends.ts';
import { createWorkspace, runLyrebird, startLyrebird, stopAll, type Lyrebird } from '../support/lyrebird.ts';

const workspace = await createWorkspace();
const started: Lyrebird[] = [];
afterEach(() => stopAll(started.splice(0)));
afterAll(() => workspace.remove());

const TICK_S = 0.1;

const config = {
  global: { tick_interval_s: TICK_S, seed: 11 },
  exporters: { prometheus: { client: 'direct' }, otel: { enabled: false } },
  profiles: {
    shops: { labels: { shop: { values: ['a', 'b', 'c'] }, zone: { values: ['east', 'west'] } } },
    pods: { labels: { pod: { range: [1, 5] } }, churn: { kind: 'rolling', label: 'pod', over: 1, every: 1 } },
  },
  metrics: [
    { name: 'orders_total', type: 'counter', algorithm: 'poisson', base_rate: 50, profile: 'shops' },
    { name: 'level', type: 'gauge', algorithm: 'random_walk', start: 100, step: 2, profile: 'shops' },
    { name: 'latency_seconds', type: 'histogram', observations_per_s: 90, profile: 'shops' },
    { name: 'size_bytes', type: 'summary', observations_per_s: 30, profile: 'shops' },
    { name: 'started_total', type: 'counter', base_rate: 30, profile: 'pods' },
  ],
  scenarios: {
    pulse: {
      loop: { every: 0.6 },
      steps: [
        { for: 0.3, effect: { metrics: 'orders_total', series: '{zone="west"}', rate: 4, ramp_up_s: 0.2 } },
        { at: 0.2, for: 0.3, spike: { metric: 'level', multiplier: 2 } },
      ],
    },
  },
};
const file = await workspace.write('run.yaml', config);

/** Taken one after the other, a scrape after every second one: overlapping, replaced, ended early, refused. */
const ACTIONS: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['POST', '/control/spike', { metric: 'orders_total', multiplier: 5, duration_s: '1h' }],
  ['POST', '/control/scenario', { scenario: 'pulse' }],
  [
    'POST',
    '/api/v1/effects',
    { id: 'slow', metrics: 'latency_*', params: { mu: { add: 0.7 } }, ramp_up_s: 1 },
  ],
  ['POST', '/api/v1/effects', { metrics: '*', series: '{shop!="a"}', rate: 3, value: { offset: 2 } }],
  [
    'PUT',
    '/api/v1/effects/gap',
    { metrics: ['orders_total', 'size_bytes'], series: '{shop=~"b|c"}', drop: true },
  ],
  ['POST', '/api/v1/effects', { metrics: '*', series: '{zone="west"}', freeze: true, duration_s: 0.5 }],
  ['POST', '/api/v1/effects', { metrics: ['orders_total', 'latency_seconds'], reset: true }],
  ['PUT', '/api/v1/effects/gap', { metrics: 'level', nan: true }],
  ['DELETE', '/control/spike/spike-1'],
  ['DELETE', '/control/spike/spike-1'],
  ['DELETE', '/api/v1/effects/slow'],
  ['DELETE', '/control/scenario/pulse'],
];

async function ask({ controlUrl }: Lyrebird, method: string, path: string, body?: object): Promise<number> {
  const response = await fetch(controlUrl + path, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
    signal: AbortSignal.timeout(10_000),
  });
  await response.text();
  return response.status;
}

const passTick = async (lyrebird: Lyrebird): Promise<void> => {
  const { tick } = await lyrebird.status();
  await until(async () => (await lyrebird.status()).tick > tick, {
    what: `a tick after ${tick}`,
    timeoutMs: 10_000,
  });
};

/** A run that everything is done to, scraped on the way, then killed: its pages in order. */
async function runAndKill(journal: string, args: readonly string[], sets: Record<string, string> = {}) {
  const lyrebird = await startLyrebird({ config: file, sets, args: ['--journal', journal, ...args] });
  started.push(lyrebird);
  const pages: string[] = [];
  const answers: number[] = [];
  for (const [index, action] of ACTIONS.entries()) {
    answers.push(await ask(lyrebird, ...action));
    await passTick(lyrebird);
    if (index % 2 === 1) pages.push(await lyrebird.page());
  }
  // What is written before a tick is in the file when the tick is done.
  await passTick(lyrebird);
  await passTick(lyrebird);
  lyrebird.process.signal('SIGKILL');
  await lyrebird.process.exited;
  return { pages, answers };
}

interface ScrapeLine {
  readonly line: string;
  readonly tick: number;
}

async function ticksOfScrapes(journal: string): Promise<number[]> {
  const lines = (await readFile(journal, 'utf8')).split('\n').slice(0, -1);
  const parsed = lines.map((line) => JSON.parse(line) as ScrapeLine);
  return parsed.filter(({ line }) => line === 'scrape').map(({ tick }) => tick);
}

describe('the journal of a run that was killed', () => {
  it.each<[string, () => readonly string[], () => Record<string, string>]>([
    ['on the event loop', () => [], () => ({})],
    ['with two workers', () => ['--workers', '2'], () => ({})],
    [
      'of one machine of two',
      () => ['--shard', '1/2'],
      () => ({
        'global.epoch': 'wall',
        'global.start_time': new Date(Date.now() - 3_000).toISOString(),
      }),
    ],
  ])('gives each page that was scraped, %s', { timeout: 120_000 }, async (name, args, sets) => {
    const journal = join(workspace.directory, `${name}.ndjson`);
    const { pages, answers } = await runAndKill(journal, args(), sets());
    expect(answers).toEqual([200, 200, 201, 201, 201, 201, 201, 200, 200, 404, 200, 200]);
    const ticks = await ticksOfScrapes(journal);
    expect(ticks).toHaveLength(pages.length);
    expect(ticks).toEqual([...new Set(ticks)].toSorted((a, b) => a - b));
    for (const [index, page] of pages.entries()) {
      const tick = ticks[index] as number;
      const replayed = await runLyrebird(['replay', journal, '--tick', String(tick)]);
      expect([replayed.code, replayed.stderr]).toEqual([0, '']);
      expect(replayed.stdout, `tick ${tick}`).toBe(page);
    }
    // They are other pages than those of the file alone.
    const summary = await runLyrebird(['replay', journal]);
    expect(summary.stdout).toContain('end       not recorded');
    expect(summary.stdout).toContain('actions   12, 1 of them refused');
  });
});

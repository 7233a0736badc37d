// A file that changes twice under a run, as a real Prometheus sees it: metrics are added, removed, given other rates and buckets, and a
// cap is lowered. At every scrape it has the series and values that the journal gives for the tick of that scrape, and no other.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { readRecord } from '../../src/simulation/journal/record.ts';
import { replayPage } from '../../src/simulation/replay.ts';
import {
  backendOrSkip,
  findBackend,
  freePort,
  startPrometheus,
  until,
  type Prometheus,
} from '../support/backends.ts';
import { createWorkspace, startLyrebird, stopAll, type Workspace } from '../support/lyrebird.ts';
import { expectSame, samplesOfQuery, samplesOnPage, type Sample } from './samples.ts';

const TICK_S = 0.5;

interface Parts {
  readonly cap: number;
  readonly rate: number;
  readonly buckets: readonly number[];
  readonly further: readonly object[];
}

const fileOf = ({ cap, rate, buckets, further }: Parts) => ({
  // However busy this machine is.
  global: { tick_interval_s: TICK_S, seed: 11, max_lag: 10_000 },
  exporters: { otel: { enabled: false }, prometheus: { client: 'direct', prefix: '' } },
  profiles: {
    web: { labels: { pod: { range: [1, 40], fmt: 'web-%02d' } } },
    capped: { labels: { pod: { range: [1, 1000] } }, series_cap: cap, sampling_strategy: 'hash' },
  },
  metrics: [
    // Its value is the tick that a scrape saw.
    { name: 'ticks_total', type: 'counter', algorithm: 'constant', base_rate: 1 / TICK_S },
    { name: 'kept_total', type: 'counter', profile: 'web', algorithm: 'poisson', base_rate: 30 },
    { name: 'paced_total', type: 'counter', profile: 'web', algorithm: 'poisson', base_rate: rate },
    { name: 'capped_total', type: 'counter', profile: 'capped', algorithm: 'poisson', base_rate: 5 },
    { name: 'latency_seconds', type: 'histogram', profile: 'web', observations_per_s: 20, buckets },
    ...further,
  ],
});

const GONE = { name: 'gone_level', type: 'gauge', profile: 'web' };
const ADDED = { name: 'added_total', type: 'counter', profile: 'web', algorithm: 'poisson', base_rate: 9 };
const FIRST = fileOf({ cap: 30, rate: 10, buckets: [0.1, 1], further: [GONE] });
const SECOND = fileOf({ cap: 12, rate: 40, buckets: [0.1, 0.5, 1], further: [ADDED] });
const THIRD = fileOf({ cap: 20, rate: 40, buckets: [0.1, 0.5, 1], further: [] });

interface Scrape {
  /** Milliseconds since 1970: whole numbers, as Prometheus keeps them. */
  readonly ms: number;
  readonly tick: number;
}

let workspace: Workspace;
let prometheus: Prometheus | undefined;
let started: { stop(): Promise<void> }[] = [];
let scrapes: readonly Scrape[] = [];
/** The first tick of the second file. */
let reloadAt: number;
let reloaded: { readonly status: number; readonly body: unknown };
/** By tick of a scrape, from the journal. */
const pages = new Map<number, readonly Sample[]>();

beforeAll(async () => {
  workspace = await createWorkspace();
  if (findBackend('prometheus') === undefined) return;
  const port = await freePort();
  const config = await workspace.write('file.yaml', FIRST);
  const journal = join(workspace.directory, 'run.ndjson');
  const lyrebird = await startLyrebird({
    config,
    args: ['--journal', journal],
    sets: { 'exporters.prometheus.port': port },
  });
  started = [lyrebird];
  prometheus = await startPrometheus({ scrapeTargets: [`127.0.0.1:${port}`], scrapeInterval: '1s' });
  started = [lyrebird, prometheus];
  await untilScraped(prometheus, 2);
  await workspace.write('file.yaml', SECOND);
  reloadAt = (await lyrebird.status()).tick + 6;
  // It is answered when its tick has come.
  reloaded = await lyrebird.post(`/control/reload?at=${reloadAt}`, {});
  await untilScraped(prometheus, 3);
  await workspace.write('file.yaml', THIRD);
  lyrebird.process.signal('SIGHUP');
  await until(() => lyrebird.process.output().includes('SIGHUP: changed capped_total'), {
    what: 'the second reload',
    timeoutMs: 30_000,
  });
  await untilScraped(prometheus, 3);
  await lyrebird.stop();
  const [stored] = await prometheus.points('ticks_total[5m]');
  scrapes = (stored?.points ?? []).map(({ time, value }) => ({
    ms: Math.round(time * 1000),
    tick: Math.round(value),
  }));
  const record = readRecord(journal);
  for (const { tick: of } of scrapes) {
    const chunks: Buffer[] = [];
    for await (const chunk of replayPage(record, { tick: of, format: 'text' }))
      chunks.push(Buffer.from(chunk));
    pages.set(of, samplesOnPage(Buffer.concat(chunks).toString(), ''));
  }
}, 120_000);

afterAll(async () => {
  await stopAll(started);
  await workspace.remove();
});

/** Waits for so many further scrapes. */
async function untilScraped({ points }: Prometheus, further: number): Promise<void> {
  const count = async (): Promise<number> => (await points('ticks_total[5m]'))[0]?.points.length ?? 0;
  const before = await count();
  await until(async () => (await count()) >= before + further, {
    what: `${further} further scrapes`,
    timeoutMs: 30_000,
  });
}

function prometheusOrSkip(context: Parameters<typeof backendOrSkip>[0]): Prometheus {
  backendOrSkip(context, 'prometheus');
  return prometheus as Prometheus;
}

/** How many series of a name there are at the tick of a scrape. */
const countAt = (scrape: Scrape | undefined, name: string): number =>
  (pages.get(scrape?.tick ?? -1) ?? []).filter((sample) => sample.name === name).length;

test('the reload is answered at the tick that it was asked for, with what becomes of every metric', (context) => {
  backendOrSkip(context, 'prometheus');
  expect(reloaded).toMatchObject({
    status: 200,
    body: {
      tick: reloadAt,
      kept: ['ticks_total', 'kept_total'],
      changed: [
        { metric: 'paced_total', series: { kept: 40, born: 0, ended: 0 } },
        { metric: 'capped_total', series: { kept: 12, born: 0, ended: 18 } },
        { metric: 'latency_seconds', series: { kept: 0, born: 40, ended: 40 } },
      ],
      added: [{ metric: 'added_total', series: 40 }],
      removed: [{ metric: 'gone_level', series: 40 }],
    },
  });
});

test('the scrapes saw the file as it was first, then, and last', (context) => {
  backendOrSkip(context, 'prometheus');
  const seen = (cap: number) => scrapes.filter((scrape) => countAt(scrape, 'capped_total') === cap).length;
  for (const cap of [30, 12, 20]) expect(seen(cap), `cap ${cap}`).toBeGreaterThan(1);
  expect(seen(30) + seen(12) + seen(20)).toBe(scrapes.length);
  expect(scrapes.filter(({ tick }) => tick < reloadAt)).toHaveLength(seen(30));
});

test('every scrape has the series and values of the journal; what ended is marked stale at the next one', async (context) => {
  const { query } = prometheusOrSkip(context);
  const selector = '{__name__=~"(ticks|kept|paced|capped|added)_total|gone_level|latency_seconds_.*"}';
  for (const { ms, tick } of scrapes) {
    const expected = pages.get(tick) ?? [];
    expect(expected.length).toBeGreaterThan(100);
    const held = samplesOfQuery(await query(selector, ms / 1000), '', expected);
    try {
      expectSame(expected, held);
    } catch (error) {
      throw new Error(`tick ${tick}`, { cause: error });
    }
  }
});

test('counters that go on never fall, whatever their rate; those of other buckets begin anew', async (context) => {
  const { query } = prometheusOrSkip(context);
  const last = (scrapes.at(-1)?.ms ?? 0) / 1000;
  for (const name of ['kept_total', 'paced_total', 'ticks_total']) {
    const resets = await query(`sum(resets(${name}[5m]))`, last);
    expect(
      resets.map(({ value }) => value),
      name,
    ).toEqual([0]);
  }
  const [again] = await query('sum(resets(latency_seconds_count[5m]))', last);
  expect(again?.value).toBe(40);
});

test('a metric that is gone has no sample after the last scrape before', async (context) => {
  const { points } = prometheusOrSkip(context);
  const before = scrapes.findLast(({ tick }) => tick < reloadAt);
  const stored = await points('gone_level[5m]');
  expect(stored).toHaveLength(40);
  for (const series of stored) expect(Math.round((series.points.at(-1)?.time ?? 0) * 1000)).toBe(before?.ms);
});

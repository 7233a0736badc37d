// Half a million samples of one tick, taken whole by a real Collector and a real Prometheus, each within its defaults.
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { Rng } from '../../src/util/rng.ts';
import {
  backendOrSkip,
  findBackend,
  startCollector,
  startPrometheus,
  until,
  type Collector,
} from '../support/backends.ts';
import {
  createWorkspace,
  runLyrebird,
  startLyrebird,
  stopAll,
  type Lyrebird,
  type Workspace,
} from '../support/lyrebird.ts';
import { keyOf, samplesOfQuery, samplesOnPage, type Sample } from './samples.ts';

const LAST_TICK = 2;
const SAMPLES = 500_000;
/** A histogram is one point over OTLP; with seven bounds it is ten samples. */
const POINTS = 150_000 + 150_000 + 20_000;
/** Birth and the last tick. */
const EXPORTS = 2;
const COMPARED = 200;

const config = {
  global: { tick_interval_s: 1, seed: 8, start_time: '2026-03-01T00:00:00Z' },
  exporters: { otel: { export_interval_s: LAST_TICK } },
  profiles: {
    large: { labels: { host: { range: [1, 1500], fmt: 'host-%04d' }, unit: { range: [1, 100] } } },
    small: { labels: { host: { range: [1, 200], fmt: 'host-%04d' }, route: { range: [1, 100] } } },
  },
  metrics: [
    { name: 'events_total', type: 'counter', profile: 'large', base_rate: 5 },
    { name: 'load', type: 'gauge', profile: 'large', start: 10, step: 0.7 },
    {
      name: 'latency_seconds',
      type: 'histogram',
      profile: 'small',
      buckets: [0.05, 0.1, 0.25, 0.5, 1.5, 2.5, 7.5],
    },
  ],
};

let workspace: Workspace;
let file: string;
let collector: Collector | undefined;
let lyrebird: Lyrebird;
/** Every label there is, in the order of `keyOf`. */
const LABELS = [/[{,](host="[^"]*")/, /[{,](le="[^"]*")/, /[{,](route="[^"]*")/, /[{,](unit="[^"]*")/];

/** By `keyOf`. */
let chosen: ReadonlyMap<string, Sample>;

beforeAll(async () => {
  workspace = await createWorkspace();
  file = await workspace.write('size.yaml', config);
  chosen = choose(await render());
  collector = findBackend('otelcol') === undefined ? undefined : await startCollector();
  lyrebird = await startLyrebird({
    config: file,
    args: ['--ticks', String(LAST_TICK), '--hold'],
    sets: {
      'exporters.otel.client': 'direct',
      ...(collector === undefined
        ? { 'exporters.otel.enabled': false }
        : { 'exporters.otel.endpoint': collector.otlpGrpcUrl }),
    },
  });
}, 60_000);

afterAll(async () => {
  await stopAll([lyrebird, collector]);
  await workspace.remove();
});

async function render(): Promise<string> {
  const { code, stdout, stderr } = await runLyrebird(['render', '-c', file, '--tick', String(LAST_TICK)]);
  if (code !== 0) throw new Error(`render ended with ${code}: ${stderr}`);
  return stdout;
}

/** Some samples of a page, drawn with a fixed seed. */
function choose(page: string): Map<string, Sample> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines).toHaveLength(SAMPLES);
  const rng = new Rng();
  rng.seek(1, 2, 3);
  const found = new Map<string, Sample>();
  while (found.size < COMPARED) {
    const line = lines[Math.floor(rng.float() * lines.length)] as string;
    for (const sample of samplesOnPage(`${line}\n`, 'prom_')) found.set(keyOf(sample), sample);
  }
  return found;
}

function expectChosen(seen: ReadonlyMap<string, Sample>): void {
  expect([...seen.keys()].toSorted()).toEqual([...chosen.keys()].toSorted());
  for (const [key, { value }] of chosen) expect(seen.get(key)?.value, key).toBe(value);
}

test(
  'the Collector takes every point over OTLP, with the same values',
  { timeout: 90_000 },
  async (context) => {
    backendOrSkip(context, 'otelcol');
    const account = await until(
      async () => {
        const { state, exporters } = await lyrebird.status();
        const points = exporters.find(({ protocol }) => protocol === 'otel')?.points;
        return state === 'holding' && points?.pending === 0 && points;
      },
      { what: 'every point to be answered', timeoutMs: 60_000, everyMs: 200 },
    );
    expect(account).toEqual({
      accepted: EXPORTS * POINTS,
      duplicates: 0,
      rejected: 0,
      lost: 0,
      unknown: 0,
      pending: 0,
    });

    const { scrapeTarget, stop } = collector as Collector;
    const response = await fetch(`http://${scrapeTarget}/metrics`);
    const seen = new Map<string, Sample>();
    let samples = 0;
    for await (const line of createInterface(Readable.fromWeb(response.body as ReadableStream))) {
      if (!line.startsWith('otel_')) continue;
      samples++;
      // No label of this file needs escapes; to parse half a million lines strictly would take longer than all the rest.
      const labels = LABELS.map((label) => label.exec(line)?.[1]).filter((label) => label !== undefined);
      const key = `${line.slice('otel_'.length, line.indexOf('{'))}{${labels.join(',')}}`;
      const expected = chosen.get(key.replace('le="+Inf"', 'le="Infinity"'));
      if (expected !== undefined) {
        seen.set(keyOf(expected), { ...expected, value: Number(line.slice(line.lastIndexOf(' ') + 1)) });
      }
    }
    expect(samples).toBe(SAMPLES);
    expectChosen(seen);
    // Its memory is better used by the next one.
    await stop();
  },
);

test(
  'Prometheus scrapes it whole within its default timeout, with the same values',
  { timeout: 90_000 },
  async (context) => {
    backendOrSkip(context, 'prometheus');
    const { code, stdout } = await runLyrebird(['plan', '-c', file, '--json']);
    expect(code).toBe(0);
    const { totals } = JSON.parse(stdout) as { totals: { stored_series: number } };
    expect(totals.stored_series).toBe(SAMPLES);

    // No timeout given: ten seconds.
    const prometheus = await startPrometheus({
      config: JSON.stringify({
        global: { scrape_interval: '10s' },
        scrape_configs: [
          { job_name: 'size', honor_labels: true, static_configs: [{ targets: [lyrebird.scrapeTarget] }] },
        ],
      }),
    });
    try {
      const [scraped] = await until(
        async () => {
          const results = await prometheus.query('scrape_samples_scraped{job="size"}');
          return results.length > 0 && results;
        },
        { what: 'a scrape', timeoutMs: 45_000, everyMs: 200 },
      );
      expect(scraped?.value).toBe(totals.stored_series);
      const [up] = await prometheus.query('up{job="size"}');
      expect(up?.value).toBe(1);

      const seen = new Map<string, Sample>();
      for (const { name, labels } of chosen.values()) {
        const selectors = Object.entries(labels).map(
          ([label, value]) => `${label}="${value === 'Infinity' ? '+Inf' : value}"`,
        );
        const results = await prometheus.query(`prom_${name}{${selectors.join(',')}}`);
        for (const sample of samplesOfQuery(results, 'prom_', [])) seen.set(keyOf(sample), sample);
      }
      expectChosen(seen);
    } finally {
      await prometheus.stop();
    }
  },
);

import { beforeEach, describe, expect, it } from 'vitest';

import { recordTick } from '../../src/engine/stats.ts';
import type { Page } from '../../src/wire/page.ts';
import { parsePage } from '../../src/wire/parse.ts';
import { createTestApi, type TestApi } from './fake.ts';

let api: TestApi;

beforeEach(() => {
  api = createTestApi();
});

/** `name{label="value"} value` of every sample whose name begins so, without the name of the process' own. */
async function readSamples(prefix: string): Promise<Record<string, number>> {
  const { text } = await readPage();
  const lines = text.split('\n').filter((line) => line.startsWith(prefix));
  return Object.fromEntries(
    lines.map((line) => {
      const blank = line.lastIndexOf(' ');
      return [line.slice(0, blank), Number(line.slice(blank + 1))];
    }),
  );
}

async function readPage(): Promise<{ text: string; type: string | null; page: Page }> {
  const response = await api.app.request('/metrics');
  expect(response.status).toBe(200);
  const text = await response.text();
  return { text, type: response.headers.get('content-type'), page: parsePage(text, 'text') };
}

const EXPORTER = {
  name: 'otel',
  protocol: 'otel',
  client: 'direct',
  why: 'client: direct',
  description: 'otel',
  queue_depth: 2,
  points: { accepted: 100, rejected: 5, lost: 3, unknown: 1, pending: 40, duplicates: 0 },
  reasons: { 'rejected: 400': 5, 'lost: queue full': 3, 'unknown: deadline': 1 },
  scrapes: undefined,
  last_error: undefined,
} as const;

describe('GET /metrics', () => {
  it('is a page that a strict reader takes, of names that begin with gen_', async () => {
    const { page, type } = await readPage();
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(page.problems).toEqual([]);
    expect(page.families.map(({ name }) => name).filter((name) => !name.startsWith('gen_'))).toEqual([]);
  });

  it('counts points and series by metric, under the label metric_name', async () => {
    api.simulation.countersNow = {
      points: new Map([
        ['http_requests_total', 20],
        ['queue_depth', 10],
      ]),
      series: new Map([
        ['http_requests_total', 2],
        ['queue_depth', 1],
      ]),
      faults: new Map(),
    };
    expect(await readSamples('gen_points_total')).toEqual({
      'gen_points_total{metric_name="http_requests_total"}': 20,
      'gen_points_total{metric_name="queue_depth"}': 10,
    });
    expect(await readSamples('gen_active_series')).toEqual({
      'gen_active_series{metric_name="http_requests_total"}': 2,
      'gen_active_series{metric_name="queue_depth"}': 1,
    });
  });

  it('shows tick durations in the documented buckets', async () => {
    for (const durationMs of [0.5, 3, 3, 700, 5000]) {
      recordTick(api.simulation.stats, { durationMs, lateMs: 0, intervalMs: 1000, endMs: 0 });
    }
    const samples = await readSamples('gen_tick_duration_seconds');
    const le = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, '+Inf'];
    const counts = [1, 3, 3, 3, 3, 3, 3, 3, 4, 5];
    expect(samples).toEqual({
      ...Object.fromEntries(
        le.map((bound, i) => [`gen_tick_duration_seconds_bucket{le="${bound}"}`, counts[i]]),
      ),
      gen_tick_duration_seconds_sum: 5.7065,
      gen_tick_duration_seconds_count: 5,
    });
  });

  it('tells how late ticks are, and how many were late or left out', async () => {
    const { lateness } = api.simulation.status();
    api.simulation.saying = {
      lateness: { ...lateness, last_seconds: 0.25, late_ticks: 3, skipped_ticks: 7 },
    };
    expect(await readSamples('gen_tick_lateness')).toEqual({ gen_tick_lateness_seconds: 0.25 });
    expect(await readSamples('gen_late_ticks')).toEqual({ gen_late_ticks_total: 3 });
    expect(await readSamples('gen_skipped_ticks')).toEqual({ gen_skipped_ticks_total: 7 });
  });

  it('sets the queue depth, which Mockingbird never does', async () => {
    api.simulation.saying = { exporters: [EXPORTER] };
    expect(await readSamples('gen_export_queue_depth')).toEqual({
      'gen_export_queue_depth{exporter="otel"}': 2,
    });
  });

  it('counts failed pushes, which Mockingbird swallows: every point has an outcome', async () => {
    api.simulation.saying = { exporters: [EXPORTER] };
    expect(await readSamples('gen_export_points_total')).toEqual({
      'gen_export_points_total{exporter="otel",outcome="accepted"}': 100,
      'gen_export_points_total{exporter="otel",outcome="rejected"}': 5,
      'gen_export_points_total{exporter="otel",outcome="lost"}': 3,
      'gen_export_points_total{exporter="otel",outcome="unknown"}': 1,
    });
    expect(await readSamples('gen_export_pending_points')).toEqual({
      'gen_export_pending_points{exporter="otel"}': 40,
    });
    expect(await readSamples('gen_export_errors_total')).toEqual({
      'gen_export_errors_total{exporter="otel",reason="rejected: 400"}': 5,
      'gen_export_errors_total{exporter="otel",reason="lost: queue full"}': 3,
      'gen_export_errors_total{exporter="otel",reason="unknown: deadline"}': 1,
    });
  });

  it('counts what faults spoilt, by kind, and what they sent twice', async () => {
    api.simulation.countersNow = { points: new Map(), series: new Map(), faults: new Map([['fail', 3]]) };
    api.simulation.saying = { exporters: [{ ...EXPORTER, points: { ...EXPORTER.points, duplicates: 7 } }] };
    expect(await readSamples('gen_faults')).toEqual({ 'gen_faults_total{kind="fail"}': 3 });
    expect(await readSamples('gen_export_duplicate')).toEqual({
      'gen_export_duplicate_points_total{exporter="otel"}': 7,
    });
  });

  it('counts scrapes, and says nothing of points, for an exporter that is asked', async () => {
    const scrapes = {
      codes: { 200: 12, 503: 1 },
      slow: 2,
      aborted: 3,
      broken: 4,
      active: 1,
      bytes: 4096,
      seconds: 0.5,
    };
    const page = { ...EXPORTER, name: 'prometheus', points: undefined, reasons: {}, scrapes };
    api.simulation.saying = { exporters: [page] };
    expect(await readSamples('gen_export')).toEqual({});
    expect(await readSamples('gen_scrape')).toEqual({
      'gen_scrapes_total{exporter="prometheus",outcome="200"}': 12,
      'gen_scrapes_total{exporter="prometheus",outcome="503"}': 1,
      'gen_scrapes_total{exporter="prometheus",outcome="slow"}': 2,
      'gen_scrapes_total{exporter="prometheus",outcome="aborted"}': 3,
      'gen_scrapes_total{exporter="prometheus",outcome="broken"}': 4,
      'gen_scrape_bytes_total{exporter="prometheus"}': 4096,
      'gen_scrape_seconds_total{exporter="prometheus"}': 0.5,
    });
  });

  it('tells the build, and watches the process and its event loop', async () => {
    expect(await readSamples('gen_build_info')).toEqual({
      [`gen_build_info{version="1.2.3",node="${process.version}"}`]: 1,
    });
    const { page } = await readPage();
    expect(page.families.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['gen_process_resident_memory_bytes', 'gen_nodejs_eventloop_lag_p99_seconds']),
    );
  });
});

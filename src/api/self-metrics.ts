/**
 * Lyrebird's own metrics, `gen_*`. Every value is read from the simulation when the page is asked for; nothing is
 * counted here, so nothing can differ from `/status`.
 */
import { collectDefaultMetrics, Registry, type Metric } from 'prom-client';

import { TICK_DURATION_BOUNDS, type Counters, type Simulation } from '../simulation/contract.ts';
import type { ExporterStatus, Status } from '../simulation/status.ts';

export interface SelfMetrics {
  readonly contentType: string;
  /** The page in text format 0.0.4, as of now. */
  page(): Promise<string>;
}

/** What one page is made of. */
interface Moment {
  readonly status: Status;
  readonly counters: Counters;
}

type Labels = Readonly<Record<string, string | number>>;

interface Reading {
  readonly labels: Labels;
  readonly value: number;
  /** Where it is not the name of the metric: `_bucket`, `_sum`, `_count`. */
  readonly metricName?: string;
}

export function createSelfMetrics(simulation: Simulation, version: string): SelfMetrics {
  const registry = new Registry();
  const take = (): Moment => ({ status: simulation.status(), counters: simulation.counters() });
  let moment = take();

  /** A metric of the registry whose values are read, not kept. */
  const add = (
    type: 'counter' | 'gauge' | 'histogram',
    name: string,
    help: string,
    read: (moment: Moment) => readonly Reading[],
  ): void => {
    const get = () => Promise.resolve({ name, help, type, values: read(moment) });
    registry.registerMetric({ name, help, type, get } as unknown as Metric);
  };

  add(
    'counter',
    'gen_points_total',
    'Values generated, one a series and tick.',
    perMetric(({ points }) => points),
  );
  add(
    'gauge',
    'gen_active_series',
    'Series shown now.',
    perMetric(({ series }) => series),
  );
  add(
    'histogram',
    'gen_tick_duration_seconds',
    'Time that a tick takes, copies for exporters included.',
    () => tickDurations(simulation),
  );
  add(
    'gauge',
    'gen_tick_lateness_seconds',
    'How late the last tick began.',
    one(({ lateness }) => lateness.last_seconds),
  );
  add(
    'counter',
    'gen_late_ticks_total',
    'Ticks that began a whole interval late, or more.',
    one(({ lateness }) => lateness.late_ticks),
  );
  add(
    'counter',
    'gen_skipped_ticks_total',
    'Ticks left out under global.late: skip.',
    one(({ lateness }) => lateness.skipped_ticks),
  );

  add(
    'gauge',
    'gen_export_queue_depth',
    'Frames that wait to be sent.',
    perExporter(({ points, queue_depth: depth }) => (points === undefined ? [] : [[{}, depth]])),
  );
  add(
    'gauge',
    'gen_export_pending_points',
    'Points that are queued or under way.',
    perExporter(({ points }) => (points === undefined ? [] : [[{}, points.pending]])),
  );
  add(
    'counter',
    'gen_export_points_total',
    'Points pushed, by how they ended.',
    perExporter(({ points }) =>
      points === undefined ? [] : OUTCOMES.map((outcome) => [{ outcome }, points[outcome]]),
    ),
  );
  add(
    'counter',
    'gen_export_errors_total',
    'Points pushed that were not accepted, by outcome and reason. A request carries points of many metrics and fails as a whole, so there is no metric_name.',
    perExporter(({ reasons }) => Object.entries(reasons).map(([reason, points]) => [{ reason }, points])),
  );
  add(
    'counter',
    'gen_export_duplicate_points_total',
    'Points sent once more by a fault.',
    perExporter(({ points }) => (points === undefined ? [] : [[{}, points.duplicates]])),
  );
  add(
    'counter',
    'gen_scrapes_total',
    'Pages asked for, by status code, or cut off as too slow, aborted by the reader, or broken by a fault.',
    perExporter(({ scrapes }) =>
      scrapes === undefined
        ? []
        : Object.entries({
            ...scrapes.codes,
            slow: scrapes.slow,
            aborted: scrapes.aborted,
            broken: scrapes.broken,
          }).map(([outcome, pages]) => [{ outcome }, pages]),
    ),
  );
  add(
    'counter',
    'gen_scrape_bytes_total',
    'Bytes of whole pages, before compression.',
    perExporter(({ scrapes }) => (scrapes === undefined ? [] : [[{}, scrapes.bytes]])),
  );
  add(
    'counter',
    'gen_scrape_seconds_total',
    'Time from request to the end of the answer.',
    perExporter(({ scrapes }) => (scrapes === undefined ? [] : [[{}, scrapes.seconds]])),
  );

  add('counter', 'gen_faults_total', 'Scrapes and pushes spoilt by faults, by kind.', ({ counters }) =>
    [...counters.faults].map(([kind, value]) => ({ labels: { kind }, value })),
  );

  add('gauge', 'gen_build_info', 'Versions; always 1.', () => [
    { labels: { version, node: process.version }, value: 1 },
  ]);
  collectDefaultMetrics({ register: registry, prefix: 'gen_' });

  return {
    contentType: registry.contentType,
    page() {
      moment = take();
      return registry.metrics();
    },
  };
}

const OUTCOMES = ['accepted', 'rejected', 'lost', 'unknown'] as const;

function one(read: (status: Status) => number) {
  return ({ status }: Moment): Reading[] => [{ labels: {}, value: read(status) }];
}

function perMetric(read: (counters: Counters) => ReadonlyMap<string, number>) {
  return ({ counters }: Moment): Reading[] =>
    [...read(counters)].map(([name, value]) => ({ labels: { metric_name: name }, value }));
}

function perExporter(read: (exporter: ExporterStatus) => readonly (readonly [Labels, number])[]) {
  return ({ status }: Moment): Reading[] =>
    status.exporters.flatMap((exporter) =>
      read(exporter).map(([labels, value]) => ({ labels: { exporter: exporter.name, ...labels }, value })),
    );
}

function tickDurations({ stats }: Simulation): Reading[] {
  const name = 'gen_tick_duration_seconds';
  let cumulative = 0;
  const buckets = stats.tickBuckets.map((count, i) => {
    cumulative += count;
    const le = TICK_DURATION_BOUNDS[i] ?? '+Inf';
    return { metricName: `${name}_bucket`, labels: { le }, value: cumulative };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, value: stats.tickSeconds },
    { metricName: `${name}_count`, labels: {}, value: stats.ticks },
  ];
}

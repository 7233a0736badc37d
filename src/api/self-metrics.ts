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

interface Reading {
  readonly labels: Readonly<Record<string, string | number>>;
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
    const metric = {
      name,
      help,
      type,
      get: () => Promise.resolve({ name, help, type, values: read(moment) }),
    };
    registry.registerMetric(metric as unknown as Metric);
  };
  const addScalar = (
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    read: (moment: Moment) => number,
  ): void => {
    add(type, name, help, (now) => [{ labels: {}, value: read(now) }]);
  };

  add('counter', 'gen_points_total', 'Values generated, one a series and tick.', ({ counters }) =>
    byMetric(counters.points),
  );
  add('gauge', 'gen_active_series', 'Series shown now.', ({ counters }) => byMetric(counters.series));
  add(
    'histogram',
    'gen_tick_duration_seconds',
    'Time that a tick takes, copies for exporters included.',
    () => tickDurations(simulation),
  );
  addScalar(
    'gauge',
    'gen_tick_lateness_seconds',
    'How late the last tick began.',
    ({ status }) => status.lateness.last_seconds,
  );
  addScalar(
    'counter',
    'gen_late_ticks_total',
    'Ticks that began a whole interval late, or more.',
    ({ status }) => status.lateness.late_ticks,
  );
  addScalar(
    'counter',
    'gen_skipped_ticks_total',
    'Ticks left out under global.late: skip.',
    ({ status }) => status.lateness.skipped_ticks,
  );
  add('gauge', 'gen_export_queue_depth', 'Frames that wait to be sent.', ({ status }) =>
    status.exporters
      .filter(({ points }) => points !== undefined)
      .map(({ name, queue_depth: value }) => ({ labels: { exporter: name }, value })),
  );
  add(
    'counter',
    'gen_export_points_total',
    'Points of exporters that push, by how they ended.',
    ({ status }) => status.exporters.flatMap(byOutcome),
  );
  add('gauge', 'gen_export_pending_points', 'Points that are queued or under way.', ({ status }) =>
    status.exporters.flatMap(({ name, points }) =>
      points === undefined ? [] : [{ labels: { exporter: name }, value: points.pending }],
    ),
  );
  add(
    'counter',
    'gen_export_errors_total',
    'Points that were not accepted, by outcome and reason. A request carries points of many metrics and fails as a whole, so there is no metric_name.',
    ({ status }) =>
      status.exporters.flatMap(({ name, reasons }) =>
        Object.entries(reasons).map(([reason, value]) => ({ labels: { exporter: name, reason }, value })),
      ),
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

function byMetric(counts: ReadonlyMap<string, number>): Reading[] {
  return [...counts].map(([name, value]) => ({ labels: { metric_name: name }, value }));
}

function byOutcome({ name, points }: ExporterStatus): Reading[] {
  if (points === undefined) return [];
  return (['accepted', 'rejected', 'lost', 'unknown'] as const).map((outcome) => ({
    labels: { exporter: name, outcome },
    value: points[outcome],
  }));
}

function tickDurations({ stats }: Simulation): Reading[] {
  const name = 'gen_tick_duration_seconds';
  let cumulative = 0;
  const buckets = stats.tickBuckets.map((count, i) => {
    cumulative += count;
    return {
      metricName: `${name}_bucket`,
      labels: { le: TICK_DURATION_BOUNDS[i] ?? '+Inf' },
      value: cumulative,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, value: stats.tickSeconds },
    { metricName: `${name}_count`, labels: {}, value: stats.ticks },
  ];
}

/** The start-up lines: what runs, where it can be had, how many series, which client and why, and what is renamed. */
import { describeFamilies } from '../config/families.ts';
import type { Config } from '../config/schema.ts';
import { storedSeriesOf, type Family } from '../series/family.ts';
import { formatDuration } from '../util/duration.ts';
import type { Destination } from './destinations.ts';
import { finalTickOf } from './finite.ts';
import type { Shard } from './plant.ts';

export interface RunDescription {
  readonly config: Config;
  readonly file: string | undefined;
  readonly families: readonly Family[];
  readonly destinations: readonly Destination[];
  readonly shard: Shard | undefined;
  readonly workers: number | undefined;
}

export function describeRun({
  config,
  file,
  families,
  destinations,
  shard,
  workers,
}: RunDescription): string[] {
  const series = families.reduce((total, { size }) => total + size, 0);
  const stored = storedSeriesOf(families);
  const interval = formatDuration(config.global.tick_interval_s * 1000);
  return [
    `${file ?? 'config'}: ${count(families.length, 'metric')}, ${number(series)} series (${number(stored)} stored), a tick every ${interval}, seed ${config.global.seed}`,
    ...describeEnd(config),
    ...(shard === undefined ? [] : [`shard ${shard.index}/${shard.count} of every metric`]),
    ...(workers === undefined || workers === 0
      ? []
      : [`series are advanced by ${count(workers, 'worker thread')}`]),
    ...destinations.flatMap(({ sink, definition, why }) => [
      `${sink.describe()} — ${definition.client} client (${why})`,
      ...(sink.notes?.() ?? []),
    ]),
    ...describeNames(config, families),
    ...describeBounds(config),
  ];
}

/** A finite file says when it is over. */
function describeEnd(config: Config): string[] {
  const tick = finalTickOf(config);
  return tick === undefined
    ? []
    : [`ends by itself after tick ${number(tick)}: by then every pattern is over`];
}

/** Names that differ from the declared ones, which queries and dashboards must use. */
function describeNames(config: Config, families: readonly Family[]): string[] {
  const { prefix } = config.exporters.prometheus;
  if (!config.exporters.prometheus.enabled) return [];
  return families
    .filter(({ name, prometheus }) => prometheus.name !== prefix + name)
    .map(
      ({ name, prometheus }) =>
        `renamed: ${prefix}${name} is printed as ${prometheus.name}, as OTLP backends name it`,
    );
}

/** Bounds that Prometheus 3 writes in two ways: as `1.0` from a page and as `1` from OTLP, which makes two series. */
function describeBounds(config: Config): string[] {
  if (!config.exporters.prometheus.enabled || !config.exporters.otel.enabled) return [];
  return describeFamilies(config)
    .filter(({ differingBounds }) => differingBounds.length > 0)
    .map(
      ({ name, differingBounds }) =>
        `${name}: ${differingBounds.join(', ')} read differently in le or quantile by path (1.0 scraped, 1 over OTLP); bounds with a fraction, from 0.0001 to 1000000, do not`,
    );
}

function count(amount: number, noun: string): string {
  return `${number(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

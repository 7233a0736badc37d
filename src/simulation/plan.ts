/** What a run would be, before anything starts: families, series, samples and bytes a scrape, clients, memory. */
import { createFamilies, describeFamilies, type Shard } from '../config/families.ts';
import type { Config } from '../config/schema.ts';
import { stateBytesPerSlot } from '../generators/registry.ts';
import { countValues } from '../labels/cardinality.ts';
import type { LabelSpace } from '../labels/space.ts';
import { liveTurnoverOf } from '../labels/turnover.ts';
import { shownDoublesPerSlot } from '../series/column.ts';
import { storedSeriesOf, type DeclaredType, type Family } from '../series/family.ts';
import { estimatePage } from '../wire/estimate.ts';
import { estimatePoints } from '../wire/otlp-points.ts';
import type { ChosenClient } from './clients.ts';
import { chooseDestinations } from './destinations.ts';
import { specOf } from './spec.ts';
import { intervalMsOf } from './times.ts';

export interface PlannedFamily {
  readonly name: string;
  readonly type: DeclaredType;
  readonly algorithm: string;
  /** As printed on the page. */
  readonly prometheus_name: string;
  readonly otel_name: string;
  readonly labels: readonly {
    readonly name: string;
    /** As declared. */
    readonly values: number;
    /** Distinct values that series have under the cap. */
    readonly occurring: number;
    /** Its value follows from those of others. */
    readonly dependent: boolean;
  }[];
  /** What multiplies to the product. */
  readonly axes: readonly { readonly name: string; readonly count: number }[];
  /** Label sets without the cap. */
  readonly product: number;
  readonly series: number;
  readonly stored_series: number;
  /** Label sets that an hour of model time shows, where series turn over. */
  readonly series_in_an_hour?: number | undefined;
}

export interface Plan {
  readonly families: readonly PlannedFamily[];
  readonly totals: {
    readonly metrics: number;
    readonly series: number;
    readonly stored_series: number;
    /** Lines with a value of one page. */
    readonly samples_per_scrape: number;
    readonly bytes_per_scrape: number;
    /** Data points of one export over OTLP; one a series where nothing is exported. */
    readonly points_per_export: number;
  };
  readonly clients: readonly { readonly protocol: string; readonly client: string; readonly why: string }[];
  /** Estimates of resident memory at its peak, in bytes. */
  readonly memory: {
    /** Node.js, its libraries and buffers of fixed size. */
    readonly process: number;
    readonly columns: number;
    /** Bytes that are prepared once for pages, and for OTLP points. */
    readonly page: number;
    readonly otlp: number;
    /** Copies of columns that pages and exports are made from. */
    readonly snapshots: number;
    /** OTLP requests that are being sent. */
    readonly requests: number;
    readonly total: number;
  };
}

/** Resident size of a run with a handful of series: Node.js 20, the libraries, the garbage of start-up. */
const PROCESS_BYTES = 125e6;

/** What a series costs in the library clients, several objects each; measured (docs/performance.md). */
const LIBRARY_BYTES_PER_STORED_SERIES = { prometheus: 1900, otel: 1900 } as const;

export function planOf(config: Config, shard?: Shard): Plan {
  const configured = createFamilies(config, shard);
  const families = configured.map(({ family }) => family);
  const descriptions = describeFamilies(config, shard);
  const chosen = chooseDestinations(config, families);
  const page = estimatePage(families, { format: 'text' });
  const stored = storedSeriesOf(families);

  const columns = configured.reduce(
    (total, { family, metric }) =>
      total +
      family.size * stateBytesPerSlot(family, specOf(metric, intervalMsOf(config), metric.series && [])),
    0,
  );
  const snapshot = families.reduce(
    (total, family) => total + 8 * family.size * shownDoublesPerSlot(family),
    0,
  );
  const prometheus = clientOf(chosen, 'prometheus');
  const otel = clientOf(chosen, 'otel');
  const points = estimatePoints(families);
  const { max_in_flight, max_request_bytes } = config.exporters.otel;
  const memory = {
    process: PROCESS_BYTES,
    columns,
    page: costOf(prometheus, page.preparedBytes, stored * LIBRARY_BYTES_PER_STORED_SERIES.prometheus),
    otlp: costOf(otel, points.prepared, stored * LIBRARY_BYTES_PER_STORED_SERIES.otel),
    // One for the page; two for exports, of which one waits while the other is sent.
    snapshots: costOf(prometheus, snapshot, 0) + costOf(otel, 2 * snapshot, 0),
    // Requests on their way, and their copies in the transport.
    requests: costOf(otel, Math.min(2 * points.sent, 2 * max_in_flight * max_request_bytes), 0),
  };
  const occurring = new Map<LabelSpace, readonly number[]>();
  const occurringOf = (space: LabelSpace): readonly number[] => {
    const counts = occurring.get(space) ?? countValues(space);
    occurring.set(space, counts);
    return counts;
  };
  return {
    families: descriptions.map((family, index) => ({
      name: family.name,
      type: family.type,
      algorithm: family.algorithm,
      prometheus_name: family.names.prometheus.name,
      otel_name: family.names.otel.name,
      labels: family.labels.map(({ name, count, dependent }, d) => ({
        name,
        values: count,
        occurring: occurringOf((families[index] as Family).labels)[d] as number,
        dependent,
      })),
      axes: family.axes.map(({ name, count }) => ({ name, count })),
      product: family.product,
      series: family.slots,
      stored_series: family.storedSeries,
      series_in_an_hour: seenInAnHour(families[index]?.labels, config),
    })),
    totals: {
      metrics: families.length,
      series: sum(families.map(({ size }) => size)),
      stored_series: stored,
      samples_per_scrape: page.samples,
      bytes_per_scrape: page.bytes,
      points_per_export: sum(families.map((family) => family.size * pointsPerSlot(family, otel))),
    },
    clients: chosen.map(({ definition, why }) => ({
      protocol: definition.protocol,
      client: definition.client,
      why,
    })),
    memory: { ...memory, total: sum(Object.values(memory)) },
  };
}

function seenInAnHour(labels: LabelSpace | undefined, { global }: Config): number | undefined {
  return labels && liveTurnoverOf(labels)?.everSeen(Math.round(3600 / global.tick_interval_s));
}

function clientOf(
  chosen: readonly ChosenClient[],
  protocol: 'prometheus' | 'otel',
): 'library' | 'direct' | 'none' {
  return chosen.find(({ definition }) => definition.protocol === protocol)?.definition.client ?? 'none';
}

function costOf(client: 'library' | 'direct' | 'none', direct: number, library: number): number {
  return client === 'none' ? 0 : client === 'direct' ? direct : library;
}

/** Data points of a series: the library sends sum and count of a summary as metrics of their own. */
function pointsPerSlot({ type }: Family, client: 'library' | 'direct' | 'none'): number {
  return client === 'library' && type === 'summary' ? 2 : 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

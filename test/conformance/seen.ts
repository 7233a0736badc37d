/**
 * What a reader sees of a frame, in one shape for every protocol, so that sinks can be held against the frame and
 * against each other.
 */
import { rowCount } from '../../src/series/column.ts';
import { declaredType, type DeclaredType, type Family } from '../../src/series/family.ts';
import { birthOf, isPresent, type FamilyFrame, type Frame } from '../../src/series/frame.ts';
import type { DecodedMetric } from '../../src/wire/otlp-decode.ts';

/** By name as the protocol has it. */
export type Seen = Readonly<Record<string, SeenFamily>>;

export interface SeenFamily {
  readonly type: string;
  readonly help: string;
  /** Empty where the protocol or the family has none. */
  readonly unit: string;
  /** By label set, see `labelKey`. */
  readonly series: Readonly<Record<string, SeenSeries>>;
}

export interface SeenSeries {
  /** Of counters and gauges. */
  readonly value?: number;
  /** Of histograms: upper bound and cumulative count, the last bound being Infinity. */
  readonly buckets?: readonly (readonly [le: number, count: number])[];
  /** Of summaries. */
  readonly quantiles?: readonly (readonly [quantile: number, value: number])[];
  /** Of histograms and summaries. */
  readonly count?: number;
  readonly sum?: number;
  /** Wall time of the point and birth of the series, in milliseconds, where the protocol shows them. */
  readonly timeMs?: number;
  readonly birthMs?: number;
}

/** Which details a protocol shows besides names, labels and values. */
export interface Detail {
  readonly help?: boolean;
  readonly unit?: boolean;
  readonly time?: boolean;
  /** Gauges have none. */
  readonly birth?: boolean;
  /** How the protocol calls types; absent: as they are declared. */
  readonly types?: Readonly<Partial<Record<DeclaredType, string>>>;
}

/** A label set whatever its order. */
export function labelKey(labels: Iterable<readonly [name: string, value: string]>): string {
  return JSON.stringify(Array.from(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The values of a point over OTLP. */
export function pointValues(point: DecodedMetric['points'][number]): SeenSeries {
  if ('value' in point) return { value: point.value };
  const { count, sum = Number.NaN } = point;
  if ('quantiles' in point)
    return { quantiles: point.quantiles.map(({ quantile, value }) => [quantile, value]), count, sum };
  let total = 0;
  const buckets = point.counts.map((inBucket, i): [number, number] => {
    total += inBucket;
    return [point.bounds[i] ?? Infinity, total];
  });
  return { buckets, count, sum };
}

/** What must be seen of a frame under the names of a protocol. */
export function expected(frame: Frame, protocol: 'prometheus' | 'otel', detail: Detail = {}): Seen {
  return Object.fromEntries(
    frame.families.map((familyFrame) => {
      const { family } = familyFrame;
      const { name, unit } = family[protocol];
      const series = Array.from({ length: family.size }, (_, slot) => slot).filter((slot) =>
        isPresent(familyFrame, slot),
      );
      const seen: SeenFamily = {
        type: typeOf(family, detail),
        help: detail.help === true ? family.help : '',
        unit: detail.unit === true ? unit : '',
        series: Object.fromEntries(
          series.map((slot) => [
            labelKey(labelsOf(family, slot)),
            {
              ...valuesOf(familyFrame, slot),
              ...(detail.time === true ? { timeMs: frame.wallMs } : {}),
              ...(detail.birth === true && !BIRTHLESS.has(typeOf(family, detail))
                ? { birthMs: birthOf(familyFrame, slot) }
                : {}),
            },
          ]),
        ),
      };
      return [name, seen];
    }),
  );
}

/** Types that are shown without a birth. */
export const BIRTHLESS: ReadonlySet<string> = new Set(['gauge', 'unknown', 'info', 'stateset']);

/** What the protocols call the types that only OpenMetrics has, and it not all of them. */
export const TEXT_TYPES = { updown: 'gauge', info: 'gauge', stateset: 'gauge' } as const;
export const OPENMETRICS_TYPES = { updown: 'gauge' } as const;
export const OTLP_TYPES = {
  updown: 'up-down counter',
  info: 'up-down counter',
  stateset: 'up-down counter',
  unknown: 'gauge',
} as const;

function typeOf(family: Family, { types = {} }: Detail): string {
  const type = declaredType(family);
  return types[type] ?? type;
}

function labelsOf({ labels }: Family, slot: number): [name: string, value: string][] {
  return labels.names.map((name, dimension) => [name, labels.value(slot, dimension)]);
}

function valuesOf({ family, column }: FamilyFrame, slot: number): SeenSeries {
  switch (column.kind) {
    case 'scalar':
      return { value: column.values[slot] as number };
    case 'histogram': {
      let total = 0;
      const buckets = [...family.bounds, Infinity].map((le, i): [number, number] => {
        total += column.counts[slot * column.width + i] as number;
        return [le, total];
      });
      return { buckets, count: rowCount(column, slot), sum: column.sums[slot] as number };
    }
    case 'summary': {
      const values = new Float64Array(family.quantiles.length);
      column.readQuantiles(slot, values, 0);
      return {
        quantiles: Array.from(family.quantiles, (quantile, i): [number, number] => [
          quantile,
          values[i] as number,
        ]),
        count: column.counts[slot] as number,
        sum: column.sums[slot] as number,
      };
    }
  }
}

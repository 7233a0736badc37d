/**
 * An independent reader of OTLP metrics: protobufjs with the field numbers published in opentelemetry-proto
 * (collector/metrics/v1, metrics/v1, common/v1, resource/v1), and what a frame must look like to any reader.
 */
import protobuf from 'protobufjs';

import { rowCount } from '../../src/series/column.ts';
import { declaredType } from '../../src/series/family.ts';
import { birthOf, isPresent, type FamilyFrame, type Frame } from '../../src/series/frame.ts';
import type { AttributeValue, DecodedMetric } from '../../src/wire/otlp-decode.ts';

interface Field {
  type: string;
  id: number;
  rule?: 'repeated';
  /** proto3 tracks absence only of these and of messages. */
  options?: Record<string, unknown>;
}

const field = (type: string, id: number): Field => ({ type, id });
const repeated = (type: string, id: number): Field => ({ type, id, rule: 'repeated' });
const optional = (type: string, id: number): Field => ({
  ...field(type, id),
  options: { proto3_optional: true },
});

const root = protobuf.Root.fromJSON({
  nested: {
    ExportMetricsServiceRequest: { fields: { resourceMetrics: repeated('ResourceMetrics', 1) } },
    ExportMetricsServiceResponse: { fields: { partialSuccess: field('ExportMetricsPartialSuccess', 1) } },
    ExportMetricsPartialSuccess: {
      fields: { rejectedDataPoints: field('int64', 1), errorMessage: field('string', 2) },
    },
    ResourceMetrics: {
      fields: {
        resource: field('Resource', 1),
        scopeMetrics: repeated('ScopeMetrics', 2),
        schemaUrl: field('string', 3),
      },
    },
    Resource: { fields: { attributes: repeated('KeyValue', 1), droppedAttributesCount: field('uint32', 2) } },
    ScopeMetrics: {
      fields: {
        scope: field('InstrumentationScope', 1),
        metrics: repeated('Metric', 2),
        schemaUrl: field('string', 3),
      },
    },
    InstrumentationScope: {
      fields: {
        name: field('string', 1),
        version: field('string', 2),
        attributes: repeated('KeyValue', 3),
        droppedAttributesCount: field('uint32', 4),
      },
    },
    Metric: {
      oneofs: { data: { oneof: ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] } },
      fields: {
        name: field('string', 1),
        description: field('string', 2),
        unit: field('string', 3),
        gauge: field('Gauge', 5),
        sum: field('Sum', 7),
        histogram: field('Histogram', 9),
        exponentialHistogram: field('ExponentialHistogram', 10),
        summary: field('Summary', 11),
      },
    },
    Gauge: { fields: { dataPoints: repeated('NumberDataPoint', 1) } },
    Sum: {
      fields: {
        dataPoints: repeated('NumberDataPoint', 1),
        aggregationTemporality: field('uint32', 2),
        isMonotonic: field('bool', 3),
      },
    },
    Histogram: {
      fields: {
        dataPoints: repeated('HistogramDataPoint', 1),
        aggregationTemporality: field('uint32', 2),
      },
    },
    ExponentialHistogram: { fields: { dataPoints: repeated('ExponentialHistogramDataPoint', 1) } },
    ExponentialHistogramDataPoint: { fields: { timeUnixNano: field('fixed64', 3) } },
    Summary: { fields: { dataPoints: repeated('SummaryDataPoint', 1) } },
    NumberDataPoint: {
      oneofs: { value: { oneof: ['asDouble', 'asInt'] } },
      fields: {
        startTimeUnixNano: field('fixed64', 2),
        timeUnixNano: field('fixed64', 3),
        asDouble: field('double', 4),
        asInt: field('sfixed64', 6),
        attributes: repeated('KeyValue', 7),
        flags: field('uint32', 8),
      },
    },
    HistogramDataPoint: {
      oneofs: { _sum: { oneof: ['sum'] }, _min: { oneof: ['min'] }, _max: { oneof: ['max'] } },
      fields: {
        startTimeUnixNano: field('fixed64', 2),
        timeUnixNano: field('fixed64', 3),
        count: field('fixed64', 4),
        sum: optional('double', 5),
        bucketCounts: repeated('fixed64', 6),
        explicitBounds: repeated('double', 7),
        attributes: repeated('KeyValue', 9),
        flags: field('uint32', 10),
        min: optional('double', 11),
        max: optional('double', 12),
      },
    },
    SummaryDataPoint: {
      fields: {
        startTimeUnixNano: field('fixed64', 2),
        timeUnixNano: field('fixed64', 3),
        count: field('fixed64', 4),
        sum: field('double', 5),
        quantileValues: repeated('ValueAtQuantile', 6),
        attributes: repeated('KeyValue', 7),
        flags: field('uint32', 8),
      },
    },
    ValueAtQuantile: { fields: { quantile: field('double', 1), value: field('double', 2) } },
    KeyValue: { fields: { key: field('string', 1), value: field('AnyValue', 2) } },
    AnyValue: {
      oneofs: { value: { oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue'] } },
      fields: {
        stringValue: field('string', 1),
        boolValue: field('bool', 2),
        intValue: field('int64', 3),
        doubleValue: field('double', 4),
      },
    },
    Status: {
      fields: { code: field('int32', 1), message: field('string', 2), details: repeated('Any', 3) },
    },
    Any: { fields: { typeUrl: field('string', 1), value: field('bytes', 2) } },
    RetryInfo: { fields: { retryDelay: field('Duration', 1) } },
    Duration: { fields: { seconds: field('int64', 1), nanos: field('int32', 2) } },
  },
});

/** Bytes of a message as protobufjs writes them. */
export function encodeAs(type: string, message: Record<string, unknown>): Uint8Array {
  const messageType = root.lookupType(type);
  return messageType.encode(messageType.fromObject(message)).finish();
}

/** A message as protobufjs reads it, with 64-bit numbers as decimal strings. */
export function decodeAs(type: string, bytes: Uint8Array): Record<string, unknown> {
  const messageType = root.lookupType(type);
  return messageType.toObject(messageType.decode(bytes), { longs: String, arrays: true });
}

interface WireKeyValue {
  key: string;
  value?: { stringValue?: string; intValue?: string };
}

interface WirePoint {
  attributes: WireKeyValue[];
  startTimeUnixNano?: string;
  timeUnixNano?: string;
  flags?: number;
  asDouble?: number;
  count?: string;
  sum?: number;
  min?: number;
  max?: number;
  bucketCounts?: string[];
  explicitBounds?: number[];
  quantileValues?: { quantile?: number; value?: number }[];
}

interface WireData {
  dataPoints: WirePoint[];
  aggregationTemporality?: number;
  isMonotonic?: boolean;
}

interface WireRequest {
  resourceMetrics: {
    resource?: { attributes: WireKeyValue[] };
    scopeMetrics: {
      scope?: { name?: string; version?: string };
      metrics: ({ name: string; description?: string; unit?: string } & Record<
        'gauge' | 'sum' | 'histogram' | 'summary',
        WireData | undefined
      >)[];
    }[];
  }[];
}

/** What a data point says, in plain values that compare. Numbers are text, so that -0 and NaN stay apart. */
export interface PlainPoint {
  readonly attributes: Readonly<Record<string, string>>;
  readonly startNanos: string;
  readonly timeNanos: string;
  readonly flags: number;
  readonly values: Readonly<Record<string, string>>;
}

export interface PlainMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** `sum monotonic cumulative`, `gauge`, ... */
  readonly type: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: string;
  readonly points: readonly PlainPoint[];
}

/** A request as protobufjs reads it. */
export function readRequest(bytes: Uint8Array): PlainMetric[] {
  const request = decodeAs('ExportMetricsServiceRequest', bytes) as unknown as WireRequest;
  return request.resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map((metric) => {
        const kind = (['gauge', 'sum', 'histogram', 'summary'] as const).find((name) => metric[name] != null);
        const data = metric[kind as 'sum'] as WireData;
        const temporality = ['', ' delta', ' cumulative'][data.aggregationTemporality ?? 0] as string;
        return {
          name: metric.name,
          description: metric.description ?? '',
          unit: metric.unit ?? '',
          type: `${kind}${data.isMonotonic === true ? ' monotonic' : ''}${temporality}`,
          resource: plainAttributes(resource?.attributes ?? []),
          scope: `${scope?.name ?? ''}${scope?.version ?? ''}`,
          points: data.dataPoints.map((point) => plainWirePoint(point, kind as string)),
        };
      }),
    ),
  );
}

function plainWirePoint(point: WirePoint, kind: string): PlainPoint {
  return {
    attributes: plainAttributes(point.attributes),
    startNanos: point.startTimeUnixNano ?? '0',
    timeNanos: point.timeUnixNano ?? '0',
    flags: point.flags ?? 0,
    values: plainValues(point, kind),
  };
}

function plainValues(point: WirePoint, kind: string): Record<string, string> {
  if (kind === 'gauge' || kind === 'sum')
    return point.asDouble === undefined ? {} : { value: text(point.asDouble) };
  const values: Record<string, string> = { count: point.count ?? '0' };
  if (point.sum !== undefined || kind === 'summary') values['sum'] = text(point.sum ?? 0);
  if (point.min !== undefined) values['min'] = text(point.min);
  if (point.max !== undefined) values['max'] = text(point.max);
  for (const [i, count] of (point.bucketCounts ?? []).entries())
    values[`le ${text(point.explicitBounds?.[i] ?? Infinity)}`] = count;
  for (const { quantile = 0, value = 0 } of point.quantileValues ?? [])
    values[`quantile ${text(quantile)}`] = text(value);
  return values;
}

function plainAttributes(attributes: readonly WireKeyValue[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value?.stringValue ?? '']));
}

const text = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** What our own decoder found, in the same form. */
export function plainDecoded(metrics: readonly DecodedMetric[]): PlainMetric[] {
  return metrics.map((metric) => {
    const monotonic = metric.type === 'sum' && metric.monotonic ? ' monotonic' : '';
    const temporality = 'temporality' in metric ? ` ${metric.temporality}` : '';
    return {
      name: metric.name,
      description: metric.description,
      unit: metric.unit,
      type: `${metric.type}${monotonic}${temporality}`,
      resource: Object.fromEntries([...metric.resource].map(plainAttribute)),
      scope: metric.scope.name + metric.scope.version,
      points: metric.points.map((point) => ({
        attributes: Object.fromEntries([...point.attributes].map(plainAttribute)),
        startNanos: nanos(point.startMs),
        timeNanos: nanos(point.timeMs),
        flags: Number(point.noRecordedValue),
        values: decodedValues(point),
      })),
    };
  });
}

function plainAttribute([key, value]: [string, AttributeValue]): [string, string] {
  return [key, typeof value === 'string' ? value : JSON.stringify(value)];
}

function decodedValues(point: DecodedMetric['points'][number]): Record<string, string> {
  if ('value' in point) return point.noRecordedValue ? {} : { value: text(point.value) };
  const values: Record<string, string> = { count: String(point.count) };
  if (point.sum !== undefined) values['sum'] = text(point.sum);
  if ('quantiles' in point) {
    for (const { quantile, value } of point.quantiles) values[`quantile ${text(quantile)}`] = text(value);
  } else {
    if (point.min !== undefined) values['min'] = text(point.min);
    if (point.max !== undefined) values['max'] = text(point.max);
    for (const [i, count] of point.counts.entries())
      values[`le ${text(point.bounds[i] ?? Infinity)}`] = String(count);
  }
  return values;
}

const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);

/** What any reader must find of a frame, families without a shown series left out. */
export function expectedMetrics(frame: Frame, resource: Readonly<Record<string, string>>): PlainMetric[] {
  return frame.families
    .map((entry) => ({
      name: entry.family.otel.name,
      description: entry.family.help,
      unit: entry.family.otel.unit,
      type: {
        counter: 'sum monotonic cumulative',
        updown: 'sum cumulative',
        info: 'sum cumulative',
        stateset: 'sum cumulative',
        gauge: 'gauge',
        unknown: 'gauge',
        histogram: 'histogram cumulative',
        summary: 'summary',
      }[declaredType(entry.family)],
      resource,
      scope: '',
      points: Array.from({ length: entry.family.size }, (_, slot) => slot)
        .filter((slot) => isPresent(entry, slot))
        .map((slot) => ({
          attributes: labelsOf(entry, slot),
          startNanos: nanos(birthOf(entry, slot)),
          timeNanos: nanos(frame.wallMs),
          flags: 0,
          values: valuesOf(entry, slot),
        })),
    }))
    .filter(({ points }) => points.length > 0);
}

function labelsOf({ family: { labels } }: FamilyFrame, slot: number): Record<string, string> {
  return Object.fromEntries(labels.names.map((name, d) => [name, labels.value(slot, d)]));
}

function valuesOf({ family, column }: FamilyFrame, slot: number): Record<string, string> {
  switch (column.kind) {
    case 'scalar':
      return { value: text(column.values[slot] as number) };
    case 'histogram': {
      const values: Record<string, string> = {
        count: String(rowCount(column, slot)),
        sum: text(column.sums[slot] as number),
      };
      for (let i = 0; i < column.width; i++)
        values[`le ${text(family.bounds[i] ?? Infinity)}`] = String(column.counts[slot * column.width + i]);
      return values;
    }
    case 'summary': {
      const read = new Float64Array(family.quantiles.length);
      column.readQuantiles(slot, read, 0);
      const values: Record<string, string> = {
        count: String(column.counts[slot]),
        sum: text(column.sums[slot] as number),
      };
      for (const [i, quantile] of family.quantiles.entries())
        values[`quantile ${text(quantile)}`] = text(read[i] as number);
      return values;
    }
  }
}

/** Requests of one frame as one list: parts of a metric that was cut come together again. */
export function joinMetrics(requests: readonly (readonly PlainMetric[])[]): PlainMetric[] {
  const joined: PlainMetric[] = [];
  for (const metric of requests.flat()) {
    const last = joined.at(-1);
    if (last?.name === metric.name && last.points[0]?.flags === metric.points[0]?.flags)
      joined[joined.length - 1] = { ...last, points: [...last.points, ...metric.points] };
    else joined.push(metric);
  }
  return joined;
}

/** Collected metrics as requests that stay below a size. */
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { Resource } from '@opentelemetry/resources';
import type { MetricData } from '@opentelemetry/sdk-metrics';

/** Points that are serialized at once: a few milliseconds of work. */
const MAX_POINTS_AT_ONCE = 2000;

export interface SerializedRequest {
  readonly bytes: Uint8Array;
  readonly points: number;
}

/** Serializes metrics piece by piece. A point that is larger than `maxBytes` by itself goes by itself. */
export function* serializeRequests(
  metrics: readonly MetricData[],
  resource: Resource,
  limits: { readonly maxBytes: number; readonly maxPoints: number },
): Generator<SerializedRequest, undefined> {
  let group: MetricData[] = [];
  const maxPoints = Math.min(limits.maxPoints, MAX_POINTS_AT_ONCE);
  let room = maxPoints;
  for (const metric of metrics) {
    for (let from = 0; from < metric.dataPoints.length;) {
      const to = Math.min(from + room, metric.dataPoints.length);
      group.push(slice(metric, from, to));
      room -= to - from;
      from = to;
      if (room > 0) continue;
      yield* fit(group, resource, limits.maxBytes);
      group = [];
      room = maxPoints;
    }
  }
  if (group.length > 0) yield* fit(group, resource, limits.maxBytes);
  return undefined;
}

/** One request, or the halves of it where it would be too large. */
function* fit(
  group: readonly MetricData[],
  resource: Resource,
  maxBytes: number,
): Generator<SerializedRequest> {
  const points = group.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
  const bytes = ProtobufMetricsSerializer.serializeRequest({
    resource,
    scopeMetrics: [{ scope: { name: '' }, metrics: [...group] }],
  });
  if (bytes === undefined) throw new Error('the SDK could not serialize its own metrics');
  if (bytes.length <= maxBytes || points === 1) {
    yield { bytes, points };
    return;
  }
  const half = Math.ceil(points / 2);
  const first: MetricData[] = [];
  const second: MetricData[] = [];
  let room = half;
  for (const metric of group) {
    const count = metric.dataPoints.length;
    const cut = Math.min(room, count);
    if (cut > 0) first.push(slice(metric, 0, cut));
    if (cut < count) second.push(slice(metric, cut, count));
    room -= cut;
  }
  yield* fit(first, resource, maxBytes);
  yield* fit(second, resource, maxBytes);
}

/** Some points of a metric. */
function slice(metric: MetricData, from: number, to: number): MetricData {
  return { ...metric, dataPoints: metric.dataPoints.slice(from, to) } as MetricData;
}

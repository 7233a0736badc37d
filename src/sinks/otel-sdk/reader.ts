/** Our MetricReader: no limit of series, no drift, and points that carry the times of the tick. */
import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  AggregationType,
  DataPointType,
  InstrumentType,
  MetricReader,
  type DataPoint,
  type MetricData,
} from '@opentelemetry/sdk-metrics';

import { declaredType, type Family } from '../../series/family.ts';
import { birthOf, type FamilyFrame, type Frame } from '../../series/frame.ts';
import { otlpTypeOf } from '../../wire/names.ts';
import { summaryNames } from './instruments.ts';

/**
 * A reader that collects when it is asked to. Sums of observable instruments are kept as last values: the SDK's own sum is
 * the last one plus a difference, which is not the value observed unless both are whole numbers. `stamp` makes sums of them again.
 */
export class TickReader extends MetricReader {
  constructor() {
    super({
      cardinalitySelector: () => Number.POSITIVE_INFINITY,
      aggregationSelector: (type) => ({
        type: OBSERVABLE_SUMS.has(type) ? AggregationType.LAST_VALUE : AggregationType.DEFAULT,
      }),
    });
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const OBSERVABLE_SUMS: ReadonlySet<InstrumentType> = new Set([
  InstrumentType.OBSERVABLE_COUNTER,
  InstrumentType.OBSERVABLE_UP_DOWN_COUNTER,
]);

/** Gives collected metrics the wall time of the tick and the births of their series. */
export type Stamp = (metrics: readonly MetricData[], frame: Frame) => MetricData[];

/** Makes a stamp for the instruments that `attachToMeter` makes of these families. */
export function createStamp(families: readonly Family[]): Stamp {
  const byName = new Map<string, number>();
  for (const [index, family] of families.entries()) {
    const names = family.type === 'summary' ? summaryNames(family) : [family.otel.name];
    for (const name of names) byName.set(name, index);
  }
  const slots = new Map<Attributes, number>();

  /** The slot of a point, by its attributes, which are the same object at every tick, in slot order at the first. */
  const slotOf = (attributes: Attributes, position: number): number => {
    const slot = slots.get(attributes);
    if (slot !== undefined) return slot;
    slots.set(attributes, position);
    return position;
  };

  const restamp = <Value>(
    points: readonly DataPoint<Value>[],
    entry: FamilyFrame,
    frame: Frame,
  ): DataPoint<Value>[] => {
    const endTime = hrTimeOf(frame.wallMs);
    const common = hrTimeOf(entry.birthMs);
    return points.map(({ attributes, value }, position) => {
      const slot = slotOf(attributes, position);
      const startTime = entry.births === undefined ? common : hrTimeOf(birthOf(entry, slot));
      return { attributes, value, startTime, endTime };
    });
  };

  return (metrics, frame) =>
    metrics.flatMap((metric): MetricData[] => {
      const entry = frame.families[byName.get(metric.descriptor.name) ?? -1];
      if (entry === undefined) return [];
      const { descriptor } = metric;
      if (metric.dataPointType === DataPointType.HISTOGRAM) {
        const points = restamp(metric.dataPoints, entry, frame).map((point) => {
          const { buckets, count, sum = 0 } = point.value;
          return { ...point, value: { buckets, count, sum } };
        });
        return [{ ...metric, dataPoints: points }];
      }
      if (metric.dataPointType !== DataPointType.GAUGE) return [];
      const dataPoints = restamp(metric.dataPoints, entry, frame);
      const { type, monotonic = false } = otlpTypeOf(declaredType(entry.family));
      if (type === 'gauge') return [{ ...metric, dataPoints }];
      return [
        {
          descriptor,
          dataPointType: DataPointType.SUM,
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          isMonotonic: monotonic,
          dataPoints,
        },
      ];
    });
}

/** Milliseconds as seconds and nanoseconds; exact for whole milliseconds. */
function hrTimeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

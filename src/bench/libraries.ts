/**
 * What a tool pays that is built on the client libraries as they come: prom-client metrics that accumulate, OpenTelemetry
 * instruments that record. Label objects are made once and given again, and values are ready made, so nothing but the
 * libraries is measured.
 */
import type {
  Attributes,
  Counter as OtelCounter,
  Gauge as OtelGauge,
  Histogram as OtelHistogram,
} from '@opentelemetry/api';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Counter, Gauge, Histogram, Registry, Summary, type RegistryContentType } from 'prom-client';

import type { Family } from '../series/family.ts';

/** Labels of a series, as both libraries take them. */
export type Labels = Record<string, string>;

export function labelsOf({ labels, size }: Family): readonly Labels[] {
  return Array.from({ length: size }, (_, slot) =>
    Object.fromEntries(labels.names.map((name, d) => [name, labels.value(slot, d)])),
  );
}

/** Takes one value for a series, whatever that means to a metric of its type. */
export type Take = (labels: Labels, value: number) => void;

export interface PromClient {
  readonly take: Take;
  page(): Promise<string>;
}

/** One metric of a type in a registry of its own. */
export function createPromClient(
  { prometheus, type, help, labels, bounds, quantiles }: Family,
  openMetrics = false,
): PromClient {
  const registry = new Registry<RegistryContentType>();
  if (openMetrics) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const common = { name: prometheus.name, help, labelNames: [...labels.names], registers: [registry] };
  const take = ((): Take => {
    switch (type) {
      case 'counter': {
        const counter = new Counter(common);
        return (labels, value) => counter.inc(labels, value);
      }
      case 'gauge': {
        const gauge = new Gauge(common);
        return (labels, value) => gauge.set(labels, value);
      }
      case 'histogram': {
        const histogram = new Histogram({ ...common, buckets: [...bounds] });
        return (labels, value) => histogram.observe(labels, value);
      }
      case 'summary': {
        const summary = new Summary({
          ...common,
          percentiles: [...quantiles],
          maxAgeSeconds: 60,
          ageBuckets: 5,
        });
        return (labels, value) => summary.observe(labels, value);
      }
    }
  })();
  return { take, page: () => registry.metrics() };
}

export interface OtelSdk {
  readonly take: Take;
  /** Collects, and serialises everything into one request; no collector would take it whole, but that is the least of it. */
  request(): Promise<Uint8Array>;
}

/** One instrument of a type on a meter of its own. A summary has none. */
export function createOtelSdk({ otel, type, help, bounds }: Family): OtelSdk {
  const reader = new CollectingReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');
  const options = { description: help, unit: otel.unit };
  const take = ((): Take => {
    switch (type) {
      case 'counter': {
        const counter: OtelCounter = meter.createCounter(otel.name, options);
        return (labels: Attributes, value) => counter.add(value, labels);
      }
      case 'gauge': {
        const gauge: OtelGauge = meter.createGauge(otel.name, options);
        return (labels: Attributes, value) => gauge.record(value, labels);
      }
      case 'histogram': {
        const advice = { explicitBucketBoundaries: [...bounds] };
        const histogram: OtelHistogram = meter.createHistogram(otel.name, { ...options, advice });
        return (labels: Attributes, value) => histogram.record(value, labels);
      }
      case 'summary':
        throw new RangeError('OpenTelemetry has no instrument for a summary');
    }
  })();
  return {
    take,
    async request() {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw errors[0];
      const bytes = ProtobufMetricsSerializer.serializeRequest(resourceMetrics);
      if (bytes === undefined) throw new Error('the SDK serialised nothing');
      return bytes;
    },
  };
}

/** Both libraries with the label objects of a family. */
export interface Libraries {
  readonly labels: readonly Labels[];
  readonly prom: PromClient;
  /** Absent for a summary. */
  readonly otel: OtelSdk | undefined;
}

export function createLibraries(family: Family): Libraries {
  return {
    labels: labelsOf(family),
    prom: createPromClient(family),
    otel: family.type === 'summary' ? undefined : createOtelSdk(family),
  };
}

/** One value for each series. Unless values are given they are small; that matters to nothing but the length of a page. */
export function recordAll(labels: readonly Labels[], take: Take, values?: Float64Array): void {
  for (let slot = 0; slot < labels.length; slot++)
    take(labels[slot] as Labels, values?.[slot] ?? (slot % 11) / 4);
}

/** Collects when asked, as many series as there are: the default folds those past 2,000 into one. */
class CollectingReader extends MetricReader {
  constructor() {
    super({ cardinalitySelector: () => Number.POSITIVE_INFINITY });
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

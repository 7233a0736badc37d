/**
 * OTLP through the OpenTelemetry SDK: real instruments on a MeterProvider, collected by a reader of ours, then sent
 * as the direct client's requests are. Its packages are loaded when a run starts that uses it.
 */
import type { Meter } from '@opentelemetry/api';

import type { Frame } from '../series/frame.ts';
import { attachToMeter } from './otel-sdk/instruments.ts';
import { otelOptions } from './shared/otel-options.ts';
import { createPushSink, type ClientSettings, type PushClient } from './shared/push.ts';
import { defineSink, type Capabilities, type Sink, type SinkContext } from './sink.ts';

const CAPABILITIES: Capabilities = {
  summary: false,
  // Whatever an instrument has once reported, its reader reports for ever.
  absence: false,
  reset: false,
  birth: true,
  nan: true,
  change: false,
  turnover: false,
  bulk: false,
  needsObservations: true,
};

export const otelSdk = defineSink({
  name: 'otel-sdk',
  summary: 'OTLP over gRPC or HTTP, through instruments of the OpenTelemetry SDK.',
  protocol: 'otel',
  client: 'library',
  capabilities: CAPABILITIES,
  options: otelOptions,
  create: (options, context) =>
    createPushSink({
      name: 'otel-sdk',
      options,
      context,
      createClient: createSdkClient,
      follows: false,
    }),
});

/** A rough size of a collected point with its attributes, in bytes. */
const POINT_BYTES = 500;

/** Makes frames into requests with the SDK. */
export async function createSdkClient(settings: ClientSettings): Promise<PushClient> {
  const { families } = settings;
  const [{ MeterProvider }, { resourceFromAttributes }, { createStamp, TickReader }, { serializeRequests }] =
    await Promise.all([
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/resources'),
      import('./otel-sdk/reader.ts'),
      import('./otel-sdk/requests.ts'),
    ]);
  const resource = resourceFromAttributes(settings.resource);
  const reader = new TickReader();
  // Without a name, so that no backend makes labels of it.
  const meter = new MeterProvider({ resource, readers: [reader] }).getMeter('');
  let current: Frame | undefined;
  const attachment = attachToMeter(meter, families, (use) => {
    if (current !== undefined) use(current);
  });
  const stamp = createStamp(families);
  const hasHistograms = families.some(({ type }) => type === 'histogram');

  const collect = async () => {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw errors[0];
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  };
  const points = families.reduce((sum, { type, size }) => sum + (type === 'summary' ? 2 : 1) * size, 0);

  return {
    frameBytes: points * POINT_BYTES,
    points: () => points,
    async tick(frame) {
      attachment.record(frame);
      // So that one partial sum is added a tick. Observables are left out: there is no current frame.
      if (hasHistograms) await collect();
    },
    async capture(frame) {
      current = frame;
      const metrics = stamp(await collect(), frame);
      current = undefined;
      const requests = serializeRequests(metrics, resource, settings);
      return {
        next() {
          const { value } = requests.next();
          return value === undefined ? undefined : { ...value, done: () => undefined };
        },
        release: () => undefined,
      };
    },
  };
}

/**
 * A sink that keeps the families of a simulation on a meter of the caller's, who collects and exports it as ever. Each
 * collection reads a whole tick. A run whose series come and go is refused, as it is for the exporter of the SDK.
 */
export function createMeterSink(meter: Meter): (context: Pick<SinkContext, 'read'>) => Sink {
  return ({ read }) => {
    let attachment: ReturnType<typeof attachToMeter> | undefined;
    return {
      name: 'meter',
      capabilities: CAPABILITIES,
      describe: () => 'instruments on a meter of the program',
      start(families) {
        attachment = attachToMeter(meter, families, read);
        return Promise.resolve();
      },
      frame(frame) {
        attachment?.record(frame);
      },
      stop() {
        attachment?.detach();
        return Promise.resolve();
      },
    };
  };
}

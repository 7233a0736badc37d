/** Push sinks against the embedded receiver: frames go in here, decoded metrics come out there. */
import type { z } from 'zod';

import type { FamiliesChange } from '../../src/series/change.ts';
import type { Family } from '../../src/series/family.ts';
import type { Frame } from '../../src/series/frame.ts';
import type { OtelOptions, otelOptions } from '../../src/sinks/shared/otel-options.ts';
import type { Sink, SinkDefinition } from '../../src/sinks/sink.ts';
import { yieldNow } from '../../src/util/turns.ts';
import { createReceiver } from '../../src/verify/receiver.ts';
import type { DecodedMetric } from '../../src/wire/otlp-decode.ts';
import { labelKey, pointValues, type Seen, type SeenSeries } from '../conformance/seen.ts';
import type { SinkHarness } from '../conformance/sinks.ts';
import { createTestContext, type TestContext } from './context.ts';

export interface PushHarness extends SinkHarness {
  readonly sink: Sink;
  readonly context: TestContext;
  /** Shows a frame, and a change before it, without waiting for what comes of it. */
  show(frame: Frame, change?: FamiliesChange): Promise<void>;
  /** All that came since it was last asked for, once everything shown has ended. */
  received(): Promise<DecodedMetric[]>;
  /** Shows a frame and resolves to what came of it. */
  push(frame: Frame, change?: FamiliesChange): Promise<DecodedMetric[]>;
}

/** A started push sink that exports every tick to a receiver of its own. */
export async function createPushHarness(
  definition: SinkDefinition<string, typeof otelOptions>,
  families: readonly Family[],
  options: z.input<typeof otelOptions> = {},
): Promise<PushHarness> {
  const metrics: DecodedMetric[] = [];
  const receiver = await createReceiver({
    port: 0,
    httpPort: 0,
    onRequest: (decoded) => void metrics.push(...decoded),
  });
  const context = createTestContext();
  const port = options.protocol === 'http' ? receiver.httpPort : receiver.port;
  const parsed: OtelOptions = definition.options.parse({
    endpoint: `127.0.0.1:${port}`,
    export_interval_s: 1,
    ...options,
  });
  const sink = definition.create(parsed, context);
  await sink.start(families);

  const show = async (frame: Frame, change?: FamiliesChange): Promise<void> => {
    if (change !== undefined) await sink.change?.(change);
    await sink.frame(frame);
  };
  const received = async (): Promise<DecodedMetric[]> => {
    await delivered(sink);
    return metrics.splice(0);
  };
  const push = async (frame: Frame, change?: FamiliesChange): Promise<DecodedMetric[]> => {
    metrics.length = 0;
    await show(frame, change);
    return received();
  };
  return {
    sink,
    context,
    show,
    received,
    push,
    see: async (frame, change) => seenOver(await push(frame, change), frame),
    async close() {
      await sink.stop(1000);
      await receiver.close();
    },
  };
}

/** Waits until every point that a sink was given has ended. */
export async function delivered(sink: Sink): Promise<void> {
  while (sink.account?.().pending !== 0) await yieldNow();
}

/** What a reader sees who keeps the values of the last tick by name and labels. */
function seenOver(metrics: readonly DecodedMetric[], frame: Frame): Seen {
  const seen: Record<
    string,
    { type: string; help: string; unit: string; series: Record<string, SeenSeries> }
  > = {};
  // Nothing tells of a family without a shown series.
  for (const { family } of frame.families)
    seen[family.otel.name] = { type: family.type, help: family.help, unit: family.otel.unit, series: {} };
  for (const metric of metrics) {
    if (metric.points.every((point) => point.noRecordedValue)) continue;
    const { name, description, unit } = metric;
    const type = metric.type === 'sum' ? (metric.monotonic ? 'counter' : 'up-down counter') : metric.type;
    const family = (seen[name] ??= { type, help: description, unit, series: {} });
    Object.assign(family, { type, help: description, unit });
    for (const point of metric.points) {
      if (point.noRecordedValue) continue;
      const labels = Array.from(point.attributes, ([label, value]): [string, string] => [
        label,
        value as string,
      ]);
      const birth = metric.type === 'gauge' ? {} : { birthMs: point.startMs };
      family.series[labelKey(labels)] = { ...pointValues(point), timeMs: point.timeMs, ...birth };
    }
  }
  return seen;
}

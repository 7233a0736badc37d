/** OTLP, direct: request bytes straight from the columns. Says everything that a frame can hold. */
import { shownDoublesPerSlot } from '../series/column.ts';
import { createSnapshot, type Snapshot } from '../series/snapshot.ts';
import { prepareOtlp, type EndedSeries, type OtlpEncoder, type RequestBuffer } from '../wire/otlp.ts';
import { createEndings } from './shared/endings.ts';
import { otelOptions } from './shared/otel-options.ts';
import { createPushSink, type ClientSettings, type PushClient } from './shared/push.ts';
import { inSlices } from './shared/slices.ts';
import { DIRECT, defineSink } from './sink.ts';

export const otlp = defineSink({
  name: 'otlp',
  summary: 'OTLP over gRPC or HTTP, encoded straight from the columns.',
  protocol: 'otel',
  client: 'direct',
  capabilities: DIRECT,
  options: otelOptions,
  create: (options, context) =>
    createPushSink({
      name: 'otlp',
      options,
      context,
      createClient: createDirectClient,
    }),
});

/** Makes frames into requests without a library. */
async function createDirectClient(settings: ClientSettings): Promise<PushClient> {
  const { families, context } = settings;
  const encoder = await inSlices(prepareOtlp(families, settings), context);
  const endings = createEndings(families);
  const snapshots: Snapshot[] = [];
  const buffers: RequestBuffer[] = [];

  return {
    frameBytes: families.reduce((sum, family) => sum + family.size * 8 * shownDoublesPerSlot(family), 0),
    tick: endings.tick,
    points: endings.points,
    async capture(frame) {
      const ended = endings.take();
      const snapshot = snapshots.pop() ?? createSnapshot(families);
      await snapshot.copy(frame, context.yieldNow);
      return createBatch(encoder, snapshot, ended);
    },
  };

  function createBatch(encoder: OtlpEncoder, snapshot: Snapshot, ended: readonly EndedSeries[]) {
    const encode = encoder.requests(snapshot, ended);
    return {
      next() {
        const buffer = buffers.pop() ?? encoder.createBuffer();
        const request = encode(buffer);
        const done = (): void => void buffers.push(buffer);
        if (request === undefined) done();
        return request === undefined ? undefined : { ...request, done };
      },
      release: () => void snapshots.push(snapshot),
    };
  }
}

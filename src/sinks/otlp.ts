/** OTLP, direct: request bytes straight from the columns. Says everything that a frame can hold. */
import { shownDoublesPerSlot } from '../series/column.ts';
import { createSnapshot, type Snapshot } from '../series/snapshot.ts';
import { inSlices } from '../util/slices.ts';
import { prepareOtlp, type EndedSeries, type OtlpEncoder, type RequestBuffer } from '../wire/otlp.ts';
import { createEndings } from './shared/endings.ts';
import { otelOptions } from './shared/otel-options.ts';
import { createPushSink, type ClientSettings, type PushClient } from './shared/push.ts';
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
      follows: true,
    }),
});

/** Makes frames into requests without a library. */
async function createDirectClient(settings: ClientSettings): Promise<PushClient> {
  const { context } = settings;
  const encoder = await inSlices(prepareOtlp(settings.families, settings), context);
  const endings = createEndings(settings.families, encoder.endsOf);
  const snapshots: Snapshot[] = [];
  const buffers: RequestBuffer[] = [];
  let { families } = settings;

  return {
    get frameBytes() {
      return families.reduce((sum, family) => sum + family.size * 8 * shownDoublesPerSlot(family), 0);
    },
    tick: (frame) => inSlices(endings.tick(frame), context),
    points: endings.points,
    async change(change, resource) {
      await inSlices(endings.change(change), context);
      await inSlices(encoder.follow(change.families), context);
      encoder.setResource(resource);
      ({ families } = change);
      for (const snapshot of snapshots) snapshot.follow(families);
    },
    async capture(frame) {
      const ended = await inSlices(endings.take(), context);
      await inSlices(encoder.sync(), context);
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
      release() {
        snapshot.follow(families);
        snapshots.push(snapshot);
      },
    };
  }
}

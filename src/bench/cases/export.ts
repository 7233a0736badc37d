/** OTLP end to end: from the columns into a receiver that has taken every point. */
import { setTimeout as sleep } from 'node:timers/promises';

import { LIBRARY_MAX_SERIES, type Case, type Contender } from '../case.ts';
import { consume } from '../consume.ts';
import { createFrame } from '../frames.ts';
import { startReceiver } from '../run.ts';
import { createContext } from '../sink-context.ts';
import { createLoad } from '../workload.ts';
import type { Frame } from '../../series/frame.ts';
import { otelSdk } from '../../sinks/otel-sdk.ts';
import { otlp } from '../../sinks/otlp.ts';
import type { Account, Sink } from '../../sinks/sink.ts';
import { decodeMetrics } from '../../wire/otlp-decode.ts';
import { encodeRequests } from './requests.ts';

/** Frames of a round: enough points to be a rate. */
const LEAST_POINTS = 3_000_000;
/** Frames handed over before the first is sent: the next one is copied meanwhile, as in a run. */
const AHEAD = 2;

export const exportCase: Case = {
  name: 'export',
  summary:
    'Points per second from the columns until a receiver has taken them. gRPC: into `lyrebird receive --count` in a second process, by either client. Strict decoder: encoded and decoded in one process, without a network.',
  quick: false,
  trials: ({ series }) => [
    {
      name: 'counter, gRPC',
      measures: [{ name: '', unit: 'points/s' }],
      direct: sending(series, 'direct'),
      library: series <= LIBRARY_MAX_SERIES ? sending(series, 'library') : undefined,
    },
    ...(['counter', 'histogram'] as const)
      .filter(() => series <= 1_000_000)
      .map((type) => ({
        name: `${type}, strict decoder`,
        measures: [{ name: '', unit: 'points/s' as const }],
        direct: decoding(type, series),
      })),
  ],
};

function sending(series: number, client: 'direct' | 'library'): Contender {
  const definition = client === 'direct' ? otlp : otelSdk;
  return {
    what: client === 'direct' ? 'sink otlp' : 'sink otel-sdk',
    async prepare() {
      const plant = createLoad('counter', series);
      const first = createFrame(plant);
      const receiver = await startReceiver();
      const options = definition.options.parse({
        endpoint: `127.0.0.1:${receiver.port}`,
        export_interval_s: 1,
      });
      const sink = definition.create(
        options,
        createContext(() => first),
      );
      await sink.start(plant.families);
      const frames = client === 'direct' ? Math.ceil(LEAST_POINTS / series) : 1;
      let { tick } = first;
      return {
        async run() {
          const until = async (holds: (account: Account) => boolean): Promise<void> => {
            for (;;) {
              const account = sink.account?.();
              if (account === undefined || holds(account)) return;
              receiver.assertRunning();
              await sleep(1);
            }
          };
          const began = performance.now();
          for (let i = 0; i < frames; i++) {
            tick += 1;
            await until(({ queueDepth }) => queueDepth < AHEAD);
            await sink.frame({ ...first, tick });
          }
          await until(({ pending }) => pending === 0);
          const seconds = (performance.now() - began) / 1000;
          assertAllAccepted(sink);
          return [(frames * series) / seconds];
        },
        async close() {
          await sink.stop(0);
          await receiver.stop();
        },
      };
    },
  };
}

function assertAllAccepted(sink: Sink): void {
  const account = sink.account?.();
  const bad = (account?.lost ?? 0) + (account?.rejected ?? 0) + (account?.unknown ?? 0);
  if (bad > 0) throw new Error(`${bad} points did not arrive: ${JSON.stringify(account?.reasons)}`);
}

function decoding(type: 'counter' | 'histogram', series: number): Contender {
  return {
    what: 'columns to bytes to decoded points',
    prepare() {
      const plant = createLoad(type, series);
      const frame: Frame = createFrame(plant);
      const encode = encodeRequests(plant.families);
      return {
        run() {
          const began = performance.now();
          let points = 0;
          encode(frame, (bytes) => {
            for (const metric of decodeMetrics(bytes)) points += metric.points.length;
          });
          consume(points);
          if (points !== series) throw new Error(`${points} of ${series} points were decoded`);
          return [points / ((performance.now() - began) / 1000)];
        },
      };
    },
  };
}

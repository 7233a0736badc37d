/** The OTLP requests of one export, by type: from the numbers to their last byte, without sending. */
import {
  LIBRARY_MAX_HEADLINE_SERIES,
  LIBRARY_MAX_SERIES,
  type Case,
  type Contender,
  type Trial,
} from '../case.ts';
import { consumeBytes } from '../consume.ts';
import { createFrame } from '../frames.ts';
import { createLibraries, createOtelSdk, labelsOf, recordAll } from '../libraries.ts';
import { timed } from '../measure.ts';
import { createContext } from '../sink-context.ts';
import { createLoad, onlyFamily, onlySource, TYPES } from '../workload.ts';
import type { Family, MetricType } from '../../series/family.ts';
import type { Frame } from '../../series/frame.ts';
import { createSdkClient } from '../../sinks/otel-sdk.ts';
import { prepareOtlp, type OtlpEncoder } from '../../wire/otlp.ts';
import { advance } from './tick.ts';

/** The defaults of `exporters.otel`. */
const RESOURCE = { 'service.name': 'lyrebird' };
const LIMITS = { maxBytes: 3_932_160, maxPoints: 100_000 };

export const requests: Case = {
  name: 'requests',
  summary:
    'The OTLP requests of one export. Direct: value and time patched into prepared points, in requests below 4 MiB. Library: collect and serialise by the OpenTelemetry SDK, in one request. With tick: new values before, in both; library client: as Lyrebird has it with client: library.',
  quick: true,
  trials: ({ series }) => {
    const bytes = TYPES.filter((type) => series <= maxSeries(type)).map((type): Trial => {
      const libraryMax =
        type === 'counter' ? LIBRARY_MAX_HEADLINE_SERIES : type === 'summary' ? 0 : LIBRARY_MAX_SERIES;
      return {
        name: type,
        measures: [{ name: '', unit: 'ms', items: { count: series, noun: 'point' } }],
        direct: toBytes(type, series),
        library: series <= libraryMax ? collect(type, series) : undefined,
      };
    });
    const withTick: Trial = {
      name: 'counter, with tick',
      measures: [{ name: '', unit: 'ms', items: { count: series, noun: 'point' } }],
      direct: tickToBytes(series),
      library: series <= LIBRARY_MAX_HEADLINE_SERIES ? recordAndCollect(series) : undefined,
    };
    const client: Trial = {
      ...withTick,
      name: 'counter, with tick, library client',
      library: libraryClient(series),
    };
    return [...bytes, withTick, ...(series > LIBRARY_MAX_HEADLINE_SERIES ? [] : [client])];
  },
};

function maxSeries(type: MetricType): number {
  return type === 'summary' ? 100_000 : type === 'histogram' ? 1_000_000 : Number.POSITIVE_INFINITY;
}

function toBytes(type: MetricType, series: number): Contender {
  return {
    what: 'columns to bytes',
    prepare() {
      const plant = createLoad(type, series);
      const frame = createFrame(plant);
      const encode = encodeRequests(plant.families);
      return timed(() => encode(frame, consumeBytes));
    },
  };
}

function tickToBytes(series: number): Contender {
  return {
    what: 'columns, to bytes',
    prepare() {
      const plant = createLoad('counter', series);
      const frame = createFrame(plant);
      const source = onlySource(plant);
      const encode = encodeRequests(plant.families);
      let last = frame.tick;
      return timed(() => {
        last += 1;
        advance(source, last);
        encode(frame, consumeBytes);
      });
    },
  };
}

/** Our own library client: the SDK's instruments observe the columns, and its requests are cut as ours are. */
function libraryClient(series: number): Contender {
  return {
    what: "Lyrebird's library client: columns, OpenTelemetry SDK over them",
    async prepare() {
      const plant = createLoad('counter', series);
      const frame = createFrame(plant);
      const source = onlySource(plant);
      const context = createContext(() => frame);
      const client = await createSdkClient({
        families: plant.families,
        resource: RESOURCE,
        ...LIMITS,
        context,
      });
      let last = frame.tick;
      return timed(async () => {
        last += 1;
        advance(source, last);
        await client.tick(frame);
        const batch = await client.capture(frame);
        for (let request = batch.next(); request !== undefined; request = batch.next())
          consumeBytes(request.bytes);
        batch.release();
      });
    },
  };
}

/** Encodes all requests of a frame into one buffer, one after the other; each is `use`d before the next. */
export function encodeRequests(
  families: readonly Family[],
): (frame: Frame, use: (bytes: Uint8Array) => void) => void {
  const encoder = prepareNow(families);
  const buffer = encoder.createBuffer();
  return (frame, use) => {
    const next = encoder.requests(frame, []);
    for (let request = next(buffer); request !== undefined; request = next(buffer)) use(request.bytes);
  };
}

function prepareNow(families: readonly Family[]): OtlpEncoder {
  const steps = prepareOtlp(families, { resource: RESOURCE, ...LIMITS });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function collect(type: MetricType, series: number): Contender {
  return {
    what: 'OpenTelemetry SDK, collect and serialise',
    prepare() {
      const family = onlyFamily(createLoad(type, series));
      const sdk = createOtelSdk(family);
      recordAll(labelsOf(family), sdk.take);
      return timed(async () => consumeBytes(await sdk.request()));
    },
  };
}

/** What a tool does that serves both protocols: it tells both libraries, and exports. */
function recordAndCollect(series: number): Contender {
  return {
    what: 'prom-client inc, OpenTelemetry SDK add, collect and serialise',
    prepare() {
      const { labels, prom, otel } = createLibraries(onlyFamily(createLoad('counter', series)));
      return timed(async () => {
        recordAll(labels, prom.take);
        if (otel === undefined) return;
        recordAll(labels, otel.take);
        consumeBytes(await otel.request());
      });
    },
  };
}

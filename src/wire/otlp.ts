/**
 * OTLP metrics straight from the columns: ExportMetricsServiceRequest bytes, cut by size and by points. Each request
 * is whole by itself: it repeats the resource and the head of each metric. Scope name and version stay
 * empty, so that no backend makes labels of them.
 */
import type { LabelSpace } from '../labels/space.ts';
import type { Family } from '../series/family.ts';
import type { FamilyFrame, Frame } from '../series/frame.ts';
import {
  attribute,
  endedPoint,
  pointKindOf,
  layoutOf,
  preparePoints,
  writeRun,
  type PointKind,
  type Run,
} from './otlp-points.ts';
import { LENGTH, lengthField, varintSize, writeVarint } from './protobuf.ts';
import { SEGMENT_SLOTS, type Segment, type SlotBytes } from './segments.ts';

export interface OtlpOptions {
  /** Attributes of the resource that all metrics belong to, unless `setResource` gives others. */
  readonly resource: Readonly<Record<string, string>>;
  /** Largest request in bytes. A point that is larger is sent by itself. */
  readonly maxBytes: number;
  /** Most points of a request. */
  readonly maxPoints: number;
}

/** A series that is shown no more, with the labels that it had: one point without a value tells so. */
export interface EndedSeries {
  readonly metric: Metric;
  readonly segment: Segment;
  readonly index: number;
  /** Wall time of the first tick without it, milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

/** Where requests are written to; reused once the request in it is done with. Grows for a point that is larger by itself. */
export interface RequestBuffer {
  bytes: Uint8Array;
  view: DataView;
}

export interface OtlpRequest {
  /** A part of the buffer that was handed in. */
  readonly bytes: Uint8Array;
  readonly points: number;
}

export interface OtlpEncoder {
  /** Memory held by prepared bytes. */
  readonly byteLength: number;
  /** Prepares the points of families that are new, and lets go of those that are gone; a millisecond or so between yields. */
  follow(families: readonly Family[]): Generator<void, void>;
  /** Catches up with labels that have turned over; they must not change meanwhile. */
  sync(): Generator<void, void>;
  /** Another resource from the next `requests` on. */
  setResource(resource: OtlpOptions['resource']): void;
  /** Makes the end of series of a family, with the labels that slots have as of the last `sync` before this call. */
  endsOf(family: Family): (slot: number, timeMs: number) => EndedSeries;
  /** A buffer for any request. */
  createBuffer(): RequestBuffer;
  /**
   * The requests of a frame, each encoded when it is asked for: `next` writes one into the buffer, or returns
   * `undefined` when all are done. The frame must stay as it is until then; labels are those of now. Points carry its wall time.
   */
  requests(frame: Frame, ended: readonly EndedSeries[]): (buffer: RequestBuffer) => OtlpRequest | undefined;
}

/** A tag and the longest length of a message in a request. */
const HEADER = 1 + 5;

/** A metric as far as it is the same in every request. */
export interface Metric {
  /** Name, description, unit. */
  readonly head: Uint8Array;
  readonly kind: PointKind;
}

interface PreparedMetric extends Metric {
  readonly points: SlotBytes;
}

/** One family of a frame that is to be sent, with its points as they were then. */
interface Captured {
  readonly metric: Metric;
  readonly segments: readonly Segment[];
  readonly frame: FamilyFrame;
}

/** A row of slots within one segment, as planned for a request. */
interface Piece {
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
}

/** The part of one metric in a request: points of a family, or one of a series that has ended. */
interface Part {
  readonly metric: Metric;
  readonly frame: FamilyFrame | undefined;
  readonly pieces: Piece[];
  readonly ended: Uint8Array | undefined;
  bytes: number;
  points: number;
}

/** Prepares the bytes of all points, a millisecond or so between yields. */
export function* prepareOtlp(
  families: readonly Family[],
  options: OtlpOptions,
): Generator<void, OtlpEncoder> {
  const encoder = createEncoder(options);
  yield* encoder.follow(families);
  return encoder;
}

function metricHead({ otel, help }: Family): Uint8Array {
  const optional = (field: number, text: string): Uint8Array =>
    text === '' ? new Uint8Array() : lengthField(field, text);
  return Buffer.concat([lengthField(1, otel.name), optional(2, help), optional(3, otel.unit)]);
}

function createEncoder({ resource: given, maxBytes, maxPoints }: OtlpOptions): OtlpEncoder {
  let metrics = new Map<Family, PreparedMetric>();
  let resource = encodeResource(given);
  const prepared = (): ReadonlySet<SlotBytes> =>
    new Set(Array.from(metrics.values(), ({ points }) => points));
  return {
    get byteLength() {
      return Array.from(prepared()).reduce((sum, { byteLength }) => sum + byteLength, 0);
    },
    *follow(families) {
      // Families of one label space and layout share their points.
      const shared = new Map<LabelSpace, Map<string, SlotBytes>>();
      const layoutsOf = (space: LabelSpace): Map<string, SlotBytes> => {
        const layouts = shared.get(space) ?? new Map<string, SlotBytes>();
        shared.set(space, layouts);
        return layouts;
      };
      for (const [family, { points }] of metrics) layoutsOf(family.labels).set(layoutOf(family), points);
      const next = new Map<Family, PreparedMetric>();
      for (const family of families) {
        const kind = pointKindOf(family);
        const layouts = layoutsOf(family.labels);
        const points = layouts.get(layoutOf(family)) ?? (yield* preparePoints(family, kind));
        layouts.set(layoutOf(family), points);
        next.set(family, metrics.get(family) ?? { head: metricHead(family), kind, points });
      }
      metrics = next;
    },
    *sync() {
      for (const points of prepared()) yield* points.sync();
    },
    setResource(attributes) {
      resource = encodeResource(attributes);
    },
    endsOf(family) {
      const { head, kind, points } = metrics.get(family) as PreparedMetric;
      const metric = { head, kind };
      const { segments } = points;
      return (slot, timeMs) => {
        const segment = segments[Math.floor(slot / SEGMENT_SLOTS)] as Segment;
        return { metric, segment, index: slot % SEGMENT_SLOTS, timeMs };
      };
    },
    createBuffer: () => bufferOf(maxBytes),
    requests({ families, wallMs }, ended) {
      const captured = families.map((frame): Captured => {
        const metric = metrics.get(frame.family) as PreparedMetric;
        return { metric, segments: metric.points.segments, frame };
      });
      const plan = createPlan(captured, ended, maxBytes - (HEADER + resource.length + HEADER), maxPoints);
      const head = resource;
      return (buffer) => {
        const parts = plan();
        return parts.length === 0 ? undefined : write(buffer, head, parts, wallMs);
      };
    },
  };
}

function encodeResource(resource: OtlpOptions['resource']): Uint8Array {
  return lengthField(1, ...Object.entries(resource).map(([name, value]) => attribute(1, name, value)));
}

function bufferOf(length: number): RequestBuffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Plans one request after the other: the points of families in order, then the series that have ended. */
function createPlan(
  families: readonly Captured[],
  ended: readonly EndedSeries[],
  maxBytes: number,
  maxPoints: number,
): () => Part[] {
  let nextFamily = 0;
  let nextEnded = 0;
  let slot = 0;
  return () => {
    const parts: Part[] = [];
    const room = { bytes: maxBytes, points: maxPoints };
    for (; nextFamily < families.length; nextFamily++, slot = 0) {
      const { metric, segments, frame } = families[nextFamily] as Captured;
      const part: Part = { metric, frame, pieces: [], ended: undefined, bytes: 0, points: 0 };
      room.bytes -= sizeAround(metric);
      // The first point of a request is taken whatever its size, or it would never go.
      const reached = takePoints(segments, frame.presence, part, slot, room, parts.length === 0);
      if (part.bytes > 0) parts.push(part);
      else room.bytes += sizeAround(metric);
      if (reached < frame.family.size) {
        slot = reached;
        return parts;
      }
    }
    for (; nextEnded < ended.length; nextEnded++) {
      const { metric, segment, index, timeMs } = ended[nextEnded] as EndedSeries;
      // A Metric message of its own each: a Collector stops reading a message at such a point.
      const bytes = endedPoint(metric.kind, segment, index, timeMs);
      room.bytes -= sizeAround(metric) + bytes.length;
      room.points--;
      if (parts.length > 0 && (room.bytes < 0 || room.points < 0)) return parts;
      parts.push({ metric, frame: undefined, pieces: [], ended: bytes, bytes: bytes.length, points: 1 });
    }
    return parts;
  };
}

/** Bytes of a metric besides its points. */
function sizeAround({ head, kind }: Metric): number {
  return HEADER + head.length + HEADER + kind.tail.length;
}

/** Takes as many points from a slot on as there is room for; returns the slot to go on with. */
function takePoints(
  segments: readonly Segment[],
  presence: Uint8Array | undefined,
  part: Part,
  slot: number,
  room: { bytes: number; points: number },
  atLeastOne: boolean,
): number {
  let reached = slot;
  for (let s = Math.floor(slot / SEGMENT_SLOTS); s < segments.length; s++) {
    const segment = segments[s] as Segment;
    const { starts, ends, from: base } = segment;
    const from = reached - base;
    let to = from;
    let bytes = 0;
    let points = 0;
    for (; to < starts.length; to++) {
      if (presence !== undefined && presence[base + to] !== 1) continue;
      const size = (ends[to] as number) - (starts[to] as number);
      const fits = bytes + size <= room.bytes && points < room.points;
      if (!fits && !(atLeastOne && points === 0 && part.bytes === 0)) break;
      bytes += size;
      points++;
    }
    if (points > 0) part.pieces.push({ segment, from, to });
    part.bytes += bytes;
    part.points += points;
    room.bytes -= bytes;
    room.points -= points;
    reached = base + to;
    if (to < starts.length) break;
  }
  return reached;
}

/** Positions of the points of a run; encoding is synchronous, so one is enough. */
const bodies = new Uint32Array(SEGMENT_SLOTS);

/** Writes a planned request. Lengths are known before, so that each byte is written once. */
function write(
  buffer: RequestBuffer,
  resource: Uint8Array,
  parts: readonly Part[],
  timeMs: number,
): OtlpRequest {
  const sizes = parts.map(({ metric: { head, kind }, bytes: points }) => {
    const data = points + kind.tail.length;
    return { data, metric: head.length + 1 + varintSize(data) + data };
  });
  const scope = sizes.reduce((sum, { metric }) => sum + 1 + varintSize(metric) + metric, 0);
  const whole = resource.length + 1 + varintSize(scope) + scope;
  if (HEADER + whole > buffer.bytes.length) Object.assign(buffer, bufferOf(HEADER + whole));
  const { bytes, view } = buffer;
  let at = header(bytes, 0, 1, whole);
  at = put(bytes, at, resource);
  at = header(bytes, at, 2, scope);
  for (const [i, { metric, frame, pieces, ended }] of parts.entries()) {
    const { head, kind } = metric;
    const size = sizes[i] as { data: number; metric: number };
    at = header(bytes, at, 2, size.metric);
    at = put(bytes, at, head);
    at = header(bytes, at, kind.dataField, size.data);
    if (ended !== undefined) at = put(bytes, at, ended);
    if (frame !== undefined) {
      const run: Run = { bytes, view, frame, timeMs, bodies, count: 0, slot: 0 };
      for (const piece of pieces) at = writePiece(kind, piece, run, at);
    }
    at = put(bytes, at, kind.tail);
  }
  return { bytes: bytes.subarray(0, at), points: parts.reduce((sum, { points }) => sum + points, 0) };
}

/** Writes the slots of a piece that are shown, one run for each unbroken row of them. */
function writePiece(kind: PointKind, { segment, from, to }: Piece, run: Run, begin: number): number {
  const { presence } = run.frame;
  if (presence === undefined) return writeRun(kind, segment, from, to, run, begin);
  let at = begin;
  const { from: base } = segment;
  for (let next = from; next < to;) {
    while (next < to && presence[base + next] !== 1) next++;
    const first = next;
    while (next < to && presence[base + next] === 1) next++;
    if (next > first) at = writeRun(kind, segment, first, next, run, at);
  }
  return at;
}

/** The tag and length of a message. */
function header(bytes: Uint8Array, at: number, field: number, length: number): number {
  bytes[at] = field * 8 + LENGTH;
  return writeVarint(bytes, at + 1, length);
}

function put(bytes: Uint8Array, at: number, part: Uint8Array): number {
  bytes.set(part, at);
  return at + part.length;
}

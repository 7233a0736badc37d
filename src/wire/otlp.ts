/**
 * OTLP metrics straight from the columns: ExportMetricsServiceRequest bytes, cut by size and by points. Each request
 * is whole by itself: it repeats the resource and the head of each metric. Scope name and version stay
 * empty, so that no backend makes labels of them.
 */
import type { Family } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import {
  attribute,
  endedPoint,
  preparePoints,
  SEGMENT_SLOTS,
  setBirth,
  writeRun,
  type PointSegment,
  type PointTemplates,
  type Run,
} from './otlp-points.ts';
import { LENGTH, lengthField, varintSize, writeVarint } from './protobuf.ts';

export interface OtlpOptions {
  /** Attributes of the resource that all metrics belong to. */
  readonly resource: Readonly<Record<string, string>>;
  /** Largest request in bytes. A point that is larger by itself is sent by itself. */
  readonly maxBytes: number;
  /** Most points of a request. */
  readonly maxPoints: number;
}

/** A series that is shown no more: one point without a value tells so. */
export interface EndedSeries {
  /** Index of its family in the frame. */
  readonly family: number;
  readonly slot: number;
  /** Wall time of the tick after its last one, milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

/** Where requests are written to; reused once the request in it is done with. */
export interface RequestBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export interface OtlpRequest {
  /** A part of the buffer that was handed in. */
  readonly bytes: Uint8Array;
  readonly points: number;
}

export interface OtlpEncoder {
  /** Memory held by prepared bytes. */
  readonly byteLength: number;
  /** A buffer that takes any request. */
  createBuffer(): RequestBuffer;
  /**
   * The requests of a frame, each encoded when it is asked for: `next` writes one into the buffer, or returns
   * `undefined` when all are done. The frame must stay as it is until then. Points carry its wall time.
   */
  requests(frame: Frame, ended: readonly EndedSeries[]): (buffer: RequestBuffer) => OtlpRequest | undefined;
}

/** A tag and the longest length of a message in a request. */
const HEADER = 1 + 5;

/** A metric as far as it is the same in every request. */
interface MetricTemplate {
  /** Name, description, unit. */
  readonly head: Uint8Array;
  readonly templates: PointTemplates;
}

/** A row of slots within one segment, as planned for a request. */
interface Piece {
  readonly segment: PointSegment;
  readonly from: number;
  readonly to: number;
}

/** The part of one metric in a request. */
interface Part {
  readonly family: number;
  readonly pieces: Piece[];
  /** Points without a value instead of pieces. */
  readonly ended: Uint8Array | undefined;
  bytes: number;
  points: number;
}

/** Prepares the bytes of all points, a millisecond or so between yields. */
export function* prepareOtlp(
  families: readonly Family[],
  options: OtlpOptions,
): Generator<void, OtlpEncoder> {
  const metrics: MetricTemplate[] = [];
  for (const family of families) {
    metrics.push({ head: metricHead(family), templates: yield* preparePoints(family) });
  }
  return createEncoder(metrics, options);
}

function metricHead({ otel, help }: Family): Uint8Array {
  const optional = (field: number, text: string): Uint8Array =>
    text === '' ? new Uint8Array() : lengthField(field, text);
  return Buffer.concat([lengthField(1, otel.name), optional(2, help), optional(3, otel.unit)]);
}

function createEncoder(metrics: readonly MetricTemplate[], options: OtlpOptions): OtlpEncoder {
  const { maxBytes, maxPoints } = options;
  const attributes = Object.entries(options.resource).map(([name, value]) => attribute(1, name, value));
  const resource = lengthField(1, ...attributes);
  const envelope = HEADER + resource.length + HEADER;
  const frameOf = ({ head, templates: { kind } }: MetricTemplate): number =>
    HEADER + head.length + HEADER + kind.tail.length;
  const largest = metrics.map((metric) => envelope + frameOf(metric) + metric.templates.longest + 2);
  const capacity = Math.max(maxBytes, ...largest);

  /** Plans the next request from a position on; moves the position. */
  const plan = (frame: Frame, ended: readonly EndedSeries[], position: Position): Part[] => {
    const parts: Part[] = [];
    const room = { bytes: maxBytes - envelope, points: maxPoints };
    for (; position.family < metrics.length; position.family++, position.slot = 0) {
      const { family } = position;
      const metric = metrics[family] as MetricTemplate;
      const part: Part = { family, pieces: [], ended: undefined, bytes: 0, points: 0 };
      room.bytes -= frameOf(metric);
      // The first point of a request is taken whatever its size, or it would never go.
      const full = takePoints(
        metric.templates,
        frame.families[family]?.presence,
        part,
        position,
        room,
        parts.length === 0,
      );
      if (part.bytes > 0) parts.push(part);
      else room.bytes += frameOf(metric);
      if (full) return parts;
    }
    for (; position.ended < ended.length; position.ended++) {
      const { family, slot, timeMs } = ended[position.ended] as EndedSeries;
      const metric = metrics[family] as MetricTemplate;
      const { segments } = metric.templates;
      const segment = segments[Math.floor(slot / SEGMENT_SLOTS)] as PointSegment;
      // A Metric message of its own each: a Collector stops reading a message at such a point.
      const bytes = endedPoint(metric.templates.kind, segment, slot % SEGMENT_SLOTS, timeMs);
      room.bytes -= frameOf(metric) + bytes.length;
      room.points--;
      if (parts.length > 0 && (room.bytes < 0 || room.points < 0)) return parts;
      parts.push({ family, pieces: [], ended: bytes, bytes: bytes.length, points: 1 });
    }
    return parts;
  };

  return {
    byteLength: metrics.reduce((sum, { templates }) => sum + templates.byteLength, 0),
    createBuffer() {
      const bytes = Buffer.allocUnsafeSlow(capacity);
      return { bytes, view: new DataView(bytes.buffer) };
    },
    requests(frame, ended) {
      const position: Position = { family: 0, slot: 0, ended: 0 };
      return ({ bytes, view }) => {
        const parts = plan(frame, ended, position);
        const [first] = frame.families;
        if (parts.length === 0 || first === undefined) return undefined;
        const run: Run = { bytes, view, frame: first, timeMs: frame.wallMs, bodies, count: 0, slot: 0 };
        return write(metrics, resource, parts, frame, run);
      };
    },
  };
}

/** Positions of the points of a run; encoding is synchronous, so one is enough. */
const bodies = new Uint32Array(SEGMENT_SLOTS);

/** What comes next: slots of families in order, then ended series. */
interface Position {
  family: number;
  slot: number;
  ended: number;
}

/** Takes as many points of a family as there is room for; true when the room is full before its end. */
function takePoints(
  { segments }: PointTemplates,
  presence: Uint8Array | undefined,
  part: Part,
  position: Position,
  room: { bytes: number; points: number },
  atLeastOne: boolean,
): boolean {
  for (let s = Math.floor(position.slot / SEGMENT_SLOTS); s < segments.length; s++) {
    const segment = segments[s] as PointSegment;
    const { starts, count, from: base } = segment;
    const from = position.slot - base;
    let to = from;
    let bytes = 0;
    let points = 0;
    for (; to < count; to++) {
      if (presence !== undefined && presence[base + to] !== 1) continue;
      const size = (starts[to + 1] as number) - (starts[to] as number);
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
    position.slot = base + to;
    if (to < count) return true;
  }
  return false;
}

/** Writes a planned request. Lengths are known before, so that each byte is written once. */
function write(
  metrics: readonly MetricTemplate[],
  resource: Uint8Array,
  parts: readonly Part[],
  frame: Frame,
  run: Run,
): OtlpRequest {
  const { bytes } = run;
  const sizes = parts.map(({ family, bytes: points }) => {
    const { head, templates } = metrics[family] as MetricTemplate;
    const data = points + templates.kind.tail.length;
    return { data, metric: head.length + 1 + varintSize(data) + data };
  });
  const scope = sizes.reduce((sum, { metric }) => sum + 1 + varintSize(metric) + metric, 0);
  let at = header(bytes, 0, 1, resource.length + 1 + varintSize(scope) + scope);
  at = put(bytes, at, resource);
  at = header(bytes, at, 2, scope);
  for (const [i, part] of parts.entries()) {
    const { head, templates } = metrics[part.family] as MetricTemplate;
    const { data, metric } = sizes[i] as { data: number; metric: number };
    at = header(bytes, at, 2, metric);
    at = put(bytes, at, head);
    at = header(bytes, at, templates.kind.dataField, data);
    if (part.ended !== undefined) at = put(bytes, at, part.ended);
    run.frame = frame.families[part.family] ?? run.frame;
    for (const piece of part.pieces) at = writePiece(templates, piece, run, at);
    at = put(bytes, at, templates.kind.tail);
  }
  return { bytes: bytes.subarray(0, at), points: parts.reduce((sum, part) => sum + part.points, 0) };
}

/** Writes the slots of a piece that are shown, one run for each unbroken row of them. */
function writePiece({ kind }: PointTemplates, { segment, from, to }: Piece, run: Run, begin: number): number {
  const { presence, births, birthMs } = run.frame;
  if (births === undefined) setBirth(segment, birthMs);
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

/**
 * Data points as bytes prepared once: everything of a point that does not change between exports (field tags,
 * bounds, quantiles, attributes) lies ready in a segment (segments.ts), and an export copies runs of a segment and
 * patches the fixed-width fields. Field numbers are those of opentelemetry/proto/metrics/v1/metrics.proto.
 *
 * A point is a tag, a length, the numeric part, which has the same layout in the whole family, and the attributes.
 */
import type { LabelSpace } from '../labels/space.ts';
import type { HistogramColumn, ScalarColumn, SummaryColumn } from '../series/column.ts';
import { declaredType, type Family } from '../series/family.ts';
import type { FamilyFrame } from '../series/frame.ts';
import { COPY_SLACK, copyBytes, type Bytes } from './bytes.ts';
import { FIXED64, LENGTH, lengthField, varintSize, writeVarint } from './protobuf.ts';
import {
  createMemo,
  createScratch,
  prepareSlots,
  reserve,
  type Segment,
  type SlotBytes,
  type SlotWriter,
} from './segments.ts';

/** What is written and where to, and where a run of points came to lie. Reused from call to call. */
export interface Run {
  bytes: Uint8Array;
  view: DataView;
  frame: FamilyFrame;
  /** Time of the points, milliseconds since the Unix epoch. */
  timeMs: number;
  /** Where the numeric part of each of `count` points begins, in slot order from `slot` on. */
  readonly bodies: Uint32Array;
  count: number;
  slot: number;
}

/** What a metric type adds: its place in Metric, its numeric part, and how values get there. */
export interface PointKind {
  /** Field number of the type's message in Metric. */
  readonly dataField: number;
  /** Field number of the attributes in its point. */
  readonly attributesField: number;
  /** Field number of the flags in its point. */
  readonly flagsField: number;
  /** What follows the points: temporality, monotonicity. */
  readonly tail: Uint8Array;
  /** The numeric part with zeros for all that is patched. */
  readonly numeric: Uint8Array;
  /**
   * How much of it, from its begin, a point without a value keeps: bounds and quantiles are told, since backends end only the
   * bucket and quantile series that are named.
   */
  readonly keptAtEnd: number;
  /** Writes the values of a run into the numeric parts. */
  patch(run: Run): void;
}

/** Positions in the numeric part; all points begin with start and time. */
const START_AT = 1;
const TIME_AT = 10;
const TIMES_SIZE = 18;
const VALUE_AT = 19;
const SUM_AT = 28;
const AFTER_SUM = 36;

/** Bytes of the offsets of a slot. */
const OFFSET_BYTES = 4;

const CUMULATIVE = Uint8Array.of(2 * 8, 2);
const CUMULATIVE_MONOTONIC = Uint8Array.of(2 * 8, 2, 3 * 8, 1);

/** The kind of a family's points. */
export function pointKindOf(family: Pick<Family, 'type' | 'declared' | 'bounds' | 'quantiles'>): PointKind {
  switch (declaredType(family)) {
    case 'counter':
      return { ...number(), dataField: 7, tail: CUMULATIVE_MONOTONIC };
    case 'updown':
    case 'info':
    case 'stateset':
      return { ...number(), dataField: 7, tail: CUMULATIVE };
    case 'gauge':
    case 'unknown':
      return { ...number(), dataField: 5, tail: new Uint8Array() };
    case 'histogram':
      return histogram(family.bounds);
    case 'summary':
      return summary(family.quantiles);
  }
}

/** NumberDataPoint: start 2, time 3, as_double 4, attributes 7, flags 8. */
function number(): Omit<PointKind, 'dataField' | 'tail'> {
  return {
    attributesField: 7,
    flagsField: 8,
    numeric: Buffer.concat([times(), fixed64(4)]),
    keptAtEnd: TIMES_SIZE,
    patch({ frame, view, bodies, count, slot }) {
      const { values } = frame.column as ScalarColumn;
      for (let i = 0; i < count; i++) {
        view.setFloat64((bodies[i] as number) + VALUE_AT, values[slot + i] as number, true);
      }
    },
  };
}

/** HistogramDataPoint: start 2, time 3, count 4, sum 5, bucket_counts 6, explicit_bounds 7, attributes 9, flags 10. */
function histogram(bounds: Float64Array): PointKind {
  const width = bounds.length + 1;
  const counts = lengthField(6, new Uint8Array(8 * width));
  const bucketsAt = AFTER_SUM + counts.length - 8 * width;
  const numeric = Buffer.concat([
    times(),
    fixed64(4),
    fixed64(5),
    counts,
    bounds.length > 0 ? lengthField(7, littleEndian(bounds)) : new Uint8Array(),
  ]);
  return {
    dataField: 9,
    attributesField: 9,
    flagsField: 10,
    tail: CUMULATIVE,
    numeric,
    keptAtEnd: numeric.length,
    patch({ frame, view, bodies, count, slot }) {
      const { counts, sums } = frame.column as HistogramColumn;
      for (let i = 0, row = slot * width; i < count; i++) {
        const body = bodies[i] as number;
        let total = 0;
        for (let bucket = 0; bucket < width; bucket++, row++) {
          const inBucket = counts[row] as number;
          total += inBucket;
          setCount(view, body + bucketsAt + 8 * bucket, inBucket);
        }
        setCount(view, body + VALUE_AT, total);
        view.setFloat64(body + SUM_AT, sums[slot + i] as number, true);
      }
    },
  };
}

/** SummaryDataPoint: start 2, time 3, count 4, sum 5, quantile_values 6 {quantile 1, value 2}, attributes 7, flags 8. */
function summary(quantiles: Float64Array): PointKind {
  const width = quantiles.length;
  const values = Array.from(quantiles, (quantile) =>
    lengthField(6, fixed64(1, Float64Array.of(quantile)), fixed64(2)),
  );
  const valueSize = values[0]?.length ?? 0;
  const read = new Float64Array(width);
  const numeric = Buffer.concat([times(), fixed64(4), fixed64(5), ...values]);
  return {
    dataField: 11,
    attributesField: 7,
    flagsField: 8,
    tail: new Uint8Array(),
    numeric,
    keptAtEnd: numeric.length,
    patch({ frame, view, bodies, count, slot }) {
      const summaries = frame.column as SummaryColumn;
      for (let i = 0; i < count; i++) {
        const body = bodies[i] as number;
        setCount(view, body + VALUE_AT, summaries.counts[slot + i] as number);
        view.setFloat64(body + SUM_AT, summaries.sums[slot + i] as number, true);
        summaries.readQuantiles(slot + i, read, 0);
        for (let q = 0; q < width; q++) {
          view.setFloat64(body + AFTER_SUM + valueSize * (q + 1) - 8, read[q] as number, true);
        }
      }
    },
  };
}

/** A whole number as fixed64. Room for it holds zeros, so the high half is written only where it is needed. */
function setCount(view: DataView, at: number, count: number): void {
  view.setUint32(at, count, true);
  if (count >= 2 ** 32) view.setUint32(at + 4, count / 2 ** 32, true);
}

function times(): Uint8Array {
  return Buffer.concat([fixed64(2), fixed64(3)]);
}

function fixed64(field: number, value: Float64Array = new Float64Array(1)): Uint8Array {
  return Buffer.concat([Uint8Array.of(field * 8 + FIXED64), littleEndian(value)]);
}

function littleEndian(values: Float64Array): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeDoubleLE(value, 8 * i);
  return bytes;
}

/** Prepares the points of a family, about a millisecond's work between yields of control. */
export function preparePoints(family: Family, kind: PointKind): Generator<void, SlotBytes> {
  return prepareSlots(family.labels, (slots) => createPointWriter(family, kind, slots));
}

/** The same for families whose points have the same bytes for the same labels: a point says nothing of its metric. */
export function layoutOf({ type, bounds, quantiles }: Family): string {
  return type === 'counter' || type === 'gauge'
    ? 'number'
    : `${type} ${(type === 'histogram' ? bounds : quantiles).join(' ')}`;
}

/** What the points of families take, in bytes. */
export interface PointsEstimate {
  /** All of them, as they are sent. */
  readonly sent: number;
  /** Memory of those that are prepared, which families of one label space and layout share. */
  readonly prepared: number;
}

/** An estimate, from a sample of slots: nothing is built. */
export function estimatePoints(families: readonly Family[]): PointsEstimate {
  const means = new Map<LabelSpace, Map<string, number>>();
  let sent = 0;
  let prepared = 0;
  for (const family of families) {
    const { labels, size } = family;
    const layouts = means.get(labels) ?? new Map<string, number>();
    means.set(labels, layouts);
    const known = layouts.get(layoutOf(family));
    const mean = known ?? meanPointBytes(family);
    layouts.set(layoutOf(family), mean);
    sent += mean * size;
    if (known === undefined) prepared += (mean + OFFSET_BYTES) * size;
  }
  return { sent: Math.round(sent), prepared: Math.round(prepared) };
}

function meanPointBytes(family: Family): number {
  const samples = Math.min(family.size, 256);
  const { scratch, write } = createPointWriter(family, pointKindOf(family), samples);
  for (let i = 0; i < samples; i++) write(Math.floor((i * family.size) / samples));
  return samples === 0 ? 0 : scratch.used / samples;
}

function createPointWriter(
  { labels }: Family,
  { attributesField, numeric }: PointKind,
  slots: number,
): SlotWriter {
  const scratch = createScratch();
  const attributes = labels.dimensions.map(({ name, count, value }, d) => {
    const encode = (text: string): Bytes => padded(attribute(attributesField, name, text));
    if (d === labels.turnover?.dimension) {
      const encoded = createMemo(encode);
      return (_: number, slot: number): Bytes => encoded(labels.value(slot, d));
    }
    // Bytes prepared are worth it only for values that are met several times.
    if (4 * count > slots) return (index: number): Bytes => encode(value(index));
    const prepared = Array.from<Bytes | undefined>({ length: count });
    return (index: number): Bytes => (prepared[index] ??= encode(value(index)));
  });
  const digits = new Float64Array(attributes.length);
  const found: Bytes[] = [];
  return {
    scratch,
    write(slot) {
      labels.digits(slot, digits);
      let length = numeric.length;
      for (let d = 0; d < attributes.length; d++) {
        const encode = attributes[d] as (index: number, slot: number) => Bytes;
        const bytes = encode(digits[d] as number, slot);
        found[d] = bytes;
        length += bytes.length;
      }
      reserve(scratch, 1 + varintSize(length) + length);
      const { bytes, view } = scratch;
      bytes[scratch.used] = 8 + LENGTH;
      let at = writeVarint(bytes, scratch.used + 1, length);
      bytes.set(numeric, at);
      at += numeric.length;
      for (let d = 0; d < attributes.length; d++) {
        const fragment = found[d] as Bytes;
        at = copyBytes(fragment.view, 0, fragment.length, view, at);
      }
      scratch.used = at;
    },
  };
}

/** A KeyValue with a string. */
export function attribute(field: number, name: string, value: string): Uint8Array {
  return lengthField(field, lengthField(1, name), lengthField(2, lengthField(1, value)));
}

/** Bytes to copy from in steps of eight. */
function padded(bytes: Uint8Array): Bytes {
  const room = new Uint8Array(bytes.length + COPY_SLACK);
  room.set(bytes);
  return { view: new DataView(room.buffer), length: bytes.length };
}

/** Writes points `[from, to)` of a segment, all of which are shown, to `run.bytes` at `begin`; returns where they end. */
export function writeRun(
  kind: PointKind,
  segment: Segment,
  from: number,
  to: number,
  run: Run,
  begin: number,
): number {
  const { bytes, view, bodies, frame } = run;
  const { starts, ends } = segment;
  const birth = nanosAsDouble(frame.birthMs);
  const time = nanosAsDouble(run.timeMs);
  let at = begin;
  for (let first = from; first < to;) {
    const next = endOfRow(segment, first, to);
    const shift = at - (starts[first] as number);
    const end = ends[next - 1] as number;
    bytes.set(segment.bytes.subarray(starts[first], end), at);
    for (let i = first; i < next; i++) {
      const body = bodyOf(bytes, (starts[i] as number) + shift);
      view.setFloat64(body + START_AT, birth, true);
      view.setFloat64(body + TIME_AT, time, true);
      bodies[i - from] = body;
    }
    at = end + shift;
    first = next;
  }
  run.count = to - from;
  run.slot = segment.from + from;
  if (frame.births !== undefined) patchBirths(frame.births, run);
  kind.patch(run);
  return at;
}

/** Where the row of slots ends, at `to` at the latest, whose bytes follow each other from slot `first` on. */
function endOfRow({ unbroken, starts, ends }: Segment, first: number, to: number): number {
  if (unbroken) return to;
  let next = first + 1;
  while (next < to && starts[next] === ends[next - 1]) next++;
  return next;
}

function patchBirths(births: Float64Array, { view, bodies, count, slot }: Run): void {
  let birthMs = Number.NaN;
  let birth = 0;
  for (let i = 0; i < count; i++) {
    if (births[slot + i] !== birthMs) {
      birthMs = births[slot + i] as number;
      birth = nanosAsDouble(birthMs);
    }
    view.setFloat64((bodies[i] as number) + START_AT, birth, true);
  }
}

/** The point of a series that has ended: no value and no birth, flag 1 (NO_RECORDED_VALUE), time `timeMs`. */
export function endedPoint(kind: PointKind, segment: Segment, index: number, timeMs: number): Uint8Array {
  const { bytes, starts, ends } = segment;
  const body = bodyOf(bytes, starts[index] as number);
  const head = Buffer.from(bytes.subarray(body, body + kind.keptAtEnd));
  head.writeDoubleLE(nanosAsDouble(timeMs), TIME_AT);
  const attributes = bytes.subarray(body + kind.numeric.length, ends[index]);
  return lengthField(1, head, attributes, Uint8Array.of(kind.flagsField * 8, 1));
}

/** Where the numeric part begins of the point that begins at `at`: behind its tag and length. */
function bodyOf(bytes: Uint8Array, at: number): number {
  let body = at + 1;
  while ((bytes[body] as number) >= 0x80) body++;
  return body + 1;
}

/** Milliseconds as the low and high halves of uint64 nanoseconds; exact for whole milliseconds. */
export function nanosOf(ms: number): readonly [low: number, high: number] {
  const upper = Math.floor(ms / 65_536);
  const scaled = upper * 1e6;
  const carry = Math.floor(scaled / 65_536);
  const low = (scaled - carry * 65_536) * 65_536 + Math.round((ms - upper * 65_536) * 1e6);
  const overflow = Math.floor(low / 2 ** 32);
  return [low - overflow * 2 ** 32, carry + overflow];
}

const eight = new DataView(new ArrayBuffer(8));

/** The double that has the bits of `nanosOf`, so that one store writes them: no NaN before the year 2262. */
function nanosAsDouble(ms: number): number {
  const [low, high] = nanosOf(ms);
  eight.setUint32(0, low, true);
  eight.setUint32(4, high, true);
  return eight.getFloat64(0, true);
}

/**
 * The label bytes of a label space, slot by slot: `method="GET",path="/"` without braces, escaped and encoded once.
 * Families of one space, and both page formats, share them.
 *
 * They live in segments of a few thousand slots, so that building them, and replacing what has ended, goes in
 * steps of a millisecond or two and moves little. In a segment a slot's bytes may lie anywhere; a replaced slot leaves a hole.
 */
import type { LabelSpace } from '../labels/space.ts';
import { bytesOf, COPY_SLACK, copyBytes, type Bytes } from './bytes.ts';
import { escapeLabelValue } from './text.ts';

/** Slots of a segment: a power of two. */
export const SEGMENT_SLOTS = 4096;

/** Compaction is due when holes are more than this share of a segment. */
const MAX_WASTE = 0.25;

/** Slot `i` of the segment owns bytes `starts[i] .. ends[i]`. */
export interface LabelSegment {
  readonly view: DataView;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

export interface LabelBytes {
  readonly size: number;
  /** Memory held, in bytes. */
  bytes(): number;
  /** The segment of slots `[index * SEGMENT_SLOTS, ...)`. */
  segment(index: number): LabelSegment;
  /** Gives a slot other labels: a new series in the place of one that has ended. */
  setSlot(slot: number, labels: readonly (readonly [name: string, value: string])[]): void;
}

interface MutableSegment {
  view: DataView;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Where the next bytes go, and how many before there belong to no slot. */
  used: number;
  wasted: number;
}

/** Builds the label bytes of a space, a millisecond or two between yields. */
export function* prepareLabels(space: LabelSpace): Generator<void, LabelBytes> {
  const writer = createSlotWriter(space);
  const segments: MutableSegment[] = [];
  for (let from = 0; from < space.size; from += SEGMENT_SLOTS) {
    segments.push(buildSegment(writer, from, Math.min(from + SEGMENT_SLOTS, space.size)));
    yield;
  }
  return {
    size: space.size,
    bytes: () => segments.reduce((sum, { view, starts }) => sum + view.byteLength + 8 * starts.length, 0),
    segment: (index) => segments[index] as LabelSegment,
    setSlot(slot, labels) {
      const pairs = labels.map(([name, value]) => fragment(name, value));
      replace(
        segments[Math.floor(slot / SEGMENT_SLOTS)] as MutableSegment,
        slot % SEGMENT_SLOTS,
        pairs.join(','),
      );
    },
  };
}

/** Bytes of a slot's labels, without building anything: for estimates. */
export function measureLabels(space: LabelSpace, slot: number): number {
  let length = 0;
  for (const [dimension, { name }] of space.dimensions.entries()) {
    length += Buffer.byteLength(fragment(name, space.value(slot, dimension))) + (dimension > 0 ? 1 : 0);
  }
  return length;
}

function fragment(name: string, value: string): string {
  return `${name}="${escapeLabelValue(value)}"`;
}

/** Bytes of a segment while it is built; grows, and is reused for the next. */
interface Scratch {
  view: DataView;
  used: number;
}

interface SlotWriter {
  readonly scratch: Scratch;
  /** Appends the labels of a slot. */
  write(slot: number): void;
}

function createSlotWriter(space: LabelSpace): SlotWriter {
  const scratch: Scratch = { view: new DataView(new ArrayBuffer(0)), used: 0 };
  const writers = space.dimensions.map(({ name, count, value }, d) => {
    const text = (index: number): string => `${d > 0 ? ',' : ''}${fragment(name, value(index))}`;
    // Bytes prepared are worth it only for values that are met several times.
    return 4 * count <= space.size
      ? createFragmentWriter(scratch, count, text)
      : createTextWriter(scratch, text);
  });
  const digits = new Float64Array(writers.length);
  return {
    scratch,
    write(slot) {
      space.digits(slot, digits);
      for (let d = 0; d < writers.length; d++) (writers[d] as (index: number) => void)(digits[d] as number);
    },
  };
}

function createFragmentWriter(scratch: Scratch, count: number, text: (index: number) => string) {
  const prepared = Array.from<Bytes | undefined>({ length: count });
  return (index: number): void => {
    const { view, length } = (prepared[index] ??= bytesOf(text(index)));
    reserve(scratch, length);
    scratch.used = copyBytes(view, 0, length, scratch.view, scratch.used);
  };
}

function createTextWriter(scratch: Scratch, text: (index: number) => string) {
  return (index: number): void => {
    const string = text(index);
    // A UTF-16 unit takes three bytes at most.
    reserve(scratch, 3 * string.length);
    scratch.used += Buffer.from(scratch.view.buffer).write(string, scratch.used);
  };
}

function buildSegment({ scratch, write }: SlotWriter, from: number, to: number): MutableSegment {
  const starts = new Uint32Array(to - from);
  const ends = new Uint32Array(to - from);
  scratch.used = 0;
  for (let slot = from; slot < to; slot++) {
    starts[slot - from] = scratch.used;
    write(slot);
    ends[slot - from] = scratch.used;
  }
  const view = copyOf(scratch.view, scratch.used, scratch.used);
  return { view, starts, ends, used: scratch.used, wasted: 0 };
}

/** Room for `length` more bytes and what a copy touches behind them. */
function reserve(scratch: Scratch, length: number): void {
  const needed = scratch.used + length + COPY_SLACK;
  if (needed > scratch.view.byteLength)
    scratch.view = copyOf(scratch.view, scratch.used, needed + (needed >> 2));
}

function replace(segment: MutableSegment, index: number, text: string): void {
  const { starts, ends } = segment;
  segment.wasted += (ends[index] as number) - (starts[index] as number);
  starts[index] = ends[index] = 0;
  const { view, length } = bytesOf(text);
  if (segment.wasted > segment.used * MAX_WASTE) compact(segment);
  reserve(segment, length);
  starts[index] = segment.used;
  segment.used = copyBytes(view, 0, length, segment.view, segment.used);
  ends[index] = segment.used;
}

/** Moves the bytes of every slot together. */
function compact(segment: MutableSegment): void {
  const { starts, ends } = segment;
  const target = new DataView(new ArrayBuffer(segment.used - segment.wasted + COPY_SLACK));
  let used = 0;
  for (let i = 0; i < starts.length; i++) {
    const end = copyBytes(segment.view, starts[i] as number, ends[i] as number, target, used);
    starts[i] = used;
    ends[i] = used = end;
  }
  segment.view = target;
  segment.used = used;
  segment.wasted = 0;
}

/** A copy of the first `used` bytes with room for `capacity` and the slack behind. */
function copyOf(view: DataView, used: number, capacity: number): DataView {
  const bytes = new Uint8Array(capacity + COPY_SLACK);
  bytes.set(new Uint8Array(view.buffer, view.byteOffset, used));
  return new DataView(bytes.buffer);
}

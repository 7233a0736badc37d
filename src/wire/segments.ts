/**
 * Bytes that each slot of a label space has: its labels on a page, its point in a request. They are made once and copied
 * from at every export and scrape; what labels turn over is made again.
 *
 * They live in segments of a few thousand slots, so that making them, and replacing what has ended, goes in steps of a
 * millisecond or two and moves little. A segment never changes: replaced slots go behind the bytes that are there, and a new
 * segment over the same memory says where. So whoever holds a segment of an earlier tick still reads what was then.
 */
import type { LabelSpace } from '../labels/space.ts';
import { COPY_SLACK, copyBytes } from './bytes.ts';
import { findStems, noStems, type Stems } from './stems.ts';

/** Slots of a segment: a power of two. */
export const SEGMENT_SLOTS = 4096;

/** Slots written between two yields. */
const SLOTS_PER_STEP = 1024;

/** Bytes are moved together when more than this share of them belongs to no slot any more. */
const MAX_WASTE = 0.25;

/** Slot `from + i` has its stem and then `bytes[starts[i] .. ends[i])`, behind which there are `COPY_SLACK` bytes. */
export interface Segment {
  readonly from: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Indexes are those of `starts`. */
  readonly stems: Stems;
  /** Whether each slot's bytes begin where those of the slot before end. */
  readonly unbroken: boolean;
}

export interface SlotBytes {
  /** As of now. Neither the list nor what is in it changes afterwards. */
  readonly segments: readonly Segment[];
  /** Memory held, in bytes. */
  readonly byteLength: number;
  /**
   * Catches up with labels that have turned over (`LabelSpace.turnover`), a millisecond or so between yields. Labels must not
   * change meanwhile. True if something was replaced.
   */
  sync(): Generator<void, boolean>;
}

/** Bytes on their way into a segment; grows, and is used again. */
export interface Scratch {
  bytes: Buffer;
  view: DataView;
  used: number;
}

export interface SlotWriter {
  readonly scratch: Scratch;
  /** Appends the bytes of a slot. */
  write(slot: number): void;
}

/** A writer for so many slots, by which it judges what is worth keeping at hand. */
export type CreateWriter = (slots: number) => SlotWriter;

/** The newest segment of its slots: only behind its bytes may more be written. */
interface Head extends Segment {
  /** Where the next bytes go, and how many before there belong to no slot. */
  readonly used: number;
  readonly wasted: number;
}

/** Slots that begin with nothing of another one. */
const NO_STEMS = noStems(SEGMENT_SLOTS);

/**
 * Makes the bytes of every slot, a millisecond or so between yields. Labels that turn over meanwhile are caught up with by the first `sync`. With
 * `stems`, slots may begin with another one's bytes, unless their labels turn over; without, each has all of its own.
 */
export function* prepareSlots(
  space: LabelSpace,
  createWriter: CreateWriter,
  { stems = false }: { readonly stems?: boolean } = {},
): Generator<void, SlotBytes> {
  const { size, turnover } = space;
  let version = turnover?.version;
  const writer = createWriter(size);
  let heads: readonly Head[] = yield* prepareHeads(writer, size, packOf(space, stems));
  let replacer: SlotWriter | undefined;
  return {
    get segments() {
      return heads;
    },
    get byteLength() {
      return heads.reduce(
        (sum, { bytes, starts, ends, stems }) =>
          sum + bytes.length + boundsBytes(starts, ends) + stemBytes(stems),
        0,
      );
    },
    *sync() {
      if (turnover === undefined || turnover.version === version) return false;
      const reached = turnover.version;
      replacer ??= createWriter(0);
      const next = heads.slice();
      for (const slots of bySegment(turnover.changedSince(version ?? 0))) {
        const index = Math.floor((slots[0] as number) / SEGMENT_SLOTS);
        next[index] = replaceSlots(next[index] as Head, slots, replacer);
        yield;
      }
      heads = next;
      version = reached;
      return true;
    },
  };
}

function stemBytes({ of, lengths }: Stems): number {
  return of === NO_STEMS.of ? 0 : of.byteLength + lengths.byteLength;
}

function boundsBytes(starts: Uint32Array, ends: Uint32Array): number {
  return starts.buffer === ends.buffer ? starts.buffer.byteLength : starts.byteLength + ends.byteLength;
}

/** Most texts whose bytes are kept at hand. */
const MAX_KEPT = 10_000;

/** `make`, but for the same text the same result, as long as there are not too many. */
export function createMemo<T>(make: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const before = kept.get(text);
    if (before !== undefined) return before;
    if (kept.size === MAX_KEPT) kept.clear();
    const made = make(text);
    kept.set(text, made);
    return made;
  };
}

export function createScratch(): Scratch {
  return { ...memoryOf(0), used: 0 };
}

/** Makes room for `length` more bytes and what a copy touches behind them. */
export function reserve(scratch: Scratch, length: number): void {
  const needed = scratch.used + length + COPY_SLACK;
  if (needed <= scratch.bytes.length) return;
  const { bytes, view } = memoryOf(Math.max(65_536, needed + (needed >> 1)));
  bytes.set(scratch.bytes.subarray(0, scratch.used));
  scratch.bytes = bytes;
  scratch.view = view;
}

function* prepareHeads(writer: SlotWriter, size: number, pack: Pack): Generator<void, Head[]> {
  const heads: Head[] = [];
  const { scratch } = writer;
  for (let from = 0; from < size; from += SEGMENT_SLOTS) {
    const count = Math.min(SEGMENT_SLOTS, size - from);
    // Where each slot ends the next begins, in the same memory.
    const bounds = new Uint32Array(count + 1);
    scratch.used = 0;
    for (let i = 0; i < count; i++) {
      writer.write(from + i);
      bounds[i + 1] = scratch.used;
      if (i % SLOTS_PER_STEP === SLOTS_PER_STEP - 1) yield;
    }
    const packed = pack(scratch, bounds);
    const starts = bounds.subarray(0, count);
    const ends = bounds.subarray(1);
    heads.push({ from, ...packed, starts, ends, unbroken: true, used: bounds[count] as number, wasted: 0 });
    yield;
  }
  return heads;
}

/** Puts the bytes of slots into memory of their own; slot `i` has `[bounds[i], bounds[i + 1])` of them before and after. */
type Pack = (scratch: Scratch, bounds: Uint32Array) => Pick<Segment, 'bytes' | 'view' | 'stems'>;

function packOf({ turnover }: LabelSpace, stems: boolean): Pack {
  if (turnover !== undefined) return withSpare;
  return stems ? withStems : asTheyAre;
}

const asTheyAre: Pack = ({ bytes, used }) => {
  const memory = memoryOf(used);
  memory.bytes.set(bytes.subarray(0, used));
  return { ...memory, stems: NO_STEMS };
};

/** With room for what will turn over. */
const withSpare: Pack = ({ bytes, used }) => {
  const memory = memoryOf(used + Math.ceil(used * MAX_WASTE));
  memory.bytes.set(bytes.subarray(0, used));
  return { ...memory, stems: NO_STEMS };
};

const withStems: Pack = (scratch, bounds) => {
  const { view, used } = scratch;
  const stems = findStems(view, bounds);
  const saved = savedBy(stems);
  if (saved === 0) return asTheyAre(scratch, bounds);
  const memory = memoryOf(used - saved);
  let at = 0;
  let begin = 0;
  for (let i = 0; i < stems.lengths.length; i++) {
    const end = bounds[i + 1] as number;
    at = copyBytes(view, begin + (stems.lengths[i] as number), end, memory.view, at);
    bounds[i + 1] = at;
    begin = end;
  }
  return { ...memory, stems };
};

/** Bytes that need not be kept; 0 for stems that take as much themselves. */
function savedBy(stems: Stems): number {
  const saved = stems.lengths.reduce((sum, length) => sum + length, 0);
  return saved > stemBytes(stems) ? saved : 0;
}

/** Memory of some slots that follow each other, as `prepareSlots` with stems has it; nothing is kept. */
export function measureSlots(
  space: LabelSpace,
  createWriter: CreateWriter,
  from: number,
  to: number,
): number {
  const { scratch, write } = createWriter(to - from);
  const bounds = new Uint32Array(to - from + 1);
  scratch.used = 0;
  for (let slot = from; slot < to; slot++) {
    write(slot);
    bounds[slot - from + 1] = scratch.used;
  }
  const { bytes, stems } = packOf(space, true)(scratch, bounds);
  return bytes.length - COPY_SLACK + 4 * (to - from) + stemBytes(stems);
}

/** Ascending slots, those of one segment at a time. */
function* bySegment(slots: Iterable<number>): Generator<readonly number[]> {
  let group: number[] = [];
  let end = 0;
  for (const slot of slots) {
    if (slot >= end) {
      if (group.length > 0) yield group;
      group = [];
      end = (Math.floor(slot / SEGMENT_SLOTS) + 1) * SEGMENT_SLOTS;
    }
    group.push(slot);
  }
  if (group.length > 0) yield group;
}

/** The segment in which some slots have other bytes; `head` stays as it is. */
function replaceSlots(head: Head, slots: readonly number[], { scratch, write }: SlotWriter): Head {
  const starts = head.starts.slice();
  const ends = head.ends.slice();
  let { wasted } = head;
  scratch.used = 0;
  for (const slot of slots) {
    const i = slot - head.from;
    wasted += (ends[i] as number) - (starts[i] as number);
    starts[i] = head.used + scratch.used;
    write(slot);
    ends[i] = head.used + scratch.used;
  }
  const used = head.used + scratch.used;
  if (wasted > used * MAX_WASTE || used + COPY_SLACK > head.bytes.length) {
    return compact(head, starts, ends, scratch);
  }
  head.bytes.set(scratch.bytes.subarray(0, scratch.used), head.used);
  return { ...head, starts, ends, unbroken: false, used, wasted };
}

/** Puts the bytes of all slots into new memory, in order; those from `head.used` on are in the scratch. */
function compact(head: Head, starts: Uint32Array, ends: Uint32Array, scratch: Scratch): Head {
  const length = starts.reduce((sum, start, i) => sum + (ends[i] as number) - start, 0);
  const memory = memoryOf(length + Math.ceil(length * MAX_WASTE));
  let used = 0;
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as number;
    const end = ends[i] as number;
    const replaced = start >= head.used;
    const from = replaced ? scratch.bytes : head.bytes;
    const shift = replaced ? head.used : 0;
    memory.bytes.set(from.subarray(start - shift, end - shift), used);
    starts[i] = used;
    ends[i] = used += end - start;
  }
  return { ...head, ...memory, starts, ends, unbroken: true, used, wasted: 0 };
}

/** Zeroed memory with the slack behind. */
function memoryOf(length: number): { readonly bytes: Buffer<ArrayBuffer>; readonly view: DataView } {
  const bytes = Buffer.from(new ArrayBuffer(length + COPY_SLACK));
  return { bytes, view: new DataView(bytes.buffer) };
}

/**
 * Pages from columns: Prometheus text 0.0.4 and OpenMetrics 1.0.
 *
 * What does not change from tick to tick is bytes: the labels of each slot (labels.ts, segments.ts) and what stands before and
 * behind them on each of a slot's lines (lines.ts). A page is made by copying these and formatting numbers, chunk by
 * chunk, so that whoever writes them out can give others their turn in between.
 */
import type { Family } from '../series/family.ts';
import { birthOf, type FamilyFrame, type Frame } from '../series/frame.ts';
import { bytesOf, COPY_SLACK, copyBytes, type Bytes } from './bytes.ts';
import { createLabelStore, type PageLabels } from './labels.ts';
import { createFamilyLines, type FamilyLines, type Line, type LineOptions } from './lines.ts';
import { writeNumber } from './number.ts';
import type { Segment } from './segments.ts';

export interface PageOptions extends LineOptions {
  /** Prints a time on every sample: when the tick was due, or its model time. Absent: none. */
  readonly timestamps?: 'wall' | 'model' | undefined;
}

export interface PageEncoder {
  /**
   * The page of a frame in chunks of about `CHUNK_BYTES`, a millisecond or two of work each. A chunk is valid until
   * the next one is asked for. `labels` are those of the frame's tick; frame and labels must stay as they are meanwhile.
   */
  encode(frame: Frame, labels: PageLabels): Generator<Buffer, void>;
}

/** Size of a chunk, unless a single slot needs more. */
export const CHUNK_BYTES = 256 * 1024;

/** The label bytes of families as they are now, each label space once. */
export function preparePagesNow(families: readonly Family[]): PageLabels {
  const store = createLabelStore();
  const steps = store.follow(families);
  while (steps.next().done !== true);
  return store.current;
}

/** Makes pages of any families; what is the same on all pages of a family is made when it is first met. */
export function createPageEncoder(options: PageOptions): PageEncoder {
  const prepared = new WeakMap<Family, FamilyLines>();
  const linesOf = (family: Family): FamilyLines => {
    const lines = prepared.get(family) ?? createFamilyLines(family, options);
    prepared.set(family, lines);
    return lines;
  };
  return {
    *encode(frame, labels) {
      const page = createPage(CHUNK_BYTES);
      const tail = bytesOf(`${timestampOf(frame, options)}\n`);
      for (const entry of frame.families) {
        const segments = labels.get(entry.family.labels) as readonly Segment[];
        yield* encodeFamily(page, linesOf(entry.family), segments, entry, tail);
      }
      if (options.format === 'openmetrics') yield* append(page, bytesOf('# EOF\n'));
      if (page.used > 0) yield page.bytes.subarray(0, page.used);
    },
  };
}

/** The whole page of a frame at once. For large pages, and for many of the same families, use an encoder. */
export function renderPage(frame: Frame, options: PageOptions): Buffer {
  const families = frame.families.map(({ family }) => family);
  const chunks: Buffer[] = [];
  for (const chunk of createPageEncoder(options).encode(frame, preparePagesNow(families))) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

function timestampOf(frame: Frame, { timestamps, format }: PageOptions): string {
  if (timestamps === undefined) return '';
  const ms = Math.round(timestamps === 'wall' ? frame.wallMs : frame.modelMs);
  return ` ${format === 'openmetrics' ? ms / 1000 : ms}`;
}

/** The chunk being filled. */
interface Page {
  bytes: Buffer;
  view: DataView;
  used: number;
}

function createPage(size: number): Page {
  const bytes = Buffer.allocUnsafeSlow(size);
  return { bytes, view: new DataView(bytes.buffer), used: 0 };
}

/** Yields the chunk if it has no room for `length` bytes more, and makes room. */
function* makeRoom(page: Page, length: number): Generator<Buffer, void> {
  if (page.used + length <= page.bytes.length) return;
  if (page.used > 0) yield page.bytes.subarray(0, page.used);
  page.used = 0;
  if (length > page.bytes.length) Object.assign(page, createPage(length));
}

function* append(page: Page, { view, length }: Bytes): Generator<Buffer, void> {
  yield* makeRoom(page, length + COPY_SLACK);
  page.used = copyBytes(view, 0, length, page.view, page.used);
}

function* encodeFamily(
  page: Page,
  { header, lines, room: roomOfLines, created }: FamilyLines,
  segments: readonly Segment[],
  frame: FamilyFrame,
  tail: Bytes,
): Generator<Buffer, void> {
  yield* append(page, header);
  const room = roomOfLines + lines.length * tail.length + COPY_SLACK;
  const row = new Float64Array(lines.length);
  const read = createReader(frame, created);
  for (const segment of segments) {
    const { from, starts, ends, stems } = segment;
    const end = from + starts.length;
    let slot = from;
    while (slot < end) {
      const i = slot - from;
      const labelLength = (stems.lengths[i] as number) + (ends[i] as number) - (starts[i] as number);
      yield* makeRoom(page, room + lines.length * labelLength);
      slot = encodeSlots(page, lines, room, segment, slot, end, frame.presence, read, row, tail);
    }
  }
}

/** Encodes slots [slot, end) until the chunk has no room for the next; returns that. */
function encodeSlots(
  page: Page,
  lines: readonly Line[],
  room: number,
  segment: Segment,
  slot: number,
  end: number,
  presence: Uint8Array | undefined,
  read: ReadRow,
  row: Float64Array,
  tail: Bytes,
): number {
  const { from: first, starts, ends, stems, view: labels } = segment;
  const { bytes, view } = page;
  let at = page.used;
  for (; slot < end; slot++) {
    const own = slot - first;
    const labelsFrom = starts[own] as number;
    const labelsTo = ends[own] as number;
    const stemFrom = starts[stems.of[own] as number] as number;
    const stemTo = stemFrom + (stems.lengths[own] as number);
    if (at + room + lines.length * (stemTo - stemFrom + labelsTo - labelsFrom) > bytes.length) break;
    if (presence !== undefined && presence[slot] === 0) continue;
    read(slot, row);
    for (let i = 0; i < lines.length; i++) {
      const { prefix, suffix } = lines[i] as Line;
      at = copyBytes(prefix.view, 0, prefix.length, view, at);
      at = copyBytes(labels, stemFrom, stemTo, view, at);
      at = copyBytes(labels, labelsFrom, labelsTo, view, at);
      at = copyBytes(suffix.view, 0, suffix.length, view, at);
      at = writeNumber(bytes, at, row[i] as number);
      at = copyBytes(tail.view, 0, tail.length, view, at);
    }
  }
  page.used = at;
  return slot;
}

/** Reads the numbers of a slot's lines, in their order. */
type ReadRow = (slot: number, row: Float64Array) => void;

function createReader(frame: FamilyFrame, created: boolean): ReadRow {
  const read = createColumnReader(frame);
  if (!created) return read;
  return (slot, row) => {
    read(slot, row);
    row[row.length - 1] = birthOf(frame, slot) / 1000;
  };
}

function createColumnReader({ column, family }: FamilyFrame): ReadRow {
  switch (column.kind) {
    case 'scalar': {
      const { values } = column;
      return (slot, row) => {
        row[0] = values[slot] as number;
      };
    }
    case 'histogram': {
      const { counts, sums, width } = column;
      return (slot, row) => {
        let total = 0;
        for (let i = 0, from = slot * width; i < width; i++) {
          total += counts[from + i] as number;
          row[i] = total;
        }
        row[width] = sums[slot] as number;
        row[width + 1] = total;
      };
    }
    case 'summary': {
      const { counts, sums } = column;
      const width = family.quantiles.length;
      return (slot, row) => {
        column.readQuantiles(slot, row, 0);
        row[width] = sums[slot] as number;
        row[width + 1] = counts[slot] as number;
      };
    }
  }
}

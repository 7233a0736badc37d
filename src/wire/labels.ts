/**
 * The label bytes of label spaces, slot by slot: `method="GET",path="/"` without braces, escaped and encoded once.
 * Families of one space, and both page formats, share them.
 */
import type { LabelSpace } from '../labels/space.ts';
import type { Family } from '../series/family.ts';
import { bytesOf, copyBytes, type Bytes } from './bytes.ts';
import {
  createScratch,
  measureSlots,
  prepareSlots,
  reserve,
  type Scratch,
  type Segment,
  type SlotBytes,
  type SlotWriter,
} from './segments.ts';
import { escapeLabelValue } from './text.ts';

/** Label bytes by label space, as of one tick. */
export type PageLabels = ReadonlyMap<LabelSpace, readonly Segment[]>;

/** Keeps the label bytes of the families that are there. */
export interface LabelStore {
  /** As of the last `follow` or `sync`: what was had stays as it is, so that a slow reader sees the labels of its tick. */
  readonly current: PageLabels;
  /** Memory held, in bytes. */
  readonly byteLength: number;
  /** Makes bytes for label spaces that are new, and lets go of those that no family has; a millisecond or so between yields. */
  follow(families: readonly Family[]): Generator<void, void>;
  /** Catches up with labels that have turned over; they must not change meanwhile. */
  sync(): Generator<void, void>;
}

export function createLabelStore(): LabelStore {
  let spaces = new Map<LabelSpace, SlotBytes>();
  let current: PageLabels = new Map();
  const show = (): void => {
    current = new Map(Array.from(spaces, ([space, { segments }]) => [space, segments]));
  };
  return {
    get current() {
      return current;
    },
    get byteLength() {
      return Array.from(spaces.values()).reduce((sum, { byteLength }) => sum + byteLength, 0);
    },
    *follow(families) {
      const next = new Map<LabelSpace, SlotBytes>();
      for (const { labels } of families) {
        if (!next.has(labels)) next.set(labels, spaces.get(labels) ?? (yield* prepareLabels(labels)));
      }
      spaces = next;
      show();
    },
    *sync() {
      let replaced = false;
      for (const bytes of spaces.values()) replaced = (yield* bytes.sync()) || replaced;
      if (replaced) show();
    },
  };
}

/** Builds the label bytes of a space, a millisecond or so between yields. */
export function prepareLabels(space: LabelSpace): Generator<void, SlotBytes> {
  return prepareSlots(space, (slots) => createLabelWriter(space, slots), { stems: true });
}

/** Bytes of a slot's labels, without building anything: for estimates. */
export function measureLabels(space: LabelSpace, slot: number): number {
  let length = 0;
  for (const [dimension, { name }] of space.dimensions.entries()) {
    length += Buffer.byteLength(fragment(name, space.value(slot, dimension))) + (dimension > 0 ? 1 : 0);
  }
  return length;
}

/** Memory of the label bytes of slots [from, to), nothing of which is kept: for estimates. */
export function measurePrepared(space: LabelSpace, from: number, to: number): number {
  return measureSlots(space, (slots) => createLabelWriter(space, slots), from, to);
}

function fragment(name: string, value: string): string {
  return `${name}="${escapeLabelValue(value)}"`;
}

function createLabelWriter(space: LabelSpace, slots: number): SlotWriter {
  const scratch = createScratch();
  const writers = space.dimensions.map(({ name, count, value }, d) => {
    const text = (of: string): string => `${d > 0 ? ',' : ''}${fragment(name, of)}`;
    if (d === space.turnover?.dimension) {
      return (_: number, slot: number): void => writeText(scratch, text(space.value(slot, d)));
    }
    // Bytes prepared are worth it only for values that are met several times.
    return 4 * count <= slots
      ? createFragmentWriter(scratch, count, (index) => text(value(index)))
      : (index: number): void => writeText(scratch, text(value(index)));
  });
  const digits = new Float64Array(writers.length);
  return {
    scratch,
    write(slot) {
      space.digits(slot, digits);
      for (let d = 0; d < writers.length; d++) {
        (writers[d] as (index: number, slot: number) => void)(digits[d] as number, slot);
      }
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

function writeText(scratch: Scratch, text: string): void {
  // A UTF-16 unit takes three bytes at most.
  reserve(scratch, 3 * text.length);
  scratch.used += scratch.bytes.write(text, scratch.used);
}

/** A copy of a frame in reused buffers, for sinks that need values after their call returns. */
import { createHistogramColumn, type Column, type SummaryColumn } from './column.ts';
import type { Family } from './family.ts';
import type { FamilyFrame, Frame } from './frame.ts';

/** Rows copied between two yields: about 16 MB, a few milliseconds. */
const DOUBLES_PER_SLICE = 2_000_000;

export interface Snapshot extends Frame {
  /** Takes over the numbers of a frame, yielding on the way when it is long. Buffers of families that it had before are used again. */
  copy(frame: Frame, yieldNow: () => Promise<void>): Promise<void>;
  /** Makes it one of exactly these families, which lets go of the buffers of others. If there were any, it shows no tick until the next copy. */
  follow(families: readonly Family[]): void;
}

/** Buffers for the given families; allocated at once, reused by every `copy`. */
export function createSnapshot(families: readonly Family[]): Snapshot {
  let copies = families.map(createFamilyCopy);
  const snapshot = {
    tick: -1,
    modelMs: 0,
    wallMs: 0,
    families: copies as readonly FamilyFrame[],
    follow(next: readonly Family[]): void {
      if (next.length === copies.length && next.every((family, i) => family === copies[i]?.family)) return;
      const before = new Map(copies.map((copy) => [copy.family, copy]));
      snapshot.families = copies = next.map((family) => before.get(family) ?? createFamilyCopy(family));
      snapshot.tick = -1;
    },
    async copy(frame: Frame, yieldNow: () => Promise<void>): Promise<void> {
      snapshot.follow(frame.families.map(({ family }) => family));
      snapshot.tick = frame.tick;
      snapshot.modelMs = frame.modelMs;
      snapshot.wallMs = frame.wallMs;
      let sinceYield = 0;
      for (const [index, source] of frame.families.entries()) {
        const target = copies[index] as MutableFamilyFrame;
        for (const copySlice of slicesOf(source, target)) {
          sinceYield += copySlice();
          if (sinceYield < DOUBLES_PER_SLICE) continue;
          sinceYield = 0;
          await yieldNow();
        }
      }
    },
  };
  return snapshot;
}

interface MutableFamilyFrame {
  readonly family: Family;
  readonly column: Column;
  presence: Uint8Array | undefined;
  births: Float64Array | undefined;
  birthMs: number;
  /** A snapshot may be of any tick since the last one: readers go by label versions instead. */
  readonly turned: undefined;
}

/** A summary whose quantiles were read when the snapshot was taken. */
interface ReadSummary extends SummaryColumn {
  readonly quantiles: Float64Array;
}

function createFamilyCopy(family: Family): MutableFamilyFrame {
  return {
    family,
    column: createColumnCopy(family),
    presence: undefined,
    births: undefined,
    birthMs: 0,
    turned: undefined,
  };
}

function createColumnCopy(family: Family): Column {
  switch (family.type) {
    case 'counter':
    case 'gauge':
      return { kind: 'scalar', values: new Float64Array(family.size) };
    case 'histogram':
      return createHistogramColumn(family);
    case 'summary': {
      const width = family.quantiles.length;
      const quantiles = new Float64Array(family.size * width);
      const column: ReadSummary = {
        kind: 'summary',
        counts: new Float64Array(family.size),
        sums: new Float64Array(family.size),
        quantiles,
        readQuantiles(slot, out, at) {
          for (let i = 0; i < width; i++) out[at + i] = quantiles[slot * width + i] as number;
        },
      };
      return column;
    }
  }
}

/** The copy of one family as a row of small steps, each telling how many doubles it moved. */
function* slicesOf(source: FamilyFrame, target: MutableFamilyFrame): Generator<() => number> {
  const { column: from } = source;
  const { column: to } = target;
  yield () => {
    target.birthMs = source.birthMs;
    target.presence = copyOptional(source.presence, target.presence, (length) => new Uint8Array(length));
    target.births = copyOptional(source.births, target.births, (length) => new Float64Array(length));
    return 0;
  };
  if (from.kind === 'scalar' && to.kind === 'scalar') {
    yield* blockCopies(from.values, to.values);
  } else if (from.kind === 'histogram' && to.kind === 'histogram') {
    yield* blockCopies(from.counts, to.counts);
    yield* blockCopies(from.sums, to.sums);
  } else if (from.kind === 'summary' && to.kind === 'summary') {
    yield* blockCopies(from.counts, to.counts);
    yield* blockCopies(from.sums, to.sums);
    const { quantiles } = to as ReadSummary;
    const width = source.family.quantiles.length;
    // A sketch is walked per slot: far dearer than a copied double.
    const step = 500;
    for (let begin = 0; begin < source.family.size; begin += step) {
      yield () => {
        const end = Math.min(begin + step, source.family.size);
        for (let slot = begin; slot < end; slot++) from.readQuantiles(slot, quantiles, slot * width);
        return DOUBLES_PER_SLICE / 4;
      };
    }
  }
}

function* blockCopies(from: Float64Array, to: Float64Array): Generator<() => number> {
  for (let begin = 0; begin < from.length; begin += DOUBLES_PER_SLICE) {
    yield () => {
      const block = from.subarray(begin, begin + DOUBLES_PER_SLICE);
      to.set(block, begin);
      return block.length;
    };
  }
}

function copyOptional<Values extends Uint8Array | Float64Array>(
  from: Values | undefined,
  to: Values | undefined,
  make: (length: number) => Values,
): Values | undefined {
  if (from === undefined) return undefined;
  const target = to ?? make(from.length);
  target.set(from);
  return target;
}

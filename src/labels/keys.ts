/** Slot keys: family key mixed with a hash of the canonical label set. */
import { hashLabel, mix32, type Key } from '../util/key.ts';
import { atOnce } from '../util/slices.ts';
import type { Dimension, LabelSpace } from './space.ts';

interface WrittenKeys {
  readonly hi: Int32Array;
  readonly lo: Int32Array;
}

/** Hashes of label values by dimension, for the keys of several families: each is worked out once. */
export type KnownHashes = Map<Dimension, ValueHashes | undefined>;

/**
 * Keys of every slot of a space. The hash folds label pairs in the order of their names and skips empty values,
 * as backends treat an empty label as absent; so it depends on the label set alone, not on how it was declared.
 * O(size) time; each label value is hashed once. `into` is memory to write them to.
 */
export function createSlotKeys(
  family: Key,
  space: LabelSpace,
  into?: WrittenKeys,
  known?: KnownHashes,
): WrittenKeys {
  return atOnce(stepSlotKeys(family, space, into, known));
}

/** Slots, or values of a label, between two turns of others: less than a millisecond. */
const STEP = 1024;

/** The same in steps. */
export function* stepSlotKeys(
  family: Key,
  space: LabelSpace,
  into?: WrittenKeys,
  known: KnownHashes = new Map(),
): Generator<void, WrittenKeys> {
  const { size, dimensions } = space;
  const keys = into ?? { hi: new Int32Array(size), lo: new Int32Array(size) };
  const order = keyedOrder(space);
  const hashes: (ValueHashes | undefined)[] = [];
  for (const dimension of dimensions) {
    if (!known.has(dimension)) known.set(dimension, yield* stepValueHashes(dimension, size));
    hashes.push(known.get(dimension));
  }
  for (let from = 0; from < size; from += STEP) {
    writeKeys(family, space, order, hashes, keys, from, Math.min(from + STEP, size));
    yield;
  }
  return keys;
}

function writeKeys(
  family: Key,
  space: LabelSpace,
  order: readonly number[],
  hashes: readonly (ValueHashes | undefined)[],
  { hi, lo }: WrittenKeys,
  from: number,
  to: number,
): void {
  const { dimensions } = space;
  const digits = new Float64Array(dimensions.length);
  for (let slot = from; slot < to; slot++) {
    space.digits(slot, digits);
    let h = family.hi;
    let l = family.lo;
    for (let i = 0; i < order.length; i++) {
      const d = order[i] as number;
      const index = digits[d] as number;
      const known = hashes[d];
      if (known === undefined) {
        const dimension = dimensions[d] as Dimension;
        const text = dimension.value(index);
        if (text === '') continue;
        const pair = hashLabel(dimension.name, text);
        l = mix32(l ^ pair.lo) + h;
        h = mix32(h ^ pair.hi ^ l);
      } else if (known.skip[index] === 0) {
        l = mix32(l ^ (known.lo[index] as number)) + h;
        h = mix32(h ^ (known.hi[index] as number) ^ l);
      }
    }
    hi[slot] = mix32(h ^ Math.imul(l, 0x9e3779b1));
    lo[slot] = mix32(l + h);
  }
}

/** Works out the keys of some slots anew, from the labels that they have now. */
export function refreshSlotKeys(
  family: Key,
  space: LabelSpace,
  { hi, lo }: WrittenKeys,
  slots: Iterable<number>,
): void {
  const { names } = space;
  const order = keyedOrder(space);
  for (const slot of slots) {
    let h = family.hi;
    let l = family.lo;
    for (const d of order) {
      const text = space.value(slot, d);
      if (text === '') continue;
      const pair = hashLabel(names[d] as string, text);
      l = mix32(l ^ pair.lo) + h;
      h = mix32(h ^ pair.hi ^ l);
    }
    hi[slot] = mix32(h ^ Math.imul(l, 0x9e3779b1));
    lo[slot] = mix32(l + h);
  }
}

/** The dimensions that tell keys apart, in the order of their names. */
function keyedOrder({ dimensions }: LabelSpace): number[] {
  return dimensions
    .map((_, d) => d)
    .filter((d) => dimensions[d]?.keyless !== true)
    .sort((x, y) => compare(dimensions[x]?.name, dimensions[y]?.name));
}

/** Keys of some slots of a space. */
export function createKeysOf(family: Key, space: LabelSpace, slots: ArrayLike<number>): WrittenKeys {
  return createSlotKeys(family, {
    ...space,
    size: slots.length,
    digits: (index, out) => space.digits(slots[index] as number, out),
  });
}

interface ValueHashes {
  readonly hi: Int32Array;
  readonly lo: Int32Array;
  /** 1 where the value is empty. */
  readonly skip: Uint8Array;
}

/** Hashes of all values of a dimension; `undefined` where it has more values than there are slots to use them. */
function* stepValueHashes(
  { name, count, value }: Dimension,
  size: number,
): Generator<void, ValueHashes | undefined> {
  if (count > size) return undefined;
  const hashes = { hi: new Int32Array(count), lo: new Int32Array(count), skip: new Uint8Array(count) };
  for (let index = 0; index < count; index++) {
    const text = value(index);
    const pair = hashLabel(name, text);
    hashes.hi[index] = pair.hi;
    hashes.lo[index] = pair.lo;
    if (text === '') hashes.skip[index] = 1;
    if (index % STEP === STEP - 1) yield;
  }
  return hashes;
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : Number(a > b);
}

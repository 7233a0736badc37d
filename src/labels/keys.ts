/** Slot keys: family key mixed with a hash of the canonical label set. */
import { hashLabel, mix32, type Key } from '../util/key.ts';
import type { LabelSpace } from './space.ts';

/**
 * Keys of every slot of a space. The hash folds label pairs in the order of their names and skips empty values,
 * as backends treat an empty label as absent; so it depends on the label set alone, not on how it was declared.
 * O(size) time; each label value is hashed once.
 */
export function createSlotKeys(family: Key, space: LabelSpace): { hi: Int32Array; lo: Int32Array } {
  const { size, dimensions } = space;
  const hi = new Int32Array(size);
  const lo = new Int32Array(size);
  const order = dimensions.map((_, d) => d).sort((x, y) => compare(dimensions[x]?.name, dimensions[y]?.name));
  const hashes = dimensions.map((dimension) =>
    createValueHashes(dimension.name, dimension.count, dimension.value, size),
  );
  const digits = new Float64Array(dimensions.length);
  for (let slot = 0; slot < size; slot++) {
    space.digits(slot, digits);
    let h = family.hi;
    let l = family.lo;
    for (const d of order) {
      const pair = (hashes[d] as (index: number) => Key | undefined)(digits[d] as number);
      if (pair === undefined) continue;
      l = mix32(l ^ pair.lo) + h;
      h = mix32(h ^ pair.hi ^ l);
    }
    hi[slot] = mix32(h ^ Math.imul(l, 0x9e3779b1));
    lo[slot] = mix32(l + h);
  }
  return { hi, lo };
}

/** Hashes of a dimension's values, computed when first asked for. `undefined` for an empty value. */
function createValueHashes(
  name: string,
  count: number,
  value: (index: number) => string,
  size: number,
): (index: number) => Key | undefined {
  const compute = (index: number): Key | undefined => {
    const text = value(index);
    return text === '' ? undefined : hashLabel(name, text);
  };
  // A dimension with more values than there are slots (an id out of 10^12) would fill the cache without hits.
  if (count > size) return compute;
  const cache = new Map<number, Key | undefined>();
  return (index) => {
    if (cache.has(index)) return cache.get(index);
    const key = compute(index);
    cache.set(index, key);
    return key;
  };
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : Number(a > b);
}

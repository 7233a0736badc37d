/** How many values each label of a space really has. */
import type { Dimension, LabelSpace } from './space.ts';

/** Distinct values by dimension, as they occur in the slots of the space; O(slots) time where it is capped or in parts. */
export function countValues(space: LabelSpace): number[] {
  const { dimensions, size, product } = space;
  const isWhole = size === product && dimensions.every(({ repeats }) => repeats !== true);
  if (isWhole && dimensions.reduce((n, { count }) => n * count, 1) === product)
    return dimensions.map(({ count }) => count);
  const seen = dimensions.map(({ count }) => createSeen(count, size));
  const digits = new Float64Array(dimensions.length);
  for (let slot = 0; slot < size; slot++) {
    space.digits(slot, digits);
    for (let d = 0; d < seen.length; d++) (seen[d] as Seen).add(digits[d] as number);
  }
  return dimensions.map((dimension, d) => countTexts(dimension, seen[d] as Seen));
}

interface Seen {
  add(index: number): void;
  indexes(): Iterable<number>;
  count(): number;
}

/** Bits where there are not many more values than slots, else a set. */
function createSeen(count: number, slots: number): Seen {
  if (count > 8 * slots) {
    const set = new Set<number>();
    return { add: (index) => set.add(index), indexes: () => set, count: () => set.size };
  }
  const flags = new Uint8Array(count);
  let total = 0;
  return {
    add(index) {
      if (flags[index] === 1) return;
      flags[index] = 1;
      total += 1;
    },
    *indexes() {
      for (let index = flags.indexOf(1); index >= 0; index = flags.indexOf(1, index + 1)) yield index;
    },
    count: () => total,
  };
}

function countTexts({ repeats, value }: Dimension, seen: Seen): number {
  if (repeats !== true) return seen.count();
  const texts = new Set<string>();
  for (const index of seen.indexes()) texts.add(value(index));
  return texts.size;
}

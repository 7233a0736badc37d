/** Which slots of two label spaces have the same label set. */
import { stepSlotKeys } from './keys.ts';
import type { Dimension, LabelSpace } from './space.ts';

/** Keys of label sets alone, of no family. */
const NO_FAMILY = { hi: 0, lo: 0 };
/** Slots between two turns of others: less than a millisecond. */
const STEP = 4096;

/**
 * For each slot of a space the slot of another one that has the same label set, compared by names and values; -1 for none. Labels
 * are taken as declared, so that values which turn over are found by the place that they have. O(slots of both), in steps.
 */
export function* matchSlots(space: LabelSpace, other: LabelSpace): Generator<void, Int32Array> {
  const keys = yield* stepSlotKeys(NO_FAMILY, withAllLabels(space));
  const others = yield* stepSlotKeys(NO_FAMILY, withAllLabels(other));
  // Open addressing, at most half full: slot + 1, or 0.
  const mask = 2 ** Math.ceil(Math.log2(2 * Math.max(1, other.size))) - 1;
  const table = new Uint32Array(mask + 1);
  const find = (hi: number, lo: number): number => {
    let at = lo & mask;
    for (let entry = table[at] as number; entry !== 0; entry = table[at] as number) {
      if (others.hi[entry - 1] === hi && others.lo[entry - 1] === lo) break;
      at = (at + 1) & mask;
    }
    return at;
  };
  for (let slot = 0; slot < other.size; slot++) {
    table[find(others.hi[slot] as number, others.lo[slot] as number)] = slot + 1;
    if (slot % STEP === STEP - 1) yield;
  }
  const matches = new Int32Array(space.size);
  for (let slot = 0; slot < space.size; slot++) {
    matches[slot] = (table[find(keys.hi[slot] as number, keys.lo[slot] as number)] as number) - 1;
    if (slot % STEP === STEP - 1) yield;
  }
  return matches;
}

/** Here every label tells series apart, also those that streams do not know of. */
function withAllLabels(space: LabelSpace): LabelSpace {
  const asKeyed = ({ name, count, value }: Dimension): Dimension => ({ name, count, value });
  return { ...space, dimensions: space.dimensions.map(asKeyed) };
}

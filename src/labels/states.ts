/** A space in which each label set of another stands once for every value of one more label, which comes last. */
import type { Dimension, LabelSpace } from './space.ts';

/** Slots of one label set are neighbours. No random stream knows of the label, so that those of one label set draw the same. */
export function spreadOver(space: LabelSpace, name: string, values: readonly string[]): LabelSpace {
  const { length } = values;
  const last = space.dimensions.length;
  const own: Dimension = { name, count: length, value: (index) => values[index] as string, keyless: true };
  const setOf = (slot: number): number => Math.floor(slot / length);
  return {
    names: [...space.names, name],
    dimensions: [...space.dimensions, own],
    product: space.product * length,
    size: space.size * length,
    digits(slot, out) {
      space.digits(setOf(slot), out);
      out[last] = slot % length;
    },
    value: (slot, dimension) =>
      dimension === last ? (values[slot % length] as string) : space.value(setOf(slot), dimension),
  };
}

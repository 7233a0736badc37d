/** A space whose label sets are each there once with every value of a further label, which turns fastest. */
import type { Dimension, LabelSpace } from './space.ts';

/** The further label is none that the space has, and the space does not turn over. */
export function multiplySpace(space: LabelSpace, further: Dimension): LabelSpace {
  const { count } = further;
  const last = space.dimensions.length;
  const slotOf = (slot: number): number => Math.floor(slot / count);
  return {
    names: [...space.names, further.name],
    dimensions: [...space.dimensions, further],
    product: space.product * count,
    size: space.size * count,
    index: (slot) => space.index?.(slotOf(slot)) ?? 0,
    digits(slot, out) {
      space.digits(slotOf(slot), out);
      out[last] = slot % count;
    },
    value: (slot, dimension) =>
      dimension === last ? further.value(slot % count) : space.value(slotOf(slot), dimension),
  };
}

/**
 * Stems: what neighbours have in common is kept once. Label sets of a product differ from those before in the last labels alone, so
 * most of a slot's bytes are already there.
 */

/** Slot `i` begins with the first `lengths[i]` bytes of slot `of[i]`, which has no stem itself. */
export interface Stems {
  readonly of: Uint16Array;
  readonly lengths: Uint16Array;
}

/** A shorter stem saves less than it costs to copy two runs instead of one. */
const LEAST_BYTES = 16;
/** A slot whose neighbour has so many bytes more in common with it than the slot that others begin with is begun with from then on. */
const MUCH_CLOSER = 8;
const MAX_LENGTH = 65_535;

/** No slot of up to so many begins with another one. */
export function noStems(slots: number): Stems {
  return { of: new Uint16Array(slots), lengths: new Uint16Array(slots) };
}

/** Finds stems for up to 65,536 slots: slot `i` has the bytes `[bounds[i], bounds[i + 1])` of the view. */
export function findStems(view: DataView, bounds: Uint32Array): Stems {
  const count = bounds.length - 1;
  const stems = noStems(count);
  let stem = 0;
  for (let i = 1; i < count; i++) {
    const fromStem = inCommon(view, bounds, stem, i);
    const own = (bounds[i + 1] as number) - (bounds[i] as number) - fromStem;
    const isFar = own > MUCH_CLOSER && inCommon(view, bounds, i - 1, i) - fromStem > MUCH_CLOSER;
    if (fromStem < LEAST_BYTES || isFar) {
      stem = i;
    } else {
      stems.of[i] = stem;
      stems.lengths[i] = fromStem;
    }
  }
  return stems;
}

/** How many bytes two slots begin with alike. */
function inCommon(view: DataView, bounds: Uint32Array, a: number, b: number): number {
  const fromA = bounds[a] as number;
  const fromB = bounds[b] as number;
  const most = Math.min((bounds[a + 1] as number) - fromA, (bounds[b + 1] as number) - fromB, MAX_LENGTH);
  let length = 0;
  // No two texts are told to be alike that are not: eight zero bytes equal -0 alone, whose 80 begins no character.
  while (length + 8 <= most && view.getFloat64(fromA + length) === view.getFloat64(fromB + length))
    length += 8;
  while (length < most && view.getUint8(fromA + length) === view.getUint8(fromB + length)) length++;
  return length;
}

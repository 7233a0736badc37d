/** How the families of a run change between two ticks: what is told to sinks and workers. */
import type { Family } from './family.ts';

/** A family that takes the place of another one. */
export interface Succession {
  readonly before: Family;
  /**
   * For each slot of the new family the slot of the old one whose series goes on there, -1 for a new series. `undefined`: every
   * slot that both have goes on as it is.
   */
  readonly from: Int32Array | undefined;
}

/** Families from the next tick on. */
export interface FamiliesChange {
  /** In page order. One that was there before and goes on is the same object. */
  readonly families: readonly Family[];
  /**
   * By new family, the one whose series go on in it. Series of families that are not in the list any more, and slots that no
   * succession takes over, have ended with the tick before.
   */
  readonly successions: ReadonlyMap<Family, Succession>;
}

/** The slot of the old family whose series goes on in a slot of the new one; -1 for a new series. */
export function predecessorOf({ before, from }: Succession, slot: number): number {
  if (from !== undefined) return from[slot] as number;
  return slot < before.size ? slot : -1;
}

/**
 * Two changes between the same two ticks as one. Families of the first one that are neither in the second nor among those `shown`
 * at the tick before have never been there.
 */
export function composeChanges(
  shown: readonly Family[],
  first: FamiliesChange,
  second: FamiliesChange,
): FamiliesChange {
  const known = new Set(shown);
  const successions = new Map<Family, Succession>();
  for (const family of second.families) {
    const later = second.successions.get(family);
    const between = later?.before ?? family;
    const earlier = first.successions.get(between);
    if (later === undefined) {
      if (earlier !== undefined) successions.set(family, earlier);
    } else if (earlier !== undefined) {
      const from = Int32Array.from({ length: family.size }, (_, slot) => {
        const middle = predecessorOf(later, slot);
        return middle < 0 ? -1 : predecessorOf(earlier, middle);
      });
      successions.set(family, { before: earlier.before, from });
    } else if (known.has(between)) {
      successions.set(family, later);
    }
  }
  return { families: second.families, successions };
}

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

/** What is asked of a family's generator at one tick: the change that effects make (invariant 3). */

/** One number for every slot of the family, or one a slot (indexed by slot). */
export type Factor = number | Float64Array;

/** The factor of a slot. In tight loops test for a number once, outside. */
export function factorAt(factor: Factor, slot: number): number {
  return typeof factor === 'number' ? factor : (factor[slot] as number);
}

/**
 * What effects and diurnal cycles ask of a family at one tick. Neutral: rate 1, level 1, scale 1, offset 0.
 * Parameter effects need no field here: they give slots another instance of the same generator, whose state is in
 * columns and therefore stays.
 */
export interface Modulation {
  /** Multiplies what comes per unit of time: increments of a counter, arrivals of a histogram or summary. */
  rate: Factor;
  /** Multiplies a gauge's own level before it is clamped: the diurnal cycle. */
  level: Factor;
  /** Shown level, or each observation, is `x * scale + offset`. */
  scale: Factor;
  offset: Factor;
}

/** No change. */
export const NEUTRAL: Readonly<Modulation> = { rate: 1, level: 1, scale: 1, offset: 0 };

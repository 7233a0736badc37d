/** What is asked of a family's generator at one tick: the change that effects make (invariant 3). */

/** One number for every slot of the family, or one for each group of slots. */
export type Factor = number | GroupedFactor;

/** Slot s has `byGroup[of[s]]`. */
export interface GroupedFactor {
  /** Group of each slot. Stays as it is while a tick is advanced. */
  readonly of: Uint32Array;
  /** Never written again: what is worked out from it may be kept for as long as it is this array. */
  readonly byGroup: Float64Array;
}

/** The factor of a slot. */
export function factorAt(factor: Factor, slot: number): number {
  return typeof factor === 'number' ? factor : (factor.byGroup[factor.of[slot] as number] as number);
}

/** The factor of some slots, by their place among them. `groups` is memory for as many, lent as long as the result is in use. */
export function pickFactor(factor: Factor, slots: Uint32Array, groups: Uint32Array): Factor {
  if (typeof factor === 'number') return factor;
  const { of, byGroup } = factor;
  for (let i = 0; i < slots.length; i++) groups[i] = of[slots[i] as number] as number;
  return { of: groups, byGroup };
}

/** What becomes of numeric options of a generator, by name: `x * scale + offset`. */
export type OptionChanges = Readonly<Record<string, { readonly scale: number; readonly offset: number }>>;

/** Shares of situations by name, from 0 to 1. What they leave of 1 is that of the situation that a family begins in. */
export type Mix = Readonly<Record<string, number>>;

/** Which slots have options of their generator changed. */
export interface Variants {
  /** Index into `changes` and `mixes`, by slot; absent where there is but one. */
  readonly of: Uint32Array | undefined;
  /** `undefined` leaves options as they are. At least one. */
  readonly changes: readonly (OptionChanges | undefined)[];
  /** Absent: every slot is in the situation that its family begins in, as is one with `undefined`. */
  readonly mixes?: readonly (Mix | undefined)[] | undefined;
}

/**
 * Increments of a counter that move from some series to others, so that totals hold. A source is a slot, or one behind them that
 * another shard has: factors and variants reach as far. All arrays may be shared memory.
 */
export interface Moves {
  /** Index into `shares`, by source; 0 moves nothing. */
  readonly of: Uint32Array;
  /** For each move in turn the share of a source's increment that it takes. They add up to at most 1. */
  readonly shares: readonly (readonly number[])[];
  /** What slots get, in order of slots: which move takes it, from which source. */
  readonly targets: Uint32Array;
  readonly sources: Uint32Array;
  readonly moves: Uint32Array;
  /** Keys of the sources behind the slots. */
  readonly foreignHi: Int32Array;
  readonly foreignLo: Int32Array;
}

/**
 * What effects and diurnal cycles ask of a family at one tick. Neutral: rate 1, level 1, scale 1, offset 0, no variants.
 */
export interface Modulation {
  /** Multiplies what comes per unit of time: increments of a counter, arrivals of a histogram or summary. */
  rate: Factor;
  /** Multiplies a gauge's own level before it is clamped: the diurnal cycle. */
  level: Factor;
  /** Shown level, or each observation, is `x * scale + offset`. */
  scale: Factor;
  offset: Factor;
  /** Other options of generators; state is in columns and therefore stays. Absent: none are changed. */
  variants?: Variants | undefined;
  /** Absent: nothing moves. */
  moves?: Moves | undefined;
}

/** No change. */
export const NEUTRAL: Readonly<Modulation> = { rate: 1, level: 1, scale: 1, offset: 0 };

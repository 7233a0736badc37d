/**
 * The generators of a family: one for all of its slots, or further ones for some (explicit series), each as its options
 * say or as effects change them. State lies in columns, so a slot may have another generator at every tick.
 */
import type { Mix, OptionChanges, Variants } from '../../series/modulation.ts';

/** What makes the generators of a family. */
export interface Makers<G> {
  /** Makes each of them, with changes of its options and in a mix of situations if there is any. Throws what its options refuse. */
  readonly make: readonly ((changes?: OptionChanges, mix?: Mix) => G)[];
  /** Index into `make`, by slot; absent when every slot has the first. */
  readonly of?: ArrayLike<number> | undefined;
  /** Names of the situations that they may be led to; none for most. */
  readonly situations?: readonly string[] | undefined;
}

/** All generators of a family: as their options say, and in each of the situations that they may be led to. */
export function everyOne<G>({ make, situations = [] }: Pick<Makers<G>, 'make' | 'situations'>): G[] {
  return make.flatMap((one) => [one(), ...situations.map((name) => one(undefined, { [name]: 1 }))]);
}

/** The generators of one tick. */
export interface Instances<G> {
  /** No two are the same. */
  readonly all: readonly G[];
  /** The one that every slot has; `undefined` where they differ. */
  readonly only: G | undefined;
  /** Index into `all` of a slot. */
  indexOf(slot: number): number;
}

export interface Roster<G> {
  /** As their options say. */
  readonly own: readonly G[];
  /** As effects ask for at a tick. What the tick before had already is not made again. */
  at(variants: Variants | undefined): Instances<G>;
}

/** Makes all generators of a family once, and those that effects ask for when they do. */
export function createRoster<G>({ make, of }: Makers<G>): Roster<G> {
  const own = make.map((one) => one());
  const unchanged = instancesOf(own, of);
  let made = new Map<string, G>();
  let last: { readonly variants: Variants; readonly instances: Instances<G> } | undefined;

  const vary = ({ of: groups, changes, mixes = [] }: Variants): Instances<G> => {
    const kept = new Map<string, G>();
    /** For each group one for each maker. */
    const byGroup = changes.flatMap((change, group) => {
      const mix = mixes[group];
      const isOwn = change === undefined && mix === undefined;
      const asked = JSON.stringify([change, mix]);
      return make.map((one, index) => {
        if (isOwn) return own[index] as G;
        const key = `${index} ${asked}`;
        const instance = kept.get(key) ?? made.get(key) ?? one(change, mix);
        kept.set(key, instance);
        return instance;
      });
    });
    made = kept;
    return instancesOf(byGroup, of, groups, make.length);
  };

  return {
    own,
    at(variants) {
      if (variants === undefined) return unchanged;
      if (last?.variants !== variants) last = { variants, instances: vary(variants) };
      return last.instances;
    },
  };
}

function instancesOf<G>(
  list: readonly G[],
  of: ArrayLike<number> | undefined,
  groups?: Uint32Array,
  width = list.length,
): Instances<G> {
  const numbers = new Map([...new Set(list)].map((instance, number) => [instance, number]));
  const all = [...numbers.keys()];
  const index = Uint32Array.from(list, (instance) => numbers.get(instance) as number);
  const indexOf = (slot: number): number =>
    index[(groups?.[slot] ?? 0) * width + (of?.[slot] ?? 0)] as number;
  return { all, only: all.length === 1 ? all[0] : undefined, indexOf };
}

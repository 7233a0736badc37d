/**
 * Groups of slots: those that the same effects change. An effect splits groups when it comes and joins them when it goes,
 * so a tick works out a number for each group and looks it up for each slot, whatever the number of effects.
 */

export interface Groups {
  /** Group of each slot. */
  readonly of: Uint32Array;
  /** Ids of the effects that change a group. The groups of the partition are `0 .. effects.length - 1`. */
  readonly effects: readonly ReadonlySet<string>[];
  /** Has an effect change the slots with 1 in `members` from now on. */
  split(id: string, members: Uint8Array): void;
  /** Has an effect change no slot. */
  join(id: string): void;
}

/** One group of all slots, which nothing changes. `allocate` gives the memory of `of`. */
export function createGroups(
  size: number,
  allocate: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
): Groups {
  const of = new Uint32Array(allocate(size * 4));
  let effects: ReadonlySet<string>[] = [new Set()];
  return {
    of,
    get effects() {
      return effects;
    },
    split(id, members) {
      const split = effects.map(() => -1);
      for (let slot = 0; slot < size; slot++) {
        if (members[slot] !== 1) continue;
        const group = of[slot] as number;
        let changed = split[group] as number;
        if (changed < 0) {
          changed = effects.length;
          split[group] = changed;
          effects.push(new Set([...(effects[group] as ReadonlySet<string>), id]));
        }
        of[slot] = changed;
      }
    },
    join(id) {
      const kept: ReadonlySet<string>[] = [];
      const byEffects = new Map<string, number>();
      const joined = Uint32Array.from(effects, (group) => {
        const left = [...group].filter((other) => other !== id).sort();
        const key = JSON.stringify(left);
        const known = byEffects.get(key);
        if (known !== undefined) return known;
        byEffects.set(key, kept.length);
        kept.push(new Set(left));
        return kept.length - 1;
      });
      for (let slot = 0; slot < size; slot++) of[slot] = joined[of[slot] as number] as number;
      effects = kept;
    },
  };
}

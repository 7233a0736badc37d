/** Moves of increments between series of one family: which slots give and get, prepared when a move comes or goes. */
import type { SlotKeys } from '../series/family.ts';
import type { Moves } from '../series/modulation.ts';
import { createGroups, type Groups } from './groups.ts';

/** Who gives to whom, by slot of the whole space: `sources[i]` to `targets[i]`. No source is there twice. */
export interface Links {
  readonly sources: Float64Array;
  readonly targets: Float64Array;
  /** The slot of the whole space that is the family's first. */
  readonly from: number;
  /** Keys of slots of the whole space. */
  keysOf(slots: ArrayLike<number>): SlotKeys;
}

export interface Moving {
  add(id: string, links: Links): void;
  /** False when there is none by this id. */
  remove(id: string): boolean;
  /** Slots of the whole space that give to slots here and are not here themselves, ascending. */
  foreign(): Float64Array;
  /** The moves with the shares that effects have now; `undefined` when there are none. */
  at(shareOf: (id: string) => number): Moves | undefined;
}

interface Plan {
  /** In order of id. */
  readonly ids: readonly string[];
  readonly groups: Groups;
  readonly fixed: Omit<Moves, 'shares'>;
}

/** `size` slots are here; `allocate` gives the memory of arrays. */
export function createMoving(size: number, allocate: (bytes: number) => ArrayBufferLike): Moving {
  const byId = new Map<string, Links>();
  let foreign = new Float64Array(0);
  let plan: Plan | undefined;

  const rebuild = (): void => {
    plan = undefined;
    foreign = foreignSources([...byId.values()], size);
    const [first] = byId.values();
    if (first === undefined) return;
    const reach = size + foreign.length;
    const index = new Map(Array.from(foreign, (slot, i) => [slot, size + i]));
    const groups = createGroups(reach, allocate);
    const ids = [...byId.keys()].toSorted((a, b) => (a < b ? -1 : 1));
    const edges: { target: number; source: number; move: number }[] = [];
    for (const [move, id] of ids.entries()) {
      const { sources, targets, from } = byId.get(id) as Links;
      const members = new Uint8Array(reach);
      for (let i = 0; i < sources.length; i++) {
        const local = (sources[i] as number) - from;
        const source = local >= 0 && local < size ? local : index.get(sources[i] as number);
        if (source === undefined) continue;
        members[source] = 1;
        const target = (targets[i] as number) - from;
        if (target >= 0 && target < size) edges.push({ target, source, move });
      }
      groups.split(id, members);
    }
    edges.sort((a, b) => a.target - b.target || a.move - b.move);
    const uints = (values: (edge: (typeof edges)[number]) => number): Uint32Array => {
      const array = new Uint32Array(allocate(edges.length * 4));
      for (const [i, edge] of edges.entries()) array[i] = values(edge);
      return array;
    };
    const keys = first.keysOf(foreign);
    const ints = (values: Int32Array): Int32Array => {
      const array = new Int32Array(allocate(values.length * 4));
      array.set(values);
      return array;
    };
    plan = {
      ids,
      groups,
      fixed: {
        of: groups.of,
        targets: uints(({ target }) => target),
        sources: uints(({ source }) => source),
        moves: uints(({ move }) => move),
        foreignHi: ints(keys.hi),
        foreignLo: ints(keys.lo),
      },
    };
  };

  return {
    add(id, links) {
      byId.set(id, links);
      rebuild();
    },
    remove(id) {
      if (!byId.delete(id)) return false;
      rebuild();
      return true;
    },
    foreign: () => foreign,
    at(shareOf) {
      if (plan === undefined) return undefined;
      const { ids, groups, fixed } = plan;
      const now = ids.map(shareOf);
      if (now.every((share) => share === 0)) return undefined;
      const shares = groups.effects.map((own) =>
        own.size === 0 ? [] : ids.map((id, move) => (own.has(id) ? (now[move] as number) : 0)),
      );
      return { ...fixed, shares };
    },
  };
}

function foreignSources(all: readonly Links[], size: number): Float64Array<ArrayBuffer> {
  const isHere = (slot: number, from: number): boolean => slot >= from && slot < from + size;
  const found = new Set<number>();
  for (const { sources, targets, from } of all) {
    for (let i = 0; i < sources.length; i++) {
      if (isHere(targets[i] as number, from) && !isHere(sources[i] as number, from))
        found.add(sources[i] as number);
    }
  }
  return Float64Array.from([...found].toSorted((a, b) => a - b));
}

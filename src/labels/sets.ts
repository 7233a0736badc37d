/** Label sets by themselves, and a space with some of them behind its own. */
import type { Digits, Dimension, LabelSpace } from './space.ts';

/** Values of labels by name. */
export type LabelSet = Readonly<Record<string, string>>;

/** A text that two label sets share when backends take them for the same: an empty label is an absent one. */
export function identityOf(set: LabelSet): string {
  const pairs = Object.entries(set).filter(([, value]) => value !== '');
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : Number(a > b))));
}

/** `{region="eu",zone="a"}`, as matchers are written. */
export function formatLabels(set: LabelSet): string {
  return `{${Object.entries(set)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`;
}

/**
 * A space whose last slots are label sets of their own. A label that a set lacks is empty, and so is one that only sets have in
 * the slots before them. Sets are not compared with those of the space. `part` is what a shard has of them; labels are those of all.
 */
export function appendSets(
  space: LabelSpace,
  sets: readonly LabelSet[],
  part: { readonly from: number; readonly to: number } = { from: 0, to: sets.length },
): LabelSpace {
  const first = space.size;
  const added = new Set(sets.flatMap((set) => Object.keys(set)));
  const names = [...new Set([...space.names, ...added])];
  const columns = names.map((name, d) => {
    const base = space.dimensions[d];
    const count = base?.count ?? 0;
    const values = new Map<string, number>();
    const indexOf = (value: string): number => {
      if (!values.has(value)) values.set(value, count + values.size);
      return values.get(value) as number;
    };
    const absent = base === undefined ? indexOf('') : 0;
    const rows = Uint32Array.from(sets, (set) => indexOf(set[name] ?? ''));
    const own = [...values.keys()];
    const dimension: Dimension = {
      name,
      count: count + own.length,
      value: (index) =>
        base !== undefined && index < count ? base.value(index) : (own[index - count] as string),
      repeats: true,
    };
    return { dimension, rows, absent };
  });
  const digits = (slot: number, out: Digits): void => {
    if (slot < first) space.digits(slot, out);
    for (let d = slot < first ? space.dimensions.length : 0; d < columns.length; d++) {
      const { rows, absent } = columns[d] as (typeof columns)[number];
      out[d] = slot < first ? absent : (rows[slot - first + part.from] as number);
    }
  };
  const dimensions = columns.map(({ dimension }) => dimension);
  const scratch: number[] = [];
  return {
    names,
    dimensions,
    product: space.product + sets.length,
    size: first + part.to - part.from,
    index: (slot) => (slot < first ? (space.index?.(slot) ?? 0) : 0),
    digits,
    value(slot, dimension) {
      if (slot < first && dimension < space.dimensions.length) return space.value(slot, dimension);
      digits(slot, scratch);
      return (dimensions[dimension] as Dimension).value(scratch[dimension] as number);
    },
    get turnover() {
      return space.turnover;
    },
  };
}

/** From labels as declared, of a profile and of a metric, to the axes and dimensions of a label space. */
import type { Labels, LabelSets } from './fields.ts';
import { createFormat } from './format.ts';
import {
  listDimension,
  rangeDimension,
  type Axis,
  type Digits,
  type Dimension,
  type Layout,
} from './space.ts';

/** What a profile, or a metric, declares of labels. */
export interface DeclaredLabels {
  readonly labels: Labels;
  readonly label_sets?: LabelSets | undefined;
}

/**
 * The layout of a metric's label space: label sets first, then the profile's labels, then its own. Its own label of the
 * same name takes the place of the profile's, and its own label sets those of the profile.
 */
export function createLayout(profile: DeclaredLabels | undefined, own: DeclaredLabels): Layout {
  const sets = own.label_sets ?? profile?.label_sets;
  const labels = { ...profile?.labels, ...own.labels };
  if (sets === undefined) return { dimensions: Object.entries(labels).map(createDimension) };

  const columns = createColumns(sets);
  const named = new Set(columns.map(({ dimension }) => dimension.name));
  const free = Object.entries(labels)
    .filter(([name]) => !named.has(name))
    .map(createDimension);
  const axes: Axis[] = [{ name: 'label_sets', count: sets.length }, ...free];
  return {
    dimensions: [...columns.map(({ dimension }) => dimension), ...free],
    axes,
    place(digits: ArrayLike<number>, out: Digits) {
      const row = digits[0] as number;
      for (let c = 0; c < columns.length; c++) out[c] = (columns[c] as Column).indexes[row] as number;
      for (let a = 1; a < axes.length; a++) out[columns.length + a - 1] = digits[a] as number;
    },
  };
}

/** A label of explicit sets: its values, and which of them each set has. */
interface Column {
  readonly dimension: Dimension;
  readonly indexes: Uint32Array;
}

function createColumns(sets: LabelSets): Column[] {
  const names = new Set(sets.flatMap((set) => Object.keys(set)));
  return Array.from(names, (name) => {
    const known = new Map<string, number>();
    const indexes = Uint32Array.from(sets, (set) => {
      const value = set[name] ?? '';
      const index = known.get(value) ?? known.size;
      known.set(value, index);
      return index;
    });
    return { dimension: listDimension(name, [...known.keys()]), indexes };
  });
}

function createDimension([name, { values, range, fmt = '{}' }]: [string, Labels[string]]): Dimension {
  return range === undefined
    ? listDimension(name, values ?? [])
    : rangeDimension(name, range[0], range[1], createFormat(fmt));
}

/**
 * From labels as declared, of a profile and of a metric, to the axes and dimensions of a label space. What hangs on other
 * labels (`of`, `template`, explicit sets) has no axis of its own and does not multiply the series.
 */
import { hashLabel, mix32 } from '../util/key.ts';
import type { Label, Labels, LabelSets } from './fields.ts';
import { createFormat } from './format.ts';
import {
  listDimension,
  MAX_PRODUCT,
  rangeDimension,
  type Axis,
  type Digits,
  type Dimension,
  type Layout,
} from './space.ts';
import { parseTemplate, type TemplatePart } from './template.ts';

/** What a profile, or a metric, declares of labels. */
export interface DeclaredLabels {
  readonly labels: Labels;
  readonly label_sets?: LabelSets | undefined;
}

/** What is wrong with a label beside others: its key, and why. */
export interface LabelProblem {
  readonly label: string;
  readonly key: string;
  readonly message: string;
}

/**
 * The layout of a metric's label space: label sets first, then the profile's labels, then its own. Its own label of the
 * same name takes the place of the profile's, and its own label sets those of the profile. Throws a RangeError for labels
 * in which `findLabelProblems` finds any.
 */
export function createLayout(profile: DeclaredLabels | undefined, own: DeclaredLabels): Layout {
  return compile(profile, own, ({ label, key, message }) => {
    throw new RangeError(`${label}.${key}: ${message}`);
  });
}

/** What is wrong with labels that hang on others. */
export function findLabelProblems(
  profile: DeclaredLabels | undefined,
  own: DeclaredLabels,
): readonly LabelProblem[] {
  const problems: LabelProblem[] = [];
  compile(profile, own, (problem) => problems.push(problem));
  return problems;
}

/** A dimension, and how the index of its value comes from the digits of axes and from those of other dimensions. */
interface Placed {
  readonly dimension: Dimension;
  place(axes: ArrayLike<number>, digits: ArrayLike<number>): number;
}

type Refuse = (problem: LabelProblem) => unknown;

function compile(profile: DeclaredLabels | undefined, own: DeclaredLabels, refuse: Refuse): Layout {
  const sets = own.label_sets ?? profile?.label_sets;
  const columns = sets === undefined ? [] : createColumns(sets);
  const named = new Set(columns.map(({ dimension }) => dimension.name));
  const labels = Object.entries({ ...profile?.labels, ...own.labels }).filter(([name]) => !named.has(name));
  if (sets === undefined && labels.every(([, label]) => isFree(label)))
    return { dimensions: labels.map(([name, label]) => createDimension(name, label)) };

  const names = [...named, ...labels.map(([name]) => name)];
  const axes: Axis[] = sets === undefined ? [] : [{ name: 'label_sets', count: sets.length }];
  const axisOf = new Map<string, number>();
  for (const [name, label] of labels) {
    if (label.of !== undefined || (label.template !== undefined && !isNumbered(label))) continue;
    axisOf.set(name, axes.length);
    axes.push({ name, count: createDimension(name, label).count });
  }
  const placed = new Map<string, Placed>(columns.map((column) => [column.dimension.name, column]));
  const context = { names, axes, axisOf, placed, refuse };
  for (const [name, label] of inOrder(labels, new Set(names), refuse)) {
    const made = place(name, label, context);
    if (made !== undefined) placed.set(name, made);
  }
  // Those that others follow come before them; each writes to the place of its name.
  const steps = [...placed].map(([name, { place: find }]) => ({ at: names.indexOf(name), find }));
  return {
    dimensions: names.flatMap((name) => placed.get(name)?.dimension ?? []),
    axes,
    place(digits: ArrayLike<number>, out: Digits) {
      for (let i = 0; i < steps.length; i++) {
        const { at, find } = steps[i] as (typeof steps)[number];
        out[at] = find(digits, out);
      }
    },
  };
}

function isFree({ of, template }: Label): boolean {
  return of === undefined && template === undefined;
}

function isNumbered({ range, cardinality }: Label): boolean {
  return range !== undefined || cardinality !== undefined;
}

/** Names of the labels that a label hangs on. */
function followedBy({ of, template }: Label): string[] {
  if (of !== undefined) return [of];
  if (template === undefined) return [];
  return parseTemplate(template).flatMap((part) =>
    typeof part !== 'string' && 'label' in part ? [part.label] : [],
  );
}

/** Labels behind those that they hang on; the ones that hang on nothing or on each other are refused and left out. */
function inOrder(
  labels: readonly (readonly [string, Label])[],
  names: ReadonlySet<string>,
  refuse: Refuse,
): (readonly [string, Label])[] {
  const open = new Map(labels);
  const ordered: (readonly [string, Label])[] = [];
  const keyOf = ({ of }: Label): string => (of === undefined ? 'template' : 'of');
  for (const [label, fields] of labels) {
    const missing = followedBy(fields).filter((name) => !names.has(name));
    for (const name of missing) {
      const others = [...names].filter((other) => other !== label);
      const allowed = others.length === 0 ? 'there is no other' : `there are ${others.join(', ')}`;
      refuse({
        label,
        key: keyOf(fields),
        message: `names the label ${name}, which the series have not; ${allowed}`,
      });
    }
    if (missing.length > 0) open.delete(label);
  }
  for (let progress = true; progress;) {
    progress = false;
    for (const [name, label] of open) {
      if (followedBy(label).some((other) => open.has(other))) continue;
      ordered.push([name, label]);
      open.delete(name);
      progress = true;
    }
  }
  for (const [label, fields] of open) {
    const others = followedBy(fields).filter((other) => open.has(other));
    refuse({
      label,
      key: keyOf(fields),
      message: `hangs on ${others.join(' and ')}, which hangs on it in turn`,
    });
  }
  return ordered;
}

interface Context {
  readonly names: readonly string[];
  readonly axes: readonly Axis[];
  readonly axisOf: ReadonlyMap<string, number>;
  readonly placed: ReadonlyMap<string, Placed>;
  readonly refuse: Refuse;
}

function place(name: string, label: Label, context: Context): Placed | undefined {
  const followed = followedBy(label).map((other) => ({
    at: context.names.indexOf(other),
    dimension: context.placed.get(other)?.dimension,
  }));
  // Refused already.
  if (followed.some(({ dimension }) => dimension === undefined)) return undefined;
  const parents = followed as readonly Parent[];
  if (label.template !== undefined) return placeTemplate(name, label, parents, context);
  const [parent] = parents;
  if (parent !== undefined) return placeDependent(name, label, parent, context.refuse);
  const axis = context.axisOf.get(name) as number;
  return { dimension: createDimension(name, label), place: (axes) => axes[axis] as number };
}

interface Parent {
  /** Where its index is among those of all dimensions. */
  readonly at: number;
  readonly dimension: Dimension;
}

/** A text of other labels' values: its index counts the combinations of theirs, and its own number fastest. */
function placeTemplate(
  name: string,
  { template = '', range = [1, 1] }: Label,
  parents: readonly Parent[],
  { axes, axisOf, refuse }: Context,
): Placed | undefined {
  const axis = axisOf.get(name);
  const numbers = axis === undefined ? 1 : (axes[axis] as Axis).count;
  const counts = parents.map(({ dimension }) => dimension.count);
  const count = counts.reduce((product, other) => product * other, numbers);
  if (count > MAX_PRODUCT) {
    refuse({ label: name, key: 'template', message: `has ${count} values; at most 2^53 can be indexed` });
    return undefined;
  }
  const parts = parseTemplate(template);
  const value = (index: number): string => {
    const texts: string[] = [];
    let rest = Math.floor(index / numbers);
    for (let p = counts.length - 1; p >= 0; p--) {
      const quotient = Math.floor(rest / (counts[p] as number));
      texts[p] = (parents[p] as Parent).dimension.value(rest - quotient * (counts[p] as number));
      rest = quotient;
    }
    const used = texts.values();
    const write = (part: TemplatePart): string => {
      if (typeof part === 'string') return part;
      return 'write' in part ? part.write(range[0] + (index % numbers)) : (used.next().value ?? '');
    };
    return parts.map(write).join('');
  };
  return {
    dimension: { name, count, value, repeats: true },
    place(axisDigits, digits) {
      let index = 0;
      for (let p = 0; p < parents.length; p++)
        index = index * (counts[p] as number) + (digits[(parents[p] as Parent).at] as number);
      return index * numbers + (axis === undefined ? 0 : (axisDigits[axis] as number));
    },
  };
}

/** One value for each value of another label. */
function placeDependent(name: string, label: Label, parent: Parent, refuse: Refuse): Placed | undefined {
  if (label.map !== undefined) return placeMapped(name, label.map, parent, refuse);
  const dimension = createDimension(name, label);
  const spread = createSpread(name, label.spread ?? 'even', dimension.count, parent.dimension.count);
  return { dimension, place: (_, digits) => spread(digits[parent.at] as number) };
}

function createSpread(
  name: string,
  spread: NonNullable<Label['spread']>,
  count: number,
  parents: number,
): (index: number) => number {
  switch (spread) {
    case 'even':
      return (index) => index % count;
    case 'blocks':
      return (index) => Math.min(count - 1, Math.floor((index / parents) * count));
    case 'hash': {
      const { hi, lo } = hashLabel(name, 'spread');
      return (index) => {
        const high = mix32(Math.floor(index / 2 ** 32) ^ hi);
        return (mix32(mix32((index | 0) ^ lo) + high) >>> 0) % count;
      };
    }
  }
}

/** More values than that are not written out by hand. */
const MAX_MAPPED = 10_000;

function placeMapped(
  name: string,
  map: NonNullable<Label['map']>,
  { at, dimension: parent }: Parent,
  refuse: Refuse,
): Placed | undefined {
  const refuseMap = (message: string): void => {
    refuse({ label: name, key: 'map', message });
  };
  if (parent.count > MAX_MAPPED) {
    refuseMap(`gives a value for each of at most ${MAX_MAPPED} values; ${parent.name} has ${parent.count}`);
    return undefined;
  }
  const texts = Array.from({ length: parent.count }, (_, index) => parent.value(index));
  const missing = texts.filter((text) => !Object.hasOwn(map, text));
  if (missing.length > 0) refuseMap(`has no value for ${parent.name} ${inWords(missing)}`);
  const unused = Object.keys(map).filter((text) => !texts.includes(text));
  if (unused.length > 0)
    refuseMap(`has ${inWords(unused)}, which ${parent.name} is never; it is ${inWords(texts)}`);
  if (missing.length > 0 || unused.length > 0) return undefined;
  const values = [...new Set(texts.map((text) => map[text] as string))];
  const indexes = Uint32Array.from(texts, (text) => values.indexOf(map[text] as string));
  return {
    dimension: listDimension(name, values),
    place: (_, digits) => indexes[digits[at] as number] as number,
  };
}

function inWords(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).map((text) => JSON.stringify(text));
  return `${shown.join(', ')}${texts.length > 5 ? `, and ${texts.length - 5} more` : ''}`;
}

function createColumns(sets: LabelSets): Placed[] {
  const names = new Set(sets.flatMap((set) => Object.keys(set)));
  return Array.from(names, (name) => {
    const known = new Map<string, number>();
    const indexes = Uint32Array.from(sets, (set) => {
      const value = set[name] ?? '';
      const index = known.get(value) ?? known.size;
      known.set(value, index);
      return index;
    });
    // Label sets are the first axis.
    return {
      dimension: listDimension(name, [...known.keys()]),
      place: (axes) => indexes[axes[0] as number] as number,
    };
  });
}

/** A dimension of the label's own values; of its numbers for a template. */
function createDimension(name: string, { values, range, cardinality, fmt }: Label): Dimension {
  if (range !== undefined) return rangeDimension(name, range[0], range[1], createFormat(fmt ?? '{}'));
  if (cardinality !== undefined)
    return rangeDimension(name, 1, cardinality, createFormat(fmt ?? `${name}-{}`));
  return listDimension(name, values ?? []);
}

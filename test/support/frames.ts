/** Families and frames made by hand. */
import { createSlotKeys } from '../../src/labels/keys.ts';
import type { LabelSpace } from '../../src/labels/space.ts';
import {
  createHistogramColumn,
  createScalarColumn,
  type Column,
  type SummaryColumn,
} from '../../src/series/column.ts';
import type { DeclaredType, Family, MetricType, ProtocolName } from '../../src/series/family.ts';
import type { FamiliesChange, Succession } from '../../src/series/change.ts';
import type { FamilyFrame, Frame } from '../../src/series/frame.ts';
import { namedKey } from '../../src/util/key.ts';
import { labelKey } from '../conformance/seen.ts';

/** What every series may have. All series of a family have the same label names, in the same order. */
interface SeriesBase {
  readonly labels?: Readonly<Record<string, string>>;
  /** Default true. */
  readonly present?: boolean;
  /** Default: the family's. */
  readonly birthMs?: number;
}

export interface ScalarSeries extends SeriesBase {
  readonly value: number;
}

export interface HistogramSeries extends SeriesBase {
  /** One a bucket, not cumulative; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
  /** This tick's observations, if the family gives them. */
  readonly observations?: readonly number[];
}

export interface SummarySeries extends SeriesBase {
  readonly quantiles: readonly number[];
  readonly count: number;
  readonly sum: number;
}

interface FamilyBase {
  /** Without prefix and suffix. */
  readonly name: string;
  /** Default none. */
  readonly help?: string;
  /** Default: the name, with `_total` for a counter, and no unit. */
  readonly prometheus?: ProtocolName;
  /** Default: the name, and no unit. */
  readonly otel?: ProtocolName;
  readonly birthMs?: number;
  /** The label whose values turn over: a slot that has another one than at the tick before has another series. */
  readonly turnover?: string;
  /** When it is new in a frame: the series of the family of this name before it, as far as they have its labels, go on in it. */
  readonly succeeds?: string;
}

export interface ScalarFamily extends FamilyBase {
  readonly type: 'counter' | 'gauge';
  /** Default: the type. */
  readonly declared?: DeclaredType;
  readonly series: readonly ScalarSeries[];
}

export interface HistogramFamily extends FamilyBase {
  readonly type: 'histogram';
  readonly bounds: readonly number[];
  readonly series: readonly HistogramSeries[];
}

export interface SummaryFamily extends FamilyBase {
  readonly type: 'summary';
  readonly quantiles: readonly number[];
  readonly series: readonly SummarySeries[];
}

/** A family with the values of one tick, as a person would write it down. */
export type FamilyInput = ScalarFamily | HistogramFamily | SummaryFamily;

export interface FrameTimes {
  readonly tick?: number;
  readonly modelMs?: number;
  readonly wallMs?: number;
}

export const BIRTH_MS = Date.UTC(2026, 0, 1);

/** A frame of the given families. Times default to tick 1, one second after `BIRTH_MS`. */
export function createFrame(inputs: readonly FamilyInput[], times: FrameTimes = {}): Frame {
  return nextFrame({ tick: 0, modelMs: 0, wallMs: 0, families: [] }, inputs, times);
}

/**
 * The frame of another tick, with new values in the same columns, as an engine does it. Families that are otherwise than before,
 * in labels that do not turn over or whatever else is fixed, are other families.
 */
export function nextFrame(frame: Frame, inputs: readonly FamilyInput[], times: FrameTimes = {}): Frame {
  const tick = times.tick ?? frame.tick + 1;
  const entries = inputs.map((input) => {
    const before = frame.families.find(({ family }) => family.name === input.name);
    const goesOn = before !== undefined && isOf(before.family, input);
    const entry = goesOn ? before : createFamilyFrame(input);
    fill(entry, input);
    return entry;
  });
  const due = BIRTH_MS + tick * 1000;
  const changed =
    entries.length !== frame.families.length || entries.some((entry, i) => entry !== frame.families[i]);
  const families = changed ? entries : frame.families;
  return { tick, modelMs: times.modelMs ?? due, wallMs: times.wallMs ?? due, families };
}

/** What a sink must be told between two frames; `undefined` when families are the same. `inputs` are those of the later one. */
export function changeBetween(
  before: Frame,
  after: Frame,
  inputs: readonly FamilyInput[],
): FamiliesChange | undefined {
  if (before.families === after.families) return undefined;
  const successions = new Map<Family, Succession>();
  for (const [index, { family }] of after.families.entries()) {
    const name = inputs[index]?.succeeds;
    const earlier = before.families.find((one) => one.family.name === name)?.family;
    if (earlier === undefined || earlier === family) continue;
    const slots = new Map(rowsOf(earlier).map((row, slot) => [row, slot]));
    successions.set(family, {
      before: earlier,
      from: Int32Array.from(rowsOf(family), (row) => slots.get(row) ?? -1),
    });
  }
  return { families: after.families.map(({ family }) => family), successions };
}

/** The labels of each slot, whatever their order. */
function rowsOf({ labels, size }: Family): string[] {
  return Array.from({ length: size }, (_, slot) =>
    labelKey(labels.names.map((name, d) => [name, labels.value(slot, d)])),
  );
}

/** Whether an input is of a family as it is. */
function isOf(family: Family, input: FamilyInput): boolean {
  const { labels, size } = family;
  const other = createFamily(input);
  const fixed = ({ name, type, declared, help, prometheus, otel, bounds, quantiles }: Family): unknown[] => [
    [name, type, declared, help, prometheus, otel],
    [Array.from(bounds), Array.from(quantiles)],
  ];
  if (
    JSON.stringify([...fixed(family), labels.names, size]) !==
    JSON.stringify([...fixed(other), other.labels.names, other.size])
  )
    return false;
  const turning = labels.turnover?.dimension;
  if (turning !== other.labels.turnover?.dimension) return false;
  return Array.from({ length: size }, (_, slot) => slot).every((slot) =>
    labels.names.every((_, d) => d === turning || labels.value(slot, d) === other.labels.value(slot, d)),
  );
}

/** A space of rows in which one label may turn over. */
export interface RowSpace extends LabelSpace {
  /** Gives the slot another value of the label that turns over. */
  turn(slot: number, value: string): void;
}

/** A space of the given rows, in this order; the product of no dimensions. */
export function createRowSpace(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  turnover?: string,
): RowSpace {
  const turning = turnover === undefined ? -1 : names.indexOf(turnover);
  const now = rows.map((row) => row[turning]);
  const turned = new Map<number, number>();
  let version = 0;
  return {
    names,
    dimensions: names.map((name, d) => ({
      name,
      count: rows.length,
      value: (index) => rows[index]?.[d] as string,
    })),
    product: rows.length,
    size: rows.length,
    digits(slot, out) {
      for (let d = 0; d < names.length; d++) out[d] = slot;
    },
    value: (slot, dimension) => (dimension === turning ? now[slot] : rows[slot]?.[dimension]) as string,
    turnover:
      turning < 0
        ? undefined
        : {
            dimension: turning,
            get version() {
              return version;
            },
            changedSince: (earlier) =>
              Array.from(turned)
                .filter(([, at]) => at > earlier)
                .map(([slot]) => slot)
                .sort((a, b) => a - b),
          },
    turn(slot, value) {
      now[slot] = value;
      turned.set(slot, ++version);
    },
  };
}

interface MutableFamilyFrame extends FamilyFrame {
  presence: Uint8Array | undefined;
  births: Float64Array | undefined;
  birthMs: number;
  turned: readonly number[] | undefined;
}

function createFamilyFrame(input: FamilyInput): FamilyFrame {
  const family = createFamily(input);
  return {
    family,
    column: createColumn(family),
    presence: undefined,
    births: undefined,
    birthMs: BIRTH_MS,
    turned: undefined,
  };
}

function createFamily(input: FamilyInput): Family {
  const { name, type, help = '', series } = input;
  const names = Object.keys(series[0]?.labels ?? {});
  const labels = createRowSpace(
    names,
    series.map((one) => names.map((label) => one.labels?.[label] as string)),
    input.turnover,
  );
  return {
    name,
    type,
    declared: 'declared' in input ? input.declared : undefined,
    help,
    prometheus: input.prometheus ?? { name: type === 'counter' ? `${name}_total` : name, unit: '' },
    otel: input.otel ?? { name, unit: '' },
    labels,
    size: series.length,
    keys: createSlotKeys(namedKey(1, name), labels),
    bounds: Float64Array.from(type === 'histogram' ? input.bounds : []),
    quantiles: Float64Array.from(type === 'summary' ? input.quantiles : []),
    decimals: undefined,
    rawObservations: type === 'histogram' && input.series.every((one) => one.observations !== undefined),
  };
}

interface TestSummaryColumn extends SummaryColumn {
  readonly rows: (readonly number[])[];
}

function createColumn(family: Family): Column {
  const by: Record<MetricType, () => Column> = {
    counter: () => createScalarColumn(family),
    gauge: () => createScalarColumn(family),
    histogram: () => createHistogramColumn(family),
    summary: () => {
      const rows: (readonly number[])[] = [];
      const column: TestSummaryColumn = {
        kind: 'summary',
        rows,
        counts: new Float64Array(family.size),
        sums: new Float64Array(family.size),
        readQuantiles: (slot, out, at) => out.set(rows[slot] ?? [], at),
      };
      return column;
    },
  };
  return by[family.type]();
}

function fill(target: MutableFamilyFrame, input: FamilyInput): void {
  const { column } = target;
  const { series } = input;
  if (column.kind === 'scalar' && (input.type === 'counter' || input.type === 'gauge')) {
    column.values.set(input.series.map(({ value }) => value));
  } else if (column.kind === 'histogram' && input.type === 'histogram') {
    column.counts.set(input.series.flatMap(({ counts }) => counts));
    column.sums.set(input.series.map(({ sum }) => sum));
    if (target.family.rawObservations) {
      const observed = input.series.map(({ observations = [] }) => observations);
      let end = 0;
      const ends = Uint32Array.from(observed, ({ length }) => (end += length));
      column.observations = { ends, values: Float64Array.from(observed.flat()) };
    }
  } else if (column.kind === 'summary' && input.type === 'summary') {
    column.counts.set(input.series.map(({ count }) => count));
    column.sums.set(input.series.map(({ sum }) => sum));
    const { rows } = column as TestSummaryColumn;
    for (const [slot, { quantiles }] of input.series.entries()) rows[slot] = quantiles;
  } else {
    throw new TypeError(`${input.name}: a ${input.type} for a column of kind ${column.kind}`);
  }
  target.turned = turnOver(target.family, input);
  target.birthMs = input.birthMs ?? BIRTH_MS;
  const { birthMs } = target;
  target.presence = series.some(({ present }) => present === false)
    ? Uint8Array.from(series.map(({ present = true }) => Number(present)))
    : undefined;
  target.births = series.some((one) => one.birthMs !== undefined)
    ? Float64Array.from(series.map((one) => one.birthMs ?? birthMs))
    : undefined;
}

/** Gives slots the labels of an input; those that had others. */
function turnOver({ labels }: Family, { turnover = '', series }: FamilyInput): number[] | undefined {
  const dimension = labels.turnover?.dimension;
  if (dimension === undefined) return undefined;
  const turned: number[] = [];
  for (const [slot, one] of series.entries()) {
    const value = one.labels?.[turnover] ?? '';
    if (labels.value(slot, dimension) === value) continue;
    (labels as RowSpace).turn(slot, value);
    turned.push(slot);
  }
  return turned.length > 0 ? turned : undefined;
}

/**
 * A histogram series one tick on: its counts and sum with further observations, added in the order in which an engine
 * adds them (each to the tick's partial sum, and that to the sum).
 */
export function observe(
  bounds: readonly number[],
  observations: readonly number[],
  before?: HistogramSeries,
): HistogramSeries {
  const counts = Array.from(before?.counts ?? { length: bounds.length + 1 }, (count) => count ?? 0);
  for (const observation of observations) {
    const bucket = bounds.findIndex((bound) => observation <= bound);
    const index = bucket < 0 ? bounds.length : bucket;
    counts[index] = (counts[index] as number) + 1;
  }
  const partial = observations.reduce((sum, observation) => sum + observation, 0);
  return { ...before, counts, sum: (before?.sum ?? 0) + partial, observations };
}

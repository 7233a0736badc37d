/** Families and runs of sources without an engine around them. */
import { createSlotKeys } from '../../src/labels/keys.ts';
import { createLabelSpace, rangeDimension } from '../../src/labels/space.ts';
import type { Column } from '../../src/series/column.ts';
import type { AlgorithmType, Family } from '../../src/series/family.ts';
import { NEUTRAL, type GroupedFactor, type Modulation } from '../../src/series/modulation.ts';
import type { Moment, Source } from '../../src/series/source.ts';
import { namedKey } from '../../src/util/key.ts';

export const START_MS = Date.UTC(2026, 0, 1);

/** A family of `size` series with the label `slot`; bounds and quantiles are those that its type needs. */
export function createTestFamily(
  served: AlgorithmType,
  size: number,
  overrides: Partial<Family> = {},
): Family {
  const labels = createLabelSpace({ dimensions: [rangeDimension('slot', 0, size - 1, String)] });
  const names = { name: 'test', unit: '' };
  const isFixed = served === 'info' || served === 'stateset';
  const type = isFixed ? 'gauge' : served;
  return {
    name: 'test',
    type,
    declared: isFixed ? served : undefined,
    states: served === 'stateset' ? { label: 'test', names: ['a', 'b'], of: (slot) => slot % 2 } : undefined,
    help: '',
    prometheus: names,
    otel: names,
    labels,
    size,
    keys: createSlotKeys(namedKey(42, 'test'), labels),
    bounds: Float64Array.from(type === 'histogram' ? [0.01, 0.1, 0.5, 1, 2.5, 10] : []),
    quantiles: Float64Array.from(type === 'summary' ? [0, 0.5, 0.9, 0.99, 1] : []),
    decimals: undefined,
    rawObservations: true,
    ...overrides,
  };
}

/** The family that is left when only some of its slots are, in the given order. */
export function pickSlots(family: Family, slots: readonly number[]): Family {
  const { hi, lo } = family.keys;
  const { states } = family;
  return {
    ...family,
    states: states && { ...states, of: (slot) => states.of(slots[slot] as number) },
    size: slots.length,
    keys: {
      hi: Int32Array.from(slots, (slot) => hi[slot] as number),
      lo: Int32Array.from(slots, (slot) => lo[slot] as number),
    },
  };
}

export function momentOf(tick: number, intervalMs = 1000): Moment {
  return { tick, modelMs: START_MS + tick * intervalMs, intervalMs };
}

export interface RunOptions {
  readonly ticks: number;
  readonly intervalMs?: number;
  readonly modulate?: (tick: number) => Modulation;
  /** Where slices begin and end, ascending, from 0 to the size. */
  readonly cuts?: readonly number[];
  readonly afterTick?: (tick: number) => void;
}

/** Births all slots at tick 0 and advances to the last tick; returns what is shown then. */
export function run(source: Source, options: RunOptions): number[][] {
  const { ticks, intervalMs = 1000, modulate = () => ({ ...NEUTRAL }), afterTick } = options;
  const { cuts = [0, source.family.size] } = options;
  for (let tick = 0; tick <= ticks; tick++) {
    const moment = momentOf(tick, intervalMs);
    const modulation = modulate(tick);
    for (const [i, to] of cuts.slice(1).entries()) {
      const from = cuts[i] as number;
      if (tick === 0) source.start(moment, from, to);
      else source.advance(moment, from, to, modulation);
    }
    afterTick?.(tick);
  }
  return shownBy(source);
}

/** Everything that is shown of each slot. */
export function shownBy({ column, family }: Source): number[][] {
  return Array.from({ length: family.size }, (_, slot) => shownOf(column, family, slot));
}

function shownOf(column: Column, family: Family, slot: number): number[] {
  switch (column.kind) {
    case 'scalar':
      return [column.values[slot] as number];
    case 'histogram': {
      const { width } = column;
      return [...column.counts.subarray(slot * width, (slot + 1) * width), column.sums[slot] as number];
    }
    case 'summary': {
      const quantiles = new Float64Array(family.quantiles.length);
      column.readQuantiles(slot, quantiles, 0);
      return [column.counts[slot] as number, column.sums[slot] as number, ...quantiles];
    }
  }
}

/** Observations of a slot since birth. */
export function countOf({ column }: Source, slot: number): number {
  if (column.kind === 'scalar') throw new TypeError('a scalar column counts no observations');
  if (column.kind === 'summary') return column.counts[slot] as number;
  const row = column.counts.subarray(slot * column.width, (slot + 1) * column.width);
  return row.reduce((sum, count) => sum + count, 0);
}

/** One number a slot. Each slot is a group, and groups are in another order than slots. */
export function bySlot(...numbers: number[]): GroupedFactor {
  return {
    of: Uint32Array.from(numbers, (_, slot) => numbers.length - 1 - slot),
    byGroup: Float64Array.from(numbers.toReversed()),
  };
}

/** The makers of a family with one generator, which takes no changes. */
export function makersOf<G>(generator: G): { readonly make: readonly (() => G)[] } {
  return { make: [() => generator] };
}

/**
 * Columns: the only place where shown values live (invariant 2). One entry, or one row, a slot. Sinks read them
 * through a frame and never write.
 */
import { allocateDoubles } from './allocate.ts';
import type { Family } from './family.ts';

/** A counter's total or a gauge's level. */
export interface ScalarColumn {
  readonly kind: 'scalar';
  readonly values: Float64Array;
}

/** A flat block: row `slot` is `width` = bounds + 1 counts from `slot * width`, the last one above every bound. */
export interface HistogramColumn {
  readonly kind: 'histogram';
  readonly width: number;
  /** Observations per bucket since birth: cumulative over time, not over buckets. A row's total is the count. */
  readonly counts: Float64Array;
  /** Sum of observations since birth, by slot. One partial sum is added a tick. */
  readonly sums: Float64Array;
  /**
   * This tick's observations one by one in slot order, for clients that must record them; present only when a
   * sink asked for it and the family can give it. Slot `i` owns `values[ends[i - 1] ?? 0 .. ends[i])`.
   */
  observations: Observations | undefined;
}

export interface Observations {
  readonly ends: Uint32Array;
  /** Grows; only the first `ends[size - 1]` entries are of this tick. */
  values: Float64Array;
}

/** Quantiles over a sliding window, with count and sum since birth. */
export interface SummaryColumn {
  readonly kind: 'summary';
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  /** Writes the family's quantiles of one slot to `out[at ..]`; NaN each when the window is empty. */
  readQuantiles(slot: number, out: Float64Array, at: number): void;
  /** Overlays quantiles of slots: writes those that are shown in place of the family's and gives true, or gives false. */
  overlay?: ((slot: number, out: Float64Array, at: number) => boolean) | undefined;
}

export type Column = ScalarColumn | HistogramColumn | SummaryColumn;

/** Total observations of a histogram row. */
export function rowCount(column: HistogramColumn, slot: number): number {
  const { counts, width } = column;
  let total = 0;
  for (let i = slot * width, end = i + width; i < end; i++) total += counts[i] as number;
  return total;
}

/** Doubles that show a slot: what a copy of the column holds of it. */
export function shownDoublesPerSlot({
  type,
  bounds,
  quantiles,
}: Pick<Family, 'type' | 'bounds' | 'quantiles'>): number {
  switch (type) {
    case 'counter':
    case 'gauge':
      return 1;
    case 'histogram':
      return bounds.length + 2;
    case 'summary':
      return quantiles.length + 2;
  }
}

/** An empty scalar column for a family. */
export function createScalarColumn(family: Pick<Family, 'size'>): ScalarColumn {
  return { kind: 'scalar', values: allocateDoubles(family.size) };
}

/** An empty histogram column for a family. */
export function createHistogramColumn(family: Pick<Family, 'size' | 'bounds'>): HistogramColumn {
  const width = family.bounds.length + 1;
  return {
    kind: 'histogram',
    width,
    counts: allocateDoubles(family.size * width),
    sums: allocateDoubles(family.size),
    observations: undefined,
  };
}

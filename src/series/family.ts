/** A family: one metric with its series. Everything here is fixed when the family is made; numbers live in columns. */
import type { LabelSpace } from '../labels/space.ts';
import type { Replication } from './factors.ts';

/** The four classic types. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary';

/** How one protocol names the family (wire/names.ts derives both from one declaration). */
export interface ProtocolName {
  /** Metric name as sent or printed, prefix included; for a Prometheus counter it ends in `_total`. */
  readonly name: string;
  /** Unit as sent (`By`, `s`) or printed in UNIT (`bytes`, `seconds`); empty when there is none. */
  readonly unit: string;
}

/** The slot keys: 64 bits each, of family key and canonical label set. Index by slot. */
export interface SlotKeys {
  readonly hi: Int32Array;
  readonly lo: Int32Array;
  /** Works out those of slots whose labels are others now; absent where labels stay. */
  refresh?(slots: Iterable<number>): void;
}

export interface Family {
  /** The name in the file, without prefix: identity of random streams and of API calls. */
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly prometheus: ProtocolName;
  readonly otel: ProtocolName;
  /** Labels of every slot, in page order. */
  readonly labels: LabelSpace;
  /** Number of slots. */
  readonly size: number;
  readonly keys: SlotKeys;
  /** For generators that tell label sets and replicas apart; made when first asked for. */
  readonly replication?: Replication | undefined;
  /** Upper bounds of a histogram, ascending, without +Inf; empty for other types. */
  readonly bounds: Float64Array;
  /** Quantiles of a summary, ascending; empty for other types. */
  readonly quantiles: Float64Array;
  /** Decimal places of shown values; `undefined` shows full precision. */
  readonly decimals: number | undefined;
  /**
   * Whether tick arrivals are always few enough (at most 32 a cell) to be drawn one by one. Only then are raw
   * observations to be had (`HistogramColumn.observations`).
   */
  readonly rawObservations: boolean;
  /** Whether series are absent at times of themselves (`Source.presence`). */
  readonly hasGaps?: boolean | undefined;
}

/** What a backend keeps for one series of the family: b + 3 for b bounds, q + 2 for q quantiles, else 1. */
export function storedSeriesPerSlot(family: Pick<Family, 'type' | 'bounds' | 'quantiles'>): number {
  switch (family.type) {
    case 'counter':
    case 'gauge':
      return 1;
    case 'histogram':
      return family.bounds.length + 3;
    case 'summary':
      return family.quantiles.length + 2;
  }
}

/** What a backend keeps of all series of some families. */
export function storedSeriesOf(
  families: readonly Pick<Family, 'size' | 'type' | 'bounds' | 'quantiles'>[],
): number {
  return families.reduce((total, family) => total + family.size * storedSeriesPerSlot(family), 0);
}

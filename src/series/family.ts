/** A family: one metric with its series. Everything here is fixed when the family is made; numbers live in columns. */
import type { LabelSpace } from '../labels/space.ts';
import type { Replication } from './factors.ts';
import type { Key } from '../util/key.ts';

/** How the numbers of a family come about, and so what changes them: totals, levels, or observations. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary';

/**
 * The type as it is declared, and as readers see it where their protocol has it. An up-down counter, an info and a state set are levels;
 * one that is unknown is either totals or levels.
 */
export type DeclaredType = MetricType | 'updown' | 'unknown' | 'info' | 'stateset';

/** Types that have algorithms of their own. */
export type AlgorithmType = MetricType | 'info' | 'stateset';

/** The states of a state set: its series come in groups of one a state, of which one is 1 and the others 0. */
export interface States {
  /** The label that tells them, the last one: the family's name on the page. */
  readonly label: string;
  readonly names: readonly string[];
  /** Index of the state that a slot is of. */
  of(slot: number): number;
}

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
  /** Absent where it is `type`; ask `declaredType`. */
  readonly declared?: DeclaredType | undefined;
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
  /** What slot keys are made of, beside label sets: those of series that another shard has can be worked out, too. */
  readonly key?: Key | undefined;
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
  /** Of a state set. */
  readonly states?: States | undefined;
}

export function declaredType({ type, declared }: Pick<Family, 'type' | 'declared'>): DeclaredType {
  return declared ?? type;
}

/** `a counter`, `an info`. */
export function withArticle(type: DeclaredType): string {
  return `${type === 'info' || type === 'updown' || type === 'unknown' ? 'an' : 'a'} ${type}`;
}

/** Whose algorithms a family has. */
export function algorithmTypeOf(family: Pick<Family, 'type' | 'declared'>): AlgorithmType {
  return isMeasured(family) ? family.type : (family.declared as AlgorithmType);
}

/** Whether values may be any: those of infos and state sets are 0 and 1 and nothing else. */
export function isMeasured({ declared }: Pick<Family, 'declared'>): boolean {
  return declared !== 'info' && declared !== 'stateset';
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

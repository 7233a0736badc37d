/** One family as a prom-client metric: what the registry asks of it is read from the column. */
import type { Metric } from 'prom-client';

import type { Family } from '../../series/family.ts';
import { isPresent, type FamilyFrame } from '../../series/frame.ts';
import { textType } from '../../wire/lines.ts';

/** Reads a family's columns between two ticks; `undefined` when it is not there any more. */
export type ReadFamily = <T>(use: (frame: FamilyFrame) => T) => Promise<T | undefined>;

/** A sample as `Registry.metrics` takes it. */
interface RegistryValue {
  readonly value: number;
  /** Labels besides those of the series. */
  readonly labels: Readonly<Record<string, string | number>>;
  /** Labels of the series: one object for all its samples and scrapes, whose text the registry keeps. */
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly metricName: string;
}

const NO_LABELS = {};

/** A metric for `registry.registerMetric`. It holds no values and cannot be reset. */
export function createAdapter(family: Family, read: ReadFamily): Metric {
  const valuesOf = createValues(family);
  const { help } = family;
  const type = textType(family);
  const adapter = {
    // The registry takes `_total` off it when it prints OpenMetrics, and puts it on samples.
    name: family.prometheus.name,
    help,
    type,
    aggregator: 'sum',
    async getForPromString() {
      return {
        name: adapter.name,
        help,
        type,
        aggregator: 'sum',
        values: (await read((frame) => valuesOf(frame, adapter.name))) ?? [],
      };
    },
    async get() {
      const { values, ...rest } = await adapter.getForPromString();
      const flat = values.map(({ labels, sharedLabels, ...value }) => ({
        ...value,
        labels: { ...sharedLabels, ...labels },
      }));
      return { ...rest, values: flat };
    },
    reset() {
      // Values are the simulation's.
    },
  };
  return adapter as unknown as Metric;
}

function createValues(family: Family): (frame: FamilyFrame, name: string) => RegistryValue[] {
  const { size, bounds, quantiles } = family;
  const labelSetsOf = createLabelSets(family);
  const les = [...bounds, '+Inf'].map((le) => ({ le }));
  const quantileLabels = Array.from(quantiles, (quantile) => ({ quantile }));
  const row = new Float64Array(quantiles.length);

  return (frame, name) => {
    const labelSets = labelSetsOf();
    const { column } = frame;
    const values: RegistryValue[] = [];
    for (let slot = 0; slot < size; slot++) {
      if (!isPresent(frame, slot)) continue;
      const sharedLabels = labelSets[slot] as Readonly<Record<string, string>>;
      const add = (value: number, suffix = '', labels: RegistryValue['labels'] = NO_LABELS): void =>
        void values.push({ value, labels, sharedLabels, metricName: name + suffix });
      if (column.kind === 'scalar') {
        add(column.values[slot] as number);
        continue;
      }
      let count = 0;
      if (column.kind === 'histogram') {
        for (const [i, labels] of les.entries()) {
          count += column.counts[slot * column.width + i] as number;
          add(count, '_bucket', labels);
        }
      } else {
        column.readQuantiles(slot, row, 0);
        for (const [i, labels] of quantileLabels.entries()) add(row[i] as number, '', labels);
        count = column.counts[slot] as number;
      }
      add(column.sums[slot] as number, '_sum');
      add(count, '_count');
    }
    return values;
  };
}

/** The label sets of all slots as of now: the same objects each time, but for slots whose labels have turned over. */
function createLabelSets({ labels, size }: Family): () => readonly Readonly<Record<string, string>>[] {
  const { names, turnover } = labels;
  const setOf = (slot: number): Record<string, string> =>
    Object.fromEntries(names.map((name, dimension) => [name, labels.value(slot, dimension)]));
  let sets: Readonly<Record<string, string>>[] | undefined;
  let version = turnover?.version;
  return () => {
    sets ??= Array.from({ length: size }, (_, slot) => setOf(slot));
    if (turnover !== undefined && turnover.version !== version) {
      for (const slot of turnover.changedSince(version ?? 0)) sets[slot] = setOf(slot);
      ({ version } = turnover);
    }
    return sets;
  };
}

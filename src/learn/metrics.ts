/** From what was learnt of a family to a metric, as a configuration has it. */
import type { LearntFamily, Model } from './target.ts';

/** A metric in the form of the file; its keys come in the order in which they are written. */
export interface LearntMetric {
  readonly name: string;
  readonly type: string;
  readonly like?: 'counter';
  readonly help?: string;
  readonly buckets?: readonly number[];
  readonly quantiles?: readonly number[];
  readonly decimals?: number;
  /** Absent where there is a single series without labels. */
  readonly label_sets?: readonly Readonly<Record<string, string>>[];
  readonly algorithm: 'learned';
  /** One for each of the label sets. */
  readonly models: readonly Model[];
  /** What `models` are of, where there are models of other situations. */
  readonly situation?: string;
  readonly situations?: Readonly<Record<string, readonly Model[]>>;
}

export function metricOf(family: LearntFamily): LearntMetric {
  const { name, type, isUnknown, help, points, decimals, series } = family;
  const isLabelled = series.some(({ labels }) => Object.keys(labels).length > 0);
  return {
    name,
    type: isUnknown ? 'unknown' : type,
    ...(isUnknown && type === 'counter' && { like: type }),
    ...(help !== '' && { help }),
    ...(type === 'histogram' && { buckets: points }),
    ...(type === 'summary' && { quantiles: points }),
    ...(decimals !== undefined && { decimals }),
    ...(isLabelled && { label_sets: series.map(({ labels }) => labels) }),
    algorithm: 'learned',
    models: series.map(({ model }) => model),
  };
}

/** Situations that metrics know. */
import { generatorOf, type Metric } from './metric.ts';

/** Of one metric, the one that it begins in first; none for most. */
export function situationsIn(metric: Metric): readonly string[] {
  const { definition, options } = generatorOf(metric);
  return definition.situated?.names(options) ?? [];
}

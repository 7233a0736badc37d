/** Shared factors as metrics name them. */
import type { Metric } from './metric.ts';
import type { Path } from './problems.ts';

interface Model {
  readonly factors: Readonly<Record<string, number>>;
}

/** The lists of models of a metric; none for one that is not of the algorithm `learned`. */
export function modelsIn(metric: Metric): { readonly path: Path; readonly models: readonly Model[] }[] {
  if (metric.algorithm !== 'learned') return [];
  const { models, situations } = metric as unknown as {
    readonly models: readonly Model[];
    readonly situations: Readonly<Record<string, readonly Model[]>>;
  };
  return [
    { path: ['models'], models },
    ...Object.entries(situations).map(([name, others]) => ({ path: ['situations', name], models: others })),
  ];
}

/** Every place of a metric where a model names a factor. */
export function* factorsIn(metric: Metric): Generator<{ readonly name: string; readonly path: Path }> {
  for (const { path, models } of modelsIn(metric)) {
    for (const [index, { factors }] of models.entries())
      for (const name of Object.keys(factors)) yield { name, path: [...path, index, 'factors', name] };
  }
}

/** What steps of scenarios and actions at the start are checked against: the metrics and profiles of a file. */
import { errorLabelsOf } from '../control/error-rate.ts';
import type { Scene, Subject } from '../control/step.ts';
import { createLayout } from '../labels/layout.ts';
import type { GeneratorSpec } from '../series/source.ts';
import { inputNames } from './derived.ts';
import type { FamilyDescription } from './families.ts';
import { algorithmTypeOf, behaviourOf, generatorOf, seriesGeneratorsOf, type Metric } from './metric.ts';
import { optionsOf, refuseOptions, whyUnmovable } from './options.ts';
import type { Draft } from './schema.ts';
import { situationsIn } from './situations.ts';

/** A label with more values is not looked at value by value. */
const MAX_VALUES = 1000;

/** `described` are all metrics of the draft, none of which is wrong. */
export function createScene(
  { profiles, exporters, limits }: Draft,
  described: readonly { readonly metric: Metric; readonly description: FamilyDescription }[],
): Scene {
  const metrics = described.map(({ metric }) => metric);
  return {
    metrics: described.map(({ metric, description }) =>
      createSubject(metric, description, profiles, metrics),
    ),
    profiles: new Map(
      [...profiles].flatMap(([name, profile]) => (profile === undefined ? [] : [[name, profile] as const])),
    ),
    maxSeries: limits?.max_series ?? Number.POSITIVE_INFINITY,
    // What is wrong there is said there.
    exporters: { scrape: exporters?.prometheus.enabled !== false, push: exporters?.otel.enabled !== false },
  };
}

function createSubject(
  metric: Metric,
  { labels, storedSeries }: FamilyDescription,
  profiles: Draft['profiles'],
  metrics: readonly Metric[],
): Subject {
  const { name } = metric;
  const type = behaviourOf(metric);
  const profile = metric.profile === undefined ? undefined : profiles.get(metric.profile);
  const generators: GeneratorSpec[] = [
    { algorithm: metric.algorithm, options: generatorOf(metric).options },
    ...(metric.series === undefined ? [] : seriesGeneratorsOf(metric)),
  ];
  const dimensions = createLayout(profile, metric).dimensions;
  const turning = Object.hasOwn(metric.labels, profile?.churn?.label ?? '')
    ? undefined
    : profile?.churn?.label;
  const unmovable = whyUnmovable(name, type, generators);
  return {
    name,
    type,
    declared: metric.type,
    algorithms: [...new Set(generators.map(({ algorithm }) => algorithm))],
    get options() {
      return optionsOf(algorithmTypeOf(metric), generators);
    },
    situations: situationsIn(metric),
    unmovable,
    labels: labels.map((label) => label.name),
    valuesOf(label) {
      if (!labels.some((one) => one.name === label)) return [''];
      const dimension = dimensions.find((one) => one.name === label);
      const listed = metric.series ?? [];
      if (dimension === undefined && listed.length === 0) return undefined;
      const { count, value } = dimension ?? { count: 1, value: () => '' };
      if (label === turning || count > MAX_VALUES) return undefined;
      const made = Array.from({ length: count }, (_, index) => value(index));
      return [...new Set([...made, ...listed.map((one) => one.labels[label] ?? '')])];
    },
    refuseOptions: (changed) => refuseOptions(changed, type, generators, name),
    errorLabels: unmovable === undefined ? errorLabelsOf(dimensions) : undefined,
    // Looks at all other metrics.
    get unexplodable() {
      return whyUnexplodable(metric, metrics);
    },
    storedSeries,
  };
}

/** Why series of a metric cannot be others for a while, in words. */
export function whyUnexplodable(metric: Metric, metrics: readonly Metric[]): string | undefined {
  const { name } = metric;
  const follower = metrics.find((one) => inputNames(one).includes(name));
  if (inputNames(metric).length === 0 && follower === undefined) return undefined;
  const why =
    follower === undefined ? 'which follows from other metrics' : `which ${follower.name} follows from`;
  return `is ${name}, ${why}, series by series; they need the same labels`;
}

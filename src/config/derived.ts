/** Metrics that follow from others: what they name must be there, have the same series, and not follow from them. */
import { inputsOf } from '../generators/registry.ts';
import { withArticle } from '../series/family.ts';
import { identifySpace } from './families.ts';
import { algorithmTypeOf, behaviourOf, generatorOf, seriesGeneratorsOf, type Metric } from './metric.ts';
import { unknownName, type Finding } from './problems.ts';

export function* checkInputs(metrics: readonly (Metric | undefined)[]): Generator<Finding> {
  const byName = new Map(metrics.flatMap((metric) => (metric === undefined ? [] : [[metric.name, metric]])));
  // A metric that is wrong by itself has its own mistakes, and cannot be told from one that is missing.
  const isWhole = !metrics.includes(undefined);
  for (const [index, metric] of metrics.entries()) {
    if (metric === undefined) continue;
    const refuse = (message: string): Finding => ({ path: ['metrics', index, 'expression'], message });
    for (const name of inputNames(metric)) {
      const input = byName.get(name);
      if (input === undefined) {
        if (isWhole) yield refuse(unknownName('unknown metric', name, candidates(byName, metric)));
      } else if (!isRead(input)) {
        yield refuse(`${name} is ${withArticle(input.type)}; values follow from counters and gauges`);
      } else if (behaviourOf(metric) === 'counter' && behaviourOf(input) !== 'counter') {
        yield refuse(
          `${name} is ${withArticle(input.type)}, which may fall; a counter follows from counters`,
        );
      } else if (labelsOf(input) !== labelsOf(metric)) {
        yield refuse(
          `${name} has other labels; values follow series by series, so profile and labels must be the same`,
        );
      }
    }
    if (leadsTo(metric.name, metric, byName, new Set())) yield refuse('leads back to the metric itself');
  }
}

/** Whether values may follow from those of a metric. */
function isRead(metric: Metric): boolean {
  return ['gauge', 'counter'].includes(algorithmTypeOf(metric));
}

/** Metrics of one configuration have the same series when this is the same. */
function labelsOf(metric: Metric): string {
  return identifySpace(metric, undefined);
}

/** Names of the metrics that one follows from. */
export function inputNames(metric: Metric): string[] {
  const { algorithm, series } = metric;
  const own = series && { generators: seriesGeneratorsOf(metric), of: [] };
  return inputsOf(algorithmTypeOf(metric), { algorithm, options: generatorOf(metric).options, own });
}

function candidates(byName: ReadonlyMap<string, Metric>, metric: Metric): string[] {
  return [...byName.values()]
    .filter((other) => other !== metric && isRead(other) && labelsOf(other) === labelsOf(metric))
    .filter((other) => behaviourOf(metric) !== 'counter' || behaviourOf(other) === 'counter')
    .map(({ name }) => name);
}

function leadsTo(
  name: string,
  metric: Metric,
  byName: ReadonlyMap<string, Metric>,
  seen: Set<string>,
): boolean {
  return inputNames(metric).some((input) => {
    if (input === name) return true;
    const next = byName.get(input);
    if (next === undefined || seen.has(input)) return false;
    seen.add(input);
    return leadsTo(name, next, byName, seen);
  });
}

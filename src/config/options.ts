/** Options of algorithms that effects change while a run goes on: which there are, and which values are taken. */
import { changedOptions, cornersOf, findGenerator, numericOptions } from '../generators/registry.ts';
import type { AlgorithmType, MetricType } from '../series/family.ts';
import type { OptionChanges } from '../series/modulation.ts';
import type { GeneratorSpec } from '../series/source.ts';
import { parsePart, type Finding } from './problems.ts';

/** Numeric options of some generators of a type, each once. */
export function optionsOf(type: AlgorithmType, generators: readonly GeneratorSpec[]): string[] {
  return [...new Set(generators.flatMap((generator) => numericOptions(type, generator)))];
}

/** What is wrong with options of generators after changes, in words; `whom` is what these are of. */
export function refuseOptions(
  changes: OptionChanges,
  type: MetricType,
  generators: readonly GeneratorSpec[],
  whom: string,
): string | undefined {
  const atEnds = generators.flatMap(({ algorithm, options }) =>
    cornersOf(options).map((corner): GeneratorSpec => ({ algorithm, options: corner })),
  );
  for (const generator of atEnds) {
    const definition = findGenerator(type, generator.algorithm);
    if (definition === undefined) continue;
    const changed = changedOptions(type, generator, changes);
    const unset = Object.keys(changes).find((name) => Number.isNaN(changed[name]));
    if (unset !== undefined) return `params.${unset}: ${whom} has no number there; give one, without a ramp`;
    const findings: Finding[] = [];
    parsePart(definition.options, changed, ['params'], findings);
    const [finding] = findings;
    if (finding === undefined) continue;
    const option = String(finding.path[1] ?? '');
    const value = changed[option];
    const shown = typeof value === 'number' ? value : 'other';
    return `params.${option}: would be ${shown} for ${whom}: ${finding.message}`;
  }
  return undefined;
}

/** Why no increments of a metric can be moved between its series, in words; `undefined` when they can. */
export function whyUnmovable(
  name: string,
  type: MetricType,
  generators: readonly GeneratorSpec[],
): string | undefined {
  if (type !== 'counter') return `${name} is a ${type}, not a counter`;
  if (generators.length === 0) return `nothing is known of how ${name} counts`;
  for (const { algorithm } of generators) {
    const definition = findGenerator(type, algorithm);
    if (definition?.kind !== 'scalar' || definition.countsEvents !== true)
      return `${algorithm} of ${name} does not count whole events of each tick alone; poisson does`;
  }
  return undefined;
}

/** From a type and an algorithm to a source: the only way in from configuration. */
import type { Family, MetricType } from '../series/family.ts';
import type { Source } from '../series/source.ts';
import { LyrebirdError } from '../util/errors.ts';
import { generatorDefinitions } from './builtin.ts';
import type { Arrivals } from './drivers/arrivals.ts';
import { counterBytesPerSlot, createCounter } from './drivers/counter.ts';
import type { Diurnal } from './drivers/diurnal.ts';
import { createGauge, gaugeBytesPerSlot } from './drivers/gauge.ts';
import { createHistogram, histogramBytesPerSlot } from './drivers/histogram.ts';
import { createSummary, summaryBytesPerSlot } from './drivers/summary.ts';
import type { Distribution, GeneratorDefinition, ScalarGenerator } from './generator.ts';

export { hasRawObservations, type Arrivals } from './drivers/arrivals.ts';
export type { Diurnal } from './drivers/diurnal.ts';

/** What makes the numbers of a family. */
export interface SourceSpec {
  /** One of `algorithmsOf(family.type)`. */
  readonly algorithm: string;
  /** Its options, as in the file or parsed; what is missing has its default. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly diurnal?: Diurnal | undefined;
  /** Histograms and summaries. Default: exactly one observation a tick. */
  readonly arrivals?: Arrivals | undefined;
  /** Summaries: seconds of model time that quantiles look back. Default: 60. */
  readonly windowS?: number | undefined;
}

/** The algorithms of a type, its default first. */
export function algorithmsOf(type: MetricType): readonly GeneratorDefinition[] {
  return generatorDefinitions.filter(({ types }) => types.includes(type));
}

/** The algorithm of a type that is taken when none is named. */
export function defaultAlgorithm(type: MetricType): string {
  const [first] = algorithmsOf(type);
  if (first === undefined) throw new RangeError(`no algorithm serves ${type}`);
  return first.name;
}

/** The definition of a type's algorithm; `undefined` when the type has none by that name. */
export function findGenerator(type: MetricType, algorithm: string): GeneratorDefinition | undefined {
  return algorithmsOf(type).find(({ name }) => name === algorithm);
}

/**
 * Makes the source of a family, its columns and states included. Throws a LyrebirdError for an algorithm that the type
 * does not have, and a ZodError for options that the algorithm does not take.
 */
export function createSource(family: Family, spec: SourceSpec): Source {
  const made = create(family.type, spec);
  switch (family.type) {
    case 'counter':
      return createCounter(family, made.scalar(), spec.diurnal);
    case 'gauge':
      return createGauge(family, made.scalar(), spec.diurnal);
    case 'histogram':
      return createHistogram(family, made.distribution(), spec);
    case 'summary':
      return createSummary(family, made.distribution(), spec);
  }
}

/** Bytes that a source keeps for each slot: column, states, and the family's key. */
export function stateBytesPerSlot(
  family: Pick<Family, 'type' | 'bounds' | 'decimals'>,
  spec: Pick<SourceSpec, 'algorithm' | 'options'>,
): number {
  const made = create(family.type, spec);
  const keyBytes = 8;
  switch (family.type) {
    case 'counter':
      return keyBytes + counterBytesPerSlot(made.scalar(), family.decimals);
    case 'gauge':
      return keyBytes + gaugeBytesPerSlot(made.scalar());
    case 'histogram':
      return keyBytes + histogramBytesPerSlot(family.bounds.length);
    case 'summary':
      return keyBytes + summaryBytesPerSlot(made.distribution());
  }
}

/** An algorithm ready to be made as what the type's driver needs. */
function create(
  type: MetricType,
  { algorithm, options }: Pick<SourceSpec, 'algorithm' | 'options'>,
): { scalar(): ScalarGenerator; distribution(): Distribution } {
  const definition = findGenerator(type, algorithm);
  if (definition === undefined) {
    const names = algorithmsOf(type).map(({ name }) => name);
    throw new LyrebirdError(
      'algorithm_unknown',
      `a ${type} has no algorithm ${algorithm}; it has ${names.join(', ')}`,
    );
  }
  const misplaced = (): never => {
    throw new TypeError(`algorithm ${algorithm} is a ${definition.kind} and cannot serve a ${type}`);
  };
  const parsed = definition.options.parse(options);
  return {
    scalar: () => (definition.kind === 'scalar' ? definition.create(parsed, { type }) : misplaced()),
    distribution: () =>
      definition.kind === 'distribution' ? definition.create(parsed, { type }) : misplaced(),
  };
}

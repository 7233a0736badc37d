/** From a type and an algorithm to a source: the only way in from configuration. */
import type { z } from 'zod';
import { algorithmTypeOf, type AlgorithmType, type Family } from '../series/family.ts';
import type { Mix, OptionChanges } from '../series/modulation.ts';
import type { GeneratorSpec, Source } from '../series/source.ts';
import { LyrebirdError } from '../util/errors.ts';
import { generatorDefinitions } from './builtin.ts';
import type { Arrivals } from './drivers/arrivals.ts';
import { counterBytesPerSlot, createCounter } from './drivers/counter.ts';
import type { Diurnal } from './drivers/diurnal.ts';
import { createGauge, gaugeBytesPerSlot } from './drivers/gauge.ts';
import { createHistogram, histogramBytesPerSlot } from './drivers/histogram.ts';
import { everyOne, type Makers } from './drivers/instances.ts';
import { createSummary, summaryBytesPerSlot } from './drivers/summary.ts';
import {
  createFollowing,
  followDistribution,
  followScalar,
  type Following,
  type Values,
} from './following.ts';
import type { Distribution, GeneratorDefinition, ScalarGenerator } from './generator.ts';
import { cornersOf, isPatterned } from './patterned.ts';

export {
  boundsOf,
  cornersOf,
  mayFollow,
  patternedArrivals,
  patternedOption,
  type Patterned,
} from './patterned.ts';
export { hasRawObservations, type Arrivals } from './drivers/arrivals.ts';
export type { Diurnal } from './drivers/diurnal.ts';

/** What makes the numbers of a family. */
export interface SourceSpec extends GeneratorSpec {
  /** Generators of single series in place of the family's: slot s has `generators[of[s] - 1]`, and the family's for 0. */
  readonly own?:
    | { readonly generators: readonly GeneratorSpec[]; readonly of: ArrayLike<number> }
    | undefined;
  /** Milliseconds between two ticks. Default: a second. */
  readonly intervalMs?: number | undefined;
  readonly diurnal?: Diurnal | undefined;
  /** Histograms and summaries. Default: exactly one observation a tick. */
  readonly arrivals?: Arrivals | undefined;
  /** Summaries: seconds of model time that quantiles look back. Default: 60. */
  readonly windowS?: number | undefined;
}

/** The algorithms of a type, its default first. */
export function algorithmsOf(type: AlgorithmType): readonly GeneratorDefinition[] {
  return generatorDefinitions.filter(({ types }) => types.includes(type));
}

/** The algorithm of a type that is taken when none is named. */
export function defaultAlgorithm(type: AlgorithmType): string {
  const [first] = algorithmsOf(type);
  if (first === undefined) throw new RangeError(`no algorithm serves ${type}`);
  return first.name;
}

/** The definition of a type's algorithm; `undefined` when the type has none by that name. */
export function findGenerator(type: AlgorithmType, algorithm: string): GeneratorDefinition | undefined {
  return algorithmsOf(type).find(({ name }) => name === algorithm);
}

/** Names of the families that a source follows from, each once. */
export function inputsOf(type: AlgorithmType, spec: Pick<SourceSpec, keyof GeneratorSpec | 'own'>): string[] {
  const names = [spec, ...(spec.own?.generators ?? [])].flatMap(({ algorithm, options }) => {
    const definition = findGenerator(type, algorithm);
    if (definition?.kind !== 'scalar' || definition.inputs === undefined) return [];
    return definition.inputs(definition.options.parse(cornersOf(options)[0]));
  });
  return [...new Set(names)];
}

/**
 * Makes the source of a family, its columns and states included. `inputs` are the sources of the families that it follows
 * from. Throws a LyrebirdError for an algorithm that the type does not have, and a ZodError for options that the algorithm does
 * not take.
 */
export function createSource(family: Family, spec: SourceSpec, inputs: readonly Source[] = []): Source {
  const generators = [spec, ...(spec.own?.generators ?? [])];
  return Object.assign(createDriver(family, spec, inputs), { generators, inputs });
}

function createDriver(family: Family, spec: SourceSpec, inputs: readonly Source[]): Source {
  switch (family.type) {
    case 'counter':
      return createCounter(family, scalars(family.type, spec, inputs), spec.diurnal);
    case 'gauge':
      return createGauge(
        family,
        scalars(algorithmTypeOf(family), spec, inputs, family.states?.of),
        spec.diurnal,
      );
    case 'histogram':
      return createHistogram(family, memberDistributions(family, spec), {
        ...spec,
        arrivalGenerators: arrivalsOf(family.type, spec),
      });
    case 'summary':
      return createSummary(family, memberDistributions(family, spec), {
        ...spec,
        arrivalGenerators: arrivalsOf(family.type, spec),
      });
  }
}

/** Bytes that a source keeps for each slot: column, states, and the family's key. */
export function stateBytesPerSlot(
  family: Pick<Family, 'type' | 'declared' | 'bounds' | 'decimals'>,
  spec: Pick<SourceSpec, 'algorithm' | 'options' | 'own' | 'intervalMs' | 'arrivals'>,
): number {
  const made = <G>({ make }: Makers<G>): G[] => make.map((one) => one());
  const keyBytes = 8;
  switch (family.type) {
    case 'counter':
      return keyBytes + counterBytesPerSlot(made(scalars('counter', spec)), family.decimals);
    case 'gauge':
      return keyBytes + gaugeBytesPerSlot(made(scalars(algorithmTypeOf(family), spec)));
    case 'histogram':
      return (
        keyBytes +
        birthBytes(spec) +
        histogramBytesPerSlot(family.bounds.length, arrivalsOf('histogram', spec)?.make[0]?.())
      );
    case 'summary':
      return (
        keyBytes +
        birthBytes(spec) +
        summaryBytesPerSlot(
          membersOf('summary', spec).flatMap(everyOne),
          arrivalsOf('summary', spec)?.make[0]?.(),
        )
      );
  }
}

/** Series that patterns are followed by keep when they were born. */
function birthBytes({ options, own, arrivals }: Pick<SourceSpec, 'options' | 'own' | 'arrivals'>): number {
  const all = [options, ...(own?.generators ?? []).map((one) => one.options)];
  const follows = all.some((one) => Object.values(one).some(isPatterned));
  return follows || isPatterned(arrivals?.observationsPerS) ? 8 : 0;
}

/** When series of a family are absent of themselves. */
export interface Lifetime {
  /** At some ticks, or from some tick on. */
  readonly hasGaps: boolean;
  /** Ticks after birth from which on they are; Infinity is never. */
  readonly ticks: number;
}

/** What is known of a family's presence before it is made. */
export function lifetimeOf(type: AlgorithmType, spec: SourceSpec): Lifetime {
  if (type === 'histogram' || type === 'summary') return { hasGaps: false, ticks: Number.POSITIVE_INFINITY };
  const made = scalars(type, spec).make.map((one) => one());
  return {
    hasGaps: made.some(({ absent }) => absent === true),
    ticks: Math.max(...made.map(({ lifetime = Number.POSITIVE_INFINITY }) => lifetime)),
  };
}

/**
 * A generator's options after changes, which its algorithm has yet to take; none follows a pattern (`cornersOf`). Those that it does not have stay away; one that has no
 * number to be changed is NaN.
 */
export function changedOptions(
  type: AlgorithmType,
  { algorithm, options }: GeneratorSpec,
  changes: OptionChanges,
): Readonly<Record<string, unknown>> {
  const own = definitionOf(type, algorithm).options;
  const parsed = own.parse(options);
  const changed = Object.entries(changes)
    .filter(([name]) => Object.hasOwn(own.shape, name))
    .map(([name, { scale, offset }]): [string, number] => {
      const before = parsed[name];
      return [
        name,
        scale === 0 ? offset : (typeof before === 'number' ? before : Number.NaN) * scale + offset,
      ];
    });
  return { ...parsed, ...Object.fromEntries(changed) };
}

/** Names of the situations that a generator tells apart, the one that it begins in first; none for most. */
export function situationsOf(type: AlgorithmType, { algorithm, options }: GeneratorSpec): readonly string[] {
  const { situated, options: schema } = definitionOf(type, algorithm);
  return situated?.names(schema.parse(cornersOf(options)[0])) ?? [];
}

/** Names of the options of a generator that are numbers, or may be. */
export function numericOptions(type: AlgorithmType, { algorithm, options }: GeneratorSpec): string[] {
  const own = definitionOf(type, algorithm).options;
  const parsed = own.parse(cornersOf(options)[0]);
  return Object.entries(own.shape as Readonly<Record<string, z.ZodType>>)
    .filter(
      ([name, schema]) =>
        typeof parsed[name] === 'number' || (parsed[name] === undefined && schema.safeParse(0).success),
    )
    .map(([name]) => name);
}

function scalars(
  type: AlgorithmType,
  spec: Pick<SourceSpec, keyof GeneratorSpec | 'own' | 'intervalMs'>,
  sources: readonly Source[] = [],
  stateOf?: (slot: number) => number,
) {
  const inputs = new Map(
    sources.flatMap(({ family, column }) =>
      column.kind === 'scalar' ? [[family.name, column.values] as const] : [],
    ),
  );
  return makersOf(
    type,
    spec,
    (definition, options): ScalarGenerator => {
      if (definition.kind !== 'scalar') throw misplaced(definition, type);
      return definition.create(options, { type, intervalMs: spec.intervalMs ?? 1000, inputs, stateOf });
    },
    (following, make) => followScalar(following, make, type === 'counter' ? 1 : 0),
  );
}

function distributions(
  type: AlgorithmType,
  spec: Pick<SourceSpec, keyof GeneratorSpec | 'own' | 'intervalMs'>,
): Makers<Distribution> {
  const makers = makersOf(
    type,
    spec,
    (definition, options): Distribution => {
      if (definition.kind !== 'distribution') throw misplaced(definition, type);
      return definition.create(options, { type, intervalMs: spec.intervalMs ?? 1000 });
    },
    followDistribution,
  );
  const [, ...situations] = situationsOf(type, spec);
  return { ...makers, situations };
}

/** A distribution for each explicit label set, where the algorithm has such, and no series has a generator of its own. */
function memberDistributions(family: Family, spec: SourceSpec): Makers<Distribution> {
  const members = membersOf(family.type, spec);
  const [first = distributions(family.type, spec)] = members;
  const { replication } = members.length > 1 ? family : { replication: undefined };
  if (replication === undefined) return first;
  const last = members.length - 1;
  return {
    make: members.flatMap(({ make }) => make),
    of: replication.members.map((member) => Math.min(member, last)),
    situations: first.situations,
  };
}

/** The distributions of explicit label sets; a single one where they do not differ. */
function membersOf(
  type: AlgorithmType,
  spec: Pick<SourceSpec, keyof GeneratorSpec | 'own'>,
): Makers<Distribution>[] {
  const definition = definitionOf(type, spec.algorithm);
  if (definition.kind !== 'distribution' || definition.members === undefined || spec.own !== undefined)
    return [distributions(type, spec)];
  const { algorithm } = spec;
  return definition
    .members(definition.options.parse(spec.options))
    .map((options) => distributions(type, { algorithm, options }));
}

/** Arrivals of the algorithm's own. */
function arrivalsOf(
  type: AlgorithmType,
  { algorithm, options }: GeneratorSpec,
): Makers<ScalarGenerator> | undefined {
  const definition = definitionOf(type, algorithm);
  if (definition.kind !== 'distribution') throw misplaced(definition, type);
  const { arrivals } = definition;
  if (arrivals === undefined) return undefined;
  return { make: [(_, mix) => arrivals(inMix(definition, cornersOf(options)[0] ?? {}, mix))] };
}

function makersOf<G>(
  type: AlgorithmType,
  spec: Pick<SourceSpec, keyof GeneratorSpec | 'own' | 'intervalMs'>,
  create: (definition: GeneratorDefinition, options: Readonly<Record<string, unknown>>) => G,
  follow: (following: Following, make: (values: Values) => G) => G,
): Makers<G> {
  return {
    make: [spec, ...(spec.own?.generators ?? [])].map(({ algorithm, options }) => {
      const definition = definitionOf(type, algorithm);
      const make = (changes: OptionChanges, mix: Mix | undefined, values: Values): G => {
        const at = { algorithm, options: { ...options, ...values } };
        return create(definition, inMix(definition, changedOptions(type, at, changes), mix));
      };
      const following = createFollowing(options, spec.intervalMs ?? 1000);
      return (changes: OptionChanges = {}, mix?: Mix) =>
        following === undefined
          ? make(changes, mix, {})
          : follow(following, (values) => make(changes, mix, values));
    }),
    of: spec.own?.of,
  };
}

/** Options that an algorithm takes, in a mix of the situations that they tell apart. */
function inMix(
  { options: schema, situated }: GeneratorDefinition,
  options: Readonly<Record<string, unknown>>,
  mix: Mix | undefined,
): Record<string, unknown> {
  const parsed = schema.parse(options);
  return mix === undefined ? parsed : (situated?.mix(parsed, mix) ?? parsed);
}

function definitionOf(type: AlgorithmType, algorithm: string): GeneratorDefinition {
  const definition = findGenerator(type, algorithm);
  if (definition !== undefined) return definition;
  const names = algorithmsOf(type).map(({ name }) => name);
  throw new LyrebirdError(
    'algorithm_unknown',
    `a ${type} has no algorithm ${algorithm}; it has ${names.join(', ')}`,
  );
}

function misplaced({ name, kind }: GeneratorDefinition, type: AlgorithmType): TypeError {
  return new TypeError(`algorithm ${name} is a ${kind} and cannot serve a ${type}`);
}

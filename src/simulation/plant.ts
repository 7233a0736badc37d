/** From a config to the sources that make its numbers: the same call on the event loop and on every worker. */
import { stepFamilies, type ConfiguredFamily, type Shard } from '../config/families.ts';
import { algorithmTypeOf } from '../config/metric.ts';
import type { Config } from '../config/schema.ts';
import { createSource, inputsOf } from '../generators/registry.ts';
import type { Family } from '../series/family.ts';
import type { Source } from '../series/source.ts';
import { atOnce } from '../util/slices.ts';
import { specOf } from './spec.ts';

export type { Shard } from '../config/families.ts';

export interface Plant {
  readonly configured: readonly ConfiguredFamily[];
  readonly families: readonly Family[];
  /** One for each family, in the same order. */
  readonly sources: readonly Source[];
}

/** Builds label spaces, keys, columns and states. O(series) time and memory. */
export function createPlant(config: Config, shard?: Shard): Plant {
  return atOnce(stepPlant(config, shard));
}

/** The same in steps, of some metrics or of all. `known` are sources that others may follow from. */
export function* stepPlant(
  config: Config,
  shard?: Shard,
  only?: readonly string[],
  known?: readonly Source[],
): Generator<void, Plant> {
  const metrics = config.metrics.filter(({ name }) => only?.includes(name) !== false);
  const configured = yield* stepFamilies({ ...config, metrics }, shard);
  return {
    configured,
    families: configured.map(({ family }) => family),
    sources: yield* stepSources(configured, known),
  };
}

/**
 * Sources of families, their keys, columns and states included, in steps. One that follows from other metrics reads the sources made
 * here, else the last of `known` by that name.
 */
export function* stepSources(
  configured: readonly ConfiguredFamily[],
  known: readonly Source[] = [],
): Generator<void, Source[]> {
  const byName = new Map(configured.map((one) => [one.metric.name, one]));
  const made = new Map<string, Source>();
  const make = ({ family, metric, generators, intervalMs }: ConfiguredFamily): Source => {
    const spec = specOf(metric, intervalMs, generators);
    const inputs = inputsOf(algorithmTypeOf(metric), spec).map((name) => {
      const own = byName.get(name);
      const source = own === undefined ? known.findLast((one) => one.family.name === name) : sourceOf(own);
      if (source === undefined)
        throw new RangeError(`${metric.name} follows from ${name}, which is not there`);
      return source;
    });
    return createSource(family, spec, inputs);
  };
  const sourceOf = (one: ConfiguredFamily): Source => {
    const { name } = one.metric;
    const source = made.get(name) ?? make(one);
    made.set(name, source);
    return source;
  };
  const sources: Source[] = [];
  for (const one of configured) {
    sources.push(sourceOf(one));
    yield;
  }
  return sources;
}

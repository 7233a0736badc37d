/** From a config to the sources that make its numbers: the same call on the event loop and on every worker. */
import { createFamilies, type ConfiguredFamily, type Shard } from '../config/families.ts';
import type { Config } from '../config/schema.ts';
import { createSource } from '../generators/registry.ts';
import type { Family } from '../series/family.ts';
import type { Source } from '../series/source.ts';
import { specOf } from './spec.ts';

export type { Shard } from '../config/families.ts';

export interface Plant {
  readonly configured: readonly ConfiguredFamily[];
  readonly families: readonly Family[];
  /** One for each family, in the same order. */
  readonly sources: readonly Source[];
}

/** Builds label spaces, keys, columns and states, of some metrics or of all. O(series) time and memory. */
export function createPlant(config: Config, shard?: Shard, only?: readonly string[]): Plant {
  const configured = createFamilies(config, shard).filter(
    ({ metric }) => only?.includes(metric.name) !== false,
  );
  return {
    configured,
    families: configured.map(({ family }) => family),
    sources: configured.map(createFamilySource),
  };
}

/** Its keys, columns and states included. */
export function createFamilySource({ family, metric, generators }: ConfiguredFamily): Source {
  return createSource(family, specOf(metric, generators));
}

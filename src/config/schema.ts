/** The whole file: its sections, assembled from the fragments that each stage and plug-in owns. */
import { z } from 'zod';
import { faultsFields } from '../control/fault.ts';
import { scenariosFields, type Scenario } from '../control/scenario.ts';
import type { Profile } from '../labels/fields.ts';
import { sinkDefinitions } from '../sinks/registry.ts';
import { otelOptions } from '../sinks/shared/otel-options.ts';
import { prometheusOptions } from '../sinks/shared/prometheus-options.ts';
import { factorsFields, globalFields, limitsFields, runtimeFields } from './global.ts';
import type { Metric } from './metric.ts';

/** Sinks that stand by themselves are off unless the file names them. */
const standAlone = Object.fromEntries(
  sinkDefinitions('none').map(({ name, summary, options }) => [name, options.optional().describe(summary)]),
);

const exportersFields = z.strictObject({
  prometheus: prometheusOptions.prefault({}).describe('The page that is scraped.'),
  otel: otelOptions.prefault({}).describe('The push over OTLP.'),
  ...(standAlone as object),
});

/** The sections that are one mapping of known keys. `profiles` and `metrics` are read entry by entry. */
export const sectionFields = {
  global: globalFields,
  exporters: exportersFields,
  scenarios: scenariosFields,
  faults: faultsFields,
  runtime: runtimeFields,
  limits: limitsFields,
  factors: factorsFields,
} as const;

/** Every section, in the order of the file. */
export const SECTIONS = [
  'global',
  'exporters',
  'profiles',
  'factors',
  'replicate',
  'learned',
  'metrics',
  'scenarios',
  'faults',
  'runtime',
  'limits',
] as const;

/**
 * A configuration that can be run: every default filled in, every check passed. It is in the form of the file
 * (seconds, snake case), so written back as YAML it reads as the same configuration.
 */
export interface Config {
  readonly global: z.output<typeof globalFields>;
  readonly exporters: z.output<typeof exportersFields>;
  readonly profiles: Readonly<Record<string, Profile>>;
  /** What series move together by, by name. */
  readonly factors: z.output<typeof factorsFields>;
  /** In file order, which is the order of the page. At least one. */
  readonly metrics: readonly Metric[];
  readonly scenarios: Readonly<Record<string, Scenario>>;
  /** What is wrong on the way from the start. */
  readonly faults: z.output<typeof faultsFields>;
  readonly runtime: z.output<typeof runtimeFields>;
  readonly limits: z.output<typeof limitsFields>;
}

/** What is right of a configuration while some of it may be wrong. */
export interface Draft {
  readonly global: Config['global'] | undefined;
  readonly exporters: Config['exporters'] | undefined;
  /** `undefined` for one that is there and wrong. */
  readonly profiles: ReadonlyMap<string, Profile | undefined>;
  readonly metrics: readonly (Metric | undefined)[];
  readonly scenarios: Config['scenarios'] | undefined;
  readonly runtime: Config['runtime'] | undefined;
  readonly limits: Config['limits'] | undefined;
  readonly factors: Config['factors'] | undefined;
}

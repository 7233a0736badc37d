/** What is measured: families of four labels, whose points are of the size that real ones have. */
import { parseConfig } from '../config/parse.ts';
import { algorithmsOf, defaultAlgorithm, findGenerator } from '../generators/registry.ts';
import type { Family, MetricType } from '../series/family.ts';
import type { Source } from '../series/source.ts';
import { createPlant, type Plant } from '../simulation/plant.ts';

export const TYPES: readonly MetricType[] = ['counter', 'gauge', 'histogram', 'summary'];

/** Eight, as in configs/high-cardinality.yaml. */
const BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** How many quantiles a summary shows that names none. */
const DEFAULT_QUANTILES = 3;

/** More than any series is at a backend: sizes here are meant. */
const MAX_STORED = 100;

/** Label sets before the last label. */
const BLOCK = 10 * 20 * 50;

/** Options of generators where the defaults are not what is usual. */
const OPTIONS: Readonly<Record<string, object>> = {
  poisson: { base_rate: 5 },
  lognormal: { mu: -2.5, sigma: 0.7 },
};

/** Algorithms that serve a type; the first is its default. */
export function generatorsOf(type: MetricType): readonly string[] {
  return algorithmsOf(type).map(({ name }) => name);
}

/** A file, as plain data, with one metric of so many series. */
export function workload(type: MetricType, series: number, algorithm = defaultAlgorithm(type)) {
  return {
    global: { seed: 1, tick_interval_s: 1 },
    limits: { max_series: series * MAX_STORED },
    profiles: {
      load: {
        labels: {
          region: { range: [1, 10], fmt: 'region-%d' },
          service: { range: [1, 20], fmt: 'service-%02d' },
          path: { range: [1, 50], fmt: '/api/v1/resource/%d' },
          pod: { range: [1, Math.ceil(series / BLOCK)], fmt: 'pod-%05d' },
        },
        series_cap: series,
      },
    },
    metrics: [
      {
        name: `load_${type}`,
        type,
        profile: 'load',
        algorithm,
        ...(type === 'histogram' ? { buckets: BOUNDS } : {}),
        ...optionsOf(type, algorithm),
      },
    ],
  };
}

/** A generator that needs options gets the first of its own examples. */
function optionsOf(type: MetricType, algorithm: string): object {
  const known = OPTIONS[algorithm];
  if (known !== undefined) return known;
  const definition = findGenerator(type, algorithm);
  if (definition === undefined || definition.options.safeParse({}).success) return {};
  return definition.examples[0] as object;
}

/** The families and sources of such a file. */
export function createLoad(type: MetricType, series: number, algorithm?: string): Plant {
  return createPlant(parseConfig(workload(type, series, algorithm)));
}

export function onlyFamily({ families }: Plant): Family {
  return families[0] as Family;
}

export function onlySource({ sources }: Plant): Source {
  return sources[0] as Source;
}

/** Lines with a value on a page; stored series at a backend. */
export function samplesOf(type: MetricType, series: number): number {
  const perSeries = { counter: 1, gauge: 1, histogram: BOUNDS.length + 3, summary: DEFAULT_QUANTILES + 2 };
  return series * perSeries[type];
}

/** From a metric of the file to what its source is made with. */
import { generatorOf, seriesGeneratorsOf, type Metric } from '../config/metric.ts';
import type { SourceSpec } from '../generators/registry.ts';

/**
 * `intervalMs` is the time between two ticks; `generators` says which slots have those of explicit series
 * (`ConfiguredFamily.generators`).
 */
export function specOf(metric: Metric, intervalMs: number, generators?: ArrayLike<number>): SourceSpec {
  const observed = metric.type === 'histogram' || metric.type === 'summary' ? metric : undefined;
  return {
    algorithm: metric.algorithm,
    options: generatorOf(metric).options,
    own: generators && { generators: seriesGeneratorsOf(metric), of: generators },
    intervalMs,
    diurnal: diurnalOf(metric),
    arrivals: observed && { observationsPerS: observed.observations_per_s, process: observed.arrivals },
    windowS: metric.type === 'summary' ? metric.window_s : undefined,
  };
}

function diurnalOf(metric: Metric): SourceSpec['diurnal'] {
  const { diurnal_amp: amplitude = 0, diurnal_phase: phase = 0, diurnal_offset_h: offsetHours = 0 } = metric;
  return amplitude === 0 ? undefined : { amplitude, phase, offsetHours };
}

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
    diurnal:
      metric.diurnal_amp === 0
        ? undefined
        : {
            amplitude: metric.diurnal_amp,
            phase: metric.diurnal_phase,
            offsetHours: metric.diurnal_offset_h,
          },
    arrivals: observed && { observationsPerS: observed.observations_per_s, process: observed.arrivals },
    windowS: metric.type === 'summary' ? metric.window_s : undefined,
  };
}

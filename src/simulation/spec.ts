/** From a metric of the file to what its source is made with. */
import { generatorOf, type Metric } from '../config/metric.ts';
import type { SourceSpec } from '../generators/registry.ts';

export function specOf(metric: Metric): SourceSpec {
  const observed = metric.type === 'histogram' || metric.type === 'summary' ? metric : undefined;
  return {
    algorithm: metric.algorithm,
    options: generatorOf(metric).options,
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

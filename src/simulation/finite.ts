/** Whether a configuration is over by itself: every series follows a pattern that ends. */
import { algorithmTypeOf } from '../config/metric.ts';
import type { Config } from '../config/schema.ts';
import { lifetimeOf } from '../generators/registry.ts';
import { specOf } from './spec.ts';
import { intervalMsOf } from './times.ts';

/** The tick with which the last series has ended; `undefined` for a run that goes on for ever. */
export function finalTickOf(config: Config): number | undefined {
  const intervalMs = intervalMsOf(config);
  const last = Math.max(
    ...config.metrics.map(
      (metric) => lifetimeOf(algorithmTypeOf(metric), specOf(metric, intervalMs, metric.series && [])).ticks,
    ),
  );
  return Number.isFinite(last) ? last : undefined;
}

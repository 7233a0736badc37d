/** Names of requests that nothing has. */
import { LyrebirdError, nearest } from '../util/errors.ts';

export function unknownMetric(metric: string, names: readonly string[]): LyrebirdError {
  const close = nearest(metric, names);
  const hint = close === undefined ? '.' : `, did you mean ${close}?`;
  return new LyrebirdError(
    'metric_not_found',
    `no metric is called ${metric}${hint} Available: ${names.join(', ')}`,
    {
      details: { metric, available: names, ...(close === undefined ? {} : { nearest: close }) },
    },
  );
}

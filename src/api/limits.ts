/** How much is asked of the control API: requests a second. */
import type { MiddlewareHandler } from 'hono';

import { apiError } from './errors.ts';

/**
 * A bucket that holds the requests of one second and fills by the clock. Each call takes a request out of it and gives
 * 0, or gives the seconds until there is one.
 */
export function createRateLimit(perSecond: number, nowMs: () => number): () => number {
  let left = perSecond;
  let lastMs = nowMs();
  return () => {
    const ms = nowMs();
    left = Math.min(perSecond, left + ((ms - lastMs) / 1000) * perSecond);
    lastMs = ms;
    if (left < 1) return (1 - left) / perSecond;
    left--;
    return 0;
  };
}

/** Refuses what is more than `perSecond`, of all clients together, with the time to wait. */
export function limitRate(perSecond: number, nowMs: () => number): MiddlewareHandler {
  const take = createRateLimit(perSecond, nowMs);
  return async (c, next) => {
    const waitSeconds = Math.ceil(take());
    if (waitSeconds > 0) {
      c.header('Retry-After', String(waitSeconds));
      throw apiError(
        'too_many_requests',
        `more than ${perSecond} requests in a second; try again in ${waitSeconds} s, or raise global.control_rate_limit`,
        { requests_per_second: perSecond, retry_after_seconds: waitSeconds },
      );
    }
    await next();
  };
}

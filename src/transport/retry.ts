/** Any transport, with failures that may be tried again tried again: exponential back-off with jitter. */
import { setTimeout as delay } from 'node:timers/promises';

import type { Failure, Reply, Transport } from './transport.ts';

export interface RetryOptions {
  /** The first wait, in milliseconds; each later one is longer by `factor`, up to `maxMs`. */
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** Waits are spread evenly over this share around their length, so that many clients do not come back at once. */
  readonly jitter: number;
  /** No attempt begins later than this after the first one, in milliseconds. */
  readonly budgetMs: number;
  /** Uniform numbers in [0, 1). */
  readonly random: () => number;
  /** Milliseconds on a monotonic clock. */
  readonly nowMs: () => number;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told of each failure that is followed by another attempt. */
  readonly onRetry: (failure: Failure, waitMs: number) => void;
}

export const RETRY_DEFAULTS = { initialMs: 500, maxMs: 5000, factor: 1.5, jitter: 0.2, budgetMs: 60_000 };

/**
 * Wraps a transport. The failure that is returned is the last one; its delivery is `unknown` if that of any attempt was,
 * since the backend may have taken that one.
 */
export function createRetry(transport: Transport, options: RetryOptions): Transport {
  const stopping = new AbortController();

  const waitMsOf = (failure: Failure, attempt: number): number => {
    const backOffMs = Math.min(options.maxMs, options.initialMs * options.factor ** attempt);
    // What the backend asks for is the least; the jitter only adds to it.
    if (failure.retryAfterMs !== undefined && failure.retryAfterMs > 0)
      return (
        Math.max(failure.retryAfterMs, backOffMs) + failure.retryAfterMs * options.jitter * options.random()
      );
    return backOffMs * (1 + options.jitter * (2 * options.random() - 1));
  };

  return {
    async send(bytes, timeoutMs) {
      const beganMs = options.nowMs();
      let doubtful = false;
      for (let attempt = 0; ; attempt++) {
        const reply: Reply = await transport.send(bytes, timeoutMs);
        if (reply.kind === 'success') return reply;
        doubtful ||= reply.delivery === 'unknown';
        const last: Failure = doubtful ? { ...reply, delivery: 'unknown' } : reply;
        if (!reply.retryable || stopping.signal.aborted) return last;
        const waitMs = waitMsOf(reply, attempt);
        if (options.nowMs() - beganMs + waitMs > options.budgetMs) return last;
        options.onRetry(reply, waitMs);
        await options.sleep(waitMs, stopping.signal);
        if (stopping.signal.aborted) return last;
      }
    },
    async shutdown() {
      stopping.abort();
      await transport.shutdown();
    },
  };
}

/** Resolves after so many milliseconds, or when the signal is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // Aborted: the caller looks at the signal.
  }
}

/** Whether exports succeed, said once when it changes: when they begin to fail, and when they work again. */
import type { Logger } from 'pino';

import type { Ledger } from './ledger.ts';

export interface Health {
  /** An attempt failed and will be made again. */
  retrying(message: string): void;
  /** Points were refused, given up, or are in doubt. */
  failed(message: string): void;
  /** A frame could not be queued. */
  overflowed(message: string): void;
  /** The backend took everything and had something to say. */
  warned(message: string): void;
  /** The last point of a frame has ended; `caughtUp` when no other frame waits. Only then can things be well again. */
  frameDone(caughtUp: boolean): void;
}

/**
 * `subject` is what the lines are about: `otlp: export to grpc://localhost:4317`. Messages come from a backend, which
 * may repeat what it was sent; `hide` takes the secrets out of them.
 */
export function createHealth(
  logger: Logger,
  subject: string,
  ledger: Ledger,
  hide: (text: string) => string,
): Health {
  const warnings = new Set<string>();
  let failing = false;
  let failedInFrame = false;
  let before = { ...ledger.totals };

  const begin = (text: string, consequence: string): void => {
    const message = hide(text);
    ledger.note(message, Date.now());
    if (failing) return;
    failing = true;
    before = { ...ledger.totals };
    logger.warn(`${subject} fails: ${message}; ${consequence} (said once, counts are in /status)`);
  };

  return {
    retrying(message) {
      begin(message, 'trying again');
    },
    failed(message) {
      failedInFrame = true;
      begin(message, 'these points are not sent again');
    },
    overflowed(message) {
      begin(message, 'this frame is lost');
    },
    warned(text) {
      const message = hide(text);
      ledger.note(message, Date.now());
      if (warnings.has(message) || warnings.size >= 10) return;
      warnings.add(message);
      logger.warn(`${subject}: the backend took all points and says: ${message}`);
    },
    frameDone(caughtUp) {
      if (failing && caughtUp && !failedInFrame) {
        failing = false;
        const counts = {
          rejected: ledger.totals.rejected - before.rejected,
          lost: ledger.totals.lost - before.lost,
          unknown: ledger.totals.unknown - before.unknown,
        };
        logger.info(
          counts,
          `${subject} works again; meanwhile ${counts.rejected} points rejected, ${counts.lost} lost, ${counts.unknown} unknown`,
        );
      }
      failedInFrame = false;
    },
  };
}

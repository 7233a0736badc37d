/** What a sink is given where no engine runs. */
import { pino } from 'pino';

import type { Frame } from '../series/frame.ts';
import type { SinkContext } from '../sinks/sink.ts';
import { yieldNow } from '../util/turns.ts';

/** `last` gives the frame that a scrape reads. */
export function createContext(last: () => Frame): SinkContext {
  return {
    logger: pino({ level: 'silent' }),
    // Awaited by whoever reads, as an engine's is.
    read: async (use) => use(last()),
    yieldNow,
    nowMs: () => performance.now(),
    intervalMs: 1000,
  };
}

/** A sink's surroundings without an engine: frames are shown by hand, time stands still unless it is moved. */
import { pino } from 'pino';

import type { Frame } from '../../src/series/frame.ts';
import type { Faults } from '../../src/sinks/shared/faults.ts';
import type { SinkContext } from '../../src/sinks/sink.ts';
import { LyrebirdError } from '../../src/util/errors.ts';
import { createMutex } from '../../src/util/mutex.ts';
import { yieldNow } from '../../src/util/turns.ts';

export interface TestContext extends SinkContext {
  /** What `read` gives from now on; `undefined`: there is no frame. */
  frame: Frame | undefined;
  faults: Faults | undefined;
  /** Messages logged so far, as `level: text`. */
  readonly logged: readonly string[];
  /** Moves the clock. */
  advance(ms: number): void;
}

export function createTestContext(): TestContext {
  const mutex = createMutex();
  const logged: string[] = [];
  const logger = pino(
    { level: 'trace', formatters: { level: (label) => ({ level: label }) } },
    {
      write(line: string) {
        const { level, msg } = JSON.parse(line) as { level: string; msg: string };
        logged.push(`${level}: ${msg}`);
      },
    },
  );
  let ms = 0;
  const context: TestContext = {
    frame: undefined,
    faults: undefined,
    logged,
    logger,
    intervalMs: 1000,
    read: (use) =>
      mutex.run(() => {
        if (context.frame === undefined)
          throw new LyrebirdError('not_ready', 'the first tick is not done yet');
        return use(context.frame);
      }),
    yieldNow,
    nowMs: () => ms,
    advance(by) {
      ms += by;
    },
  };
  return context;
}

/** Loaded before the command (`node --import`): watches the event loop from inside, and answers its parent. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds by which a timer of one millisecond was late. */
export interface LoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

process.on('message', () => {
  process.send?.({ p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 } satisfies LoopDelay);
  delay.reset();
});
// Being asked is no reason to go on living.
process.channel?.unref();

/** Long work in turns with others. */
import type { SinkContext } from '../sink.ts';

/** How long work may hold the event loop, in milliseconds. */
export const SLICE_MS = 8;

/** Runs a generator to its end, yielding to others after every slice, and returns its result. */
export async function inSlices<T>(
  steps: Generator<void, T>,
  context: Pick<SinkContext, 'nowMs' | 'yieldNow'>,
): Promise<T> {
  let beganMs = context.nowMs();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (context.nowMs() - beganMs < SLICE_MS) continue;
    await context.yieldNow();
    beganMs = context.nowMs();
  }
}

/** Long work in turns with others. */

/** How slices are told apart: milliseconds on a monotonic clock, and the turn of others. */
export interface Slicing {
  nowMs(): number;
  yieldNow(): Promise<void>;
}

/** How long work may hold the event loop, in milliseconds. */
export const SLICE_MS = 8;

/** Runs a generator to its end, yielding to others after every slice, and returns its result. */
export async function inSlices<T>(steps: Generator<void, T>, context: Slicing): Promise<T> {
  let beganMs = context.nowMs();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (context.nowMs() - beganMs < SLICE_MS) continue;
    await context.yieldNow();
    beganMs = context.nowMs();
  }
}

/** Runs a generator to its end at once. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

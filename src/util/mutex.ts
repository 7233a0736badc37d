/** One at a time, in the order of asking. */
export interface Mutex {
  /** Runs `task` when all asked for before are done; passes on its result or failure. */
  run<T>(task: () => T | Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const result = tail.then(task);
      tail = result.catch(() => undefined);
      return result;
    },
  };
}

/** Those whose turn is to come, in order of asking. */
const waiting: (() => void)[] = [];

/**
 * Lets pending timers, sockets and callbacks have their turn. Of several who wait here one goes on in each round of the event loop, so that what they do
 * between two calls does not add up.
 */
export function yieldNow(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(goOn);
  });
}

function goOn(): void {
  const next = waiting.shift();
  if (waiting.length > 0) setImmediate(goOn);
  next?.();
}

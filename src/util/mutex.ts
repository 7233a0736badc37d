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

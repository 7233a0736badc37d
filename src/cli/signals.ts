/** SIGINT and SIGTERM: the first asks, the second insists. */

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

export type StopSignal = keyof typeof NUMBERS;

/**
 * Calls `stop` at the first signal. A second one, of either kind, ends the process at once with 128 and its number,
 * as a shell reports it: 130 or 143. The function returned takes the handlers off again.
 */
export function onStopSignal(stop: (signal: StopSignal) => void): () => void {
  let asked = false;
  const handle = (signal: StopSignal): void => {
    if (asked) process.exit(128 + NUMBERS[signal]);
    asked = true;
    stop(signal);
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle).off('SIGTERM', handle);
  };
}

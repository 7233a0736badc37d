/**
 * Turns of the event loop. Work that goes in slices waits here between two of them; in each round of the loop one of those who wait goes on, so
 * that timers, sockets and callbacks have their turn after every slice and slices do not add up.
 */

/** Those whose turn is to come, each in order of asking. */
const first: (() => void)[] = [];
const others: (() => void)[] = [];
/** Rounds in a row in which the first ones went on while others waited. */
let kept = 0;

/** One round in so many is for the others. */
const SHARE = 4;

/** Waits for a turn. */
export function yieldNow(): Promise<void> {
  return wait(others);
}

/**
 * Waits for a turn in front of all who do so by `yieldNow`, for ticks, which pages and exports wait for: three rounds out of four while others
 * wait as well.
 */
export function yieldFirst(): Promise<void> {
  return wait(first);
}

function wait(line: (() => void)[]): Promise<void> {
  return new Promise((resolve) => {
    line.push(resolve);
    if (first.length + others.length === 1) setImmediate(goOn);
  });
}

function goOn(): void {
  const isFirst = first.length > 0 && (others.length === 0 || kept < SHARE - 1);
  kept = isFirst && others.length > 0 ? kept + 1 : 0;
  const next = (isFirst ? first : others).shift();
  if (first.length + others.length > 0) setImmediate(goOn);
  next?.();
}

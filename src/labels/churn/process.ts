/**
 * What turns series over: each value of a label, a *position*, lives, dies, comes back. A process says so as a pure function of time,
 * so that the life of a position at any tick is known without the ticks before it.
 */

/** The life of a position at a time. */
export interface Life {
  alive: boolean;
  /** Lives that began under another value of the label; 0 has the value as declared. */
  generation: number;
  /** Lives that began so far: it grows whenever series begin anew, also under the same labels. */
  births: number;
}

export interface Process {
  /** Whether a position that comes back has another value. */
  readonly renews: boolean;
  /** Writes the life of a position `ms` after the process began, before which all positions were alive, to `out`. */
  lifeAt(position: number, ms: number, out: Life): void;
  /** Ranges [from, to) of the given positions (indexes of them) that hold all whose lives differ between two times. */
  changed(fromMs: number, toMs: number): Iterable<readonly [from: number, to: number]>;
}

/** What a process is made for. */
export interface Positions {
  /** Values that the label has; positions are 0 to count - 1. */
  readonly count: number;
  /** Those that series have, ascending. */
  readonly used: Float64Array;
  /** Keys what is drawn: the seed, the profile and the label. */
  readonly key: string;
}

/** Positions that are looked at between two turns of others: about a millisecond. */
export const STEP = 4096;

/** The index of the first of ascending numbers that is not below a limit. */
export function lowerBound(numbers: Float64Array, limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

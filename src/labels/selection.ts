/** Which slots of a label space some matchers select. */
import type { Matcher } from './matchers.ts';
import type { LabelSpace } from './space.ts';

export interface Selection {
  /** Selected slots. */
  readonly count: number;
  /** 1 for each selected slot. */
  readonly members: Uint8Array;
}

export interface SelectionOptions {
  /** Called between slices of a few milliseconds. */
  readonly yieldNow: () => Promise<void>;
  /** Runs a slice that tests values; may throw when that takes too long. */
  readonly limit: <T>(work: () => T) => T;
}

/** Values or slots that are looked at between two turns of others. */
const SLICE = 4096;

/** Tests each value of a label once, however many slots have it, then looks at each slot. O(values + slots). */
export async function selectSlots(
  space: LabelSpace,
  matchers: readonly Matcher[],
  { yieldNow, limit }: SelectionOptions,
): Promise<Selection> {
  const { size, dimensions, names } = space;
  const members = new Uint8Array(size);
  const inSlices = async (end: number, run: (from: number, to: number) => void): Promise<void> => {
    for (let from = 0; from < end; from += SLICE) {
      limit(() => run(from, Math.min(from + SLICE, end)));
      await yieldNow();
    }
  };

  // A label that no series has is empty in each of them.
  const absent = matchers.filter(({ name }) => !names.includes(name));
  if (!limit(() => absent.every((matcher) => matcher.matches('')))) return { count: 0, members };

  const turning: ((slot: number) => boolean)[] = [];
  const tests: { readonly d: number; isTaken(index: number): boolean }[] = [];
  for (const [d, { name, count, value }] of dimensions.entries()) {
    const own = matchers.filter((matcher) => matcher.name === name);
    if (own.length === 0) continue;
    const isText = (text: string): boolean => own.every((matcher) => matcher.matches(text));
    if (space.turnover?.dimension === d) {
      // What it is now, which its index does not say.
      turning.push((slot) => isText(space.value(slot, d)));
      continue;
    }
    const test = (index: number): boolean => isText(value(index));
    if (count > size) {
      tests.push({ d, isTaken: remember(test) });
      continue;
    }
    const taken = new Uint8Array(count);
    await inSlices(count, (from, to) => {
      for (let index = from; index < to; index++) taken[index] = Number(test(index));
    });
    tests.push({ d, isTaken: (index) => taken[index] === 1 });
  }

  const digits = new Float64Array(dimensions.length);
  let count = 0;
  await inSlices(size, (from, to) => {
    for (let slot = from; slot < to; slot++) {
      space.digits(slot, digits);
      if (!tests.every(({ d, isTaken }) => isTaken(digits[d] as number))) continue;
      if (!turning.every((isTaken) => isTaken(slot))) continue;
      members[slot] = 1;
      count += 1;
    }
  });
  return { count, members };
}

/** For labels with more values than there are slots to have them. */
function remember(test: (index: number) => boolean): (index: number) => boolean {
  const known = new Map<number, boolean>();
  return (index) => {
    const before = known.get(index);
    if (before !== undefined) return before;
    const now = test(index);
    known.set(index, now);
    return now;
  };
}

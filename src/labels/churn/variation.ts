/** The values that a position has from its second life on: the declared one and a short suffix, as pods have. */
import { mix32 } from '../../util/key.ts';
import { createPermutation } from '../permutation.ts';

/** As Kubernetes has it: no vowels, and nothing that reads as something else. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const LENGTH = 5;

/** Values between two turns of others: about a millisecond. */
const STEP = 2048;

/** Values as declared. */
interface Declared {
  readonly count: number;
  value(index: number): string;
  /** Whether one of them may look like a variation of another. */
  readonly isListed: boolean;
}

/**
 * The value of a position's life `generation`: unlike all other values of the label, in 14 million generations of each position.
 * What there is to look at of the declared values is looked at in steps.
 */
export function* stepVariation(
  key: string,
  values: Declared,
): Generator<void, (position: number, generation: number) => string> {
  const length = values.isListed ? yield* safeLength(values) : LENGTH;
  const variations = ALPHABET.length ** length;
  const permute = createPermutation(variations, key);
  return (position, generation) => {
    const text = values.value(position);
    if (generation === 0 || text === '') return text;
    let rest = permute(((mix32(position) >>> 0) + generation) % variations);
    let suffix = '';
    for (let i = 0; i < length; i++) {
      suffix += ALPHABET[rest % ALPHABET.length];
      rest = Math.floor(rest / ALPHABET.length);
    }
    return `${text}-${suffix}`;
  };
}

/** The length of a suffix by which no declared value can be mistaken for the variation of another one. */
function* safeLength({ count, value }: Declared): Generator<void, number> {
  const values = new Set<string>();
  for (let index = 0; index < count; index++) {
    values.add(value(index));
    if (index % STEP === STEP - 1) yield;
  }
  for (let length = LENGTH; ; length++) if (yield* isSafe(length, values)) return length;
}

function* isSafe(length: number, values: ReadonlySet<string>): Generator<void, boolean> {
  const varied = new RegExp(`^(.*)-[${ALPHABET}]{${length}}$`, 's');
  let looked = 0;
  for (const text of values) {
    const stem = varied.exec(text)?.[1];
    if (stem !== undefined && values.has(stem)) return false;
    looked += 1;
    if (looked % STEP === 0) yield;
  }
  return true;
}

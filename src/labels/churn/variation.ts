/** The values that a position has from its second life on: the declared one and a short suffix, as pods have. */
import { mix32 } from '../../util/key.ts';
import { createPermutation } from '../permutation.ts';

/** As Kubernetes has it: no vowels, and nothing that reads as something else. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const LENGTH = 5;

/**
 * The value of a position's life `generation`: unlike all other values of the label, in 14 million generations of each position.
 * `declared` tells whether a value is one of those that are declared.
 */
export function createVariation(
  key: string,
  values: { readonly count: number; value(index: number): string; isListed: boolean },
): (position: number, generation: number) => string {
  const length = values.isListed ? safeLength(values) : LENGTH;
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
function safeLength({ count, value }: { readonly count: number; value(index: number): string }): number {
  const values = new Set(Array.from({ length: count }, (_, index) => value(index)));
  for (let length = LENGTH; ; length++) {
    const looksVaried = new RegExp(`^(.*)-[${ALPHABET}]{${length}}$`, 's');
    if (
      ![...values].some((text) => values.has(looksVaried.exec(text)?.[1] ?? text) && looksVaried.test(text))
    )
      return length;
  }
}

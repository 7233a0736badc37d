import { describe, expect, it } from 'vitest';
import { inputsFirst } from '../../src/series/order.ts';
import type { Source } from '../../src/series/source.ts';

const source = (...inputs: Source[]): Source => ({ inputs }) as unknown as Source;

describe('the order of sources', () => {
  const a = source();
  const b = source(a);
  const c = source(b, a);

  it.each([
    ['is that of the page', [a, b, c], [0, 1, 2]],
    ['has what others follow from before them', [c, b, a], [2, 1, 0]],
    ['keeps the order of what follows from nothing', [source(), c, a, source(), b], [0, 2, 4, 1, 3]],
    ['leaves out inputs that are not advanced', [c], [0]],
  ])('%s', (_, sources, expected) => {
    expect(inputsFirst(sources)).toEqual(expected);
  });
});

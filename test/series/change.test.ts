import { describe, expect, it } from 'vitest';

import { composeChanges, type FamiliesChange } from '../../src/series/change.ts';
import type { Family } from '../../src/series/family.ts';
import { createTestFamily } from '../support/sources.ts';

const familyOf = (size: number): Family => createTestFamily('a', 'gauge', size);
const changeOf = (family: Family, before?: Family, from?: readonly number[]): FamiliesChange => ({
  families: [family],
  successions: new Map(before && [[family, { before, from: from && Int32Array.from(from) }]]),
});

describe('two changes of families before one tick', () => {
  const shown = familyOf(3);
  const first = familyOf(4);
  const second = familyOf(2);
  const from = (change: FamiliesChange): readonly number[] | undefined => {
    const succession = change.successions.get(second);
    if (succession === undefined) return undefined;
    expect(succession.before).toBe(shown);
    return [...(succession.from ?? [])];
  };

  it.each<[string, FamiliesChange, FamiliesChange, readonly number[] | undefined]>([
    [
      'lead from the last family to the one that is shown',
      changeOf(first, shown, [2, -1, 0, 1]),
      changeOf(second, first, [3, 1]),
      [1, -1],
    ],
    ['pass slots that both keep', changeOf(first, shown), changeOf(second, first), [0, 1]],
    [
      'know slots that the shown family never had',
      changeOf(first, shown),
      changeOf(second, first, [3, 2]),
      [-1, 2],
    ],
    ['bear what only the first one brought', changeOf(first), changeOf(second, first, [0, 1]), undefined],
    ['keep what the second one leaves as it is', changeOf(second, shown, [1, 2]), changeOf(second), [1, 2]],
    ['end what the second one ends', changeOf(first, shown), changeOf(second), undefined],
    ['take over what the first one left as it is', changeOf(shown), changeOf(second, shown, [2, 0]), [2, 0]],
  ])('%s', (_, one, other, expected) => {
    const composed = composeChanges([shown], one, other);
    expect(composed.families).toEqual([second]);
    expect(from(composed)).toEqual(expected);
  });
});

import { describe, expect, it } from 'vitest';

import { matchSlots } from '../../src/labels/match.ts';
import { multiplySpace } from '../../src/labels/multiply.ts';
import { createLabelSpace, listDimension, type LabelSpace } from '../../src/labels/space.ts';
import { atOnce } from '../../src/util/slices.ts';

const spaceOf = (...values: string[]): LabelSpace =>
  createLabelSpace({ dimensions: [listDimension('shop', values)] });
const states = (space: LabelSpace, ...values: string[]): LabelSpace =>
  multiplySpace(space, { ...listDimension('state', values), keyless: true });

describe('slots of the same label set', () => {
  it.each<[string, LabelSpace, LabelSpace, number[]]>([
    ['are found wherever they are', spaceOf('c', 'a'), spaceOf('a', 'b', 'c'), [2, 0]],
    ['are none for what is new', spaceOf('a', 'd'), spaceOf('a', 'b'), [0, -1]],
    [
      'are told apart by their state, too',
      states(spaceOf('b'), 'up', 'down'),
      states(spaceOf('a', 'b'), 'up', 'down'),
      [2, 3],
    ],
    [
      'are found among states in another order',
      states(spaceOf('a'), 'down', 'idle', 'up'),
      states(spaceOf('a'), 'up', 'down'),
      [1, -1, 0],
    ],
  ])('%s', (_name, space, other, expected) => {
    expect([...atOnce(matchSlots(space, other))]).toEqual(expected);
  });
});

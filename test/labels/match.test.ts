import { describe, expect, it } from 'vitest';

import { matchSlots } from '../../src/labels/match.ts';
import { createLabelSpace, type LabelSpace } from '../../src/labels/space.ts';
import { spreadOver } from '../../src/labels/states.ts';
import { atOnce } from '../../src/util/slices.ts';

const shops = (values: readonly string[]) => ({
  name: 'shop',
  count: values.length,
  value: (index: number) => values[index] as string,
});
const spaceOf = (...values: string[]): LabelSpace => createLabelSpace({ dimensions: [shops(values)] });
const states = (space: LabelSpace, ...values: string[]): LabelSpace => spreadOver(space, 'state', values);

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

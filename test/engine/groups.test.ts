import { describe, expect, it } from 'vitest';

import { createGroups } from '../../src/engine/groups.ts';

const members = (text: string) => Uint8Array.from(text, Number);

/** The effects of each slot. */
const bySlot = ({ of, effects }: ReturnType<typeof createGroups>): string[] =>
  [...of].map((group) => [...(effects[group] ?? ['none'])].sort().join(''));

describe('groups of slots', () => {
  it('are one at first, split by each effect, and joined when it goes', () => {
    const groups = createGroups(4);
    expect(bySlot(groups)).toEqual(['', '', '', '']);
    groups.split('a', members('1100'));
    groups.split('b', members('0110'));
    expect(bySlot(groups)).toEqual(['a', 'ab', 'b', '']);
    groups.join('a');
    expect(bySlot(groups)).toEqual(['', 'b', 'b', '']);
    groups.join('b');
    expect(bySlot(groups)).toEqual(['', '', '', '']);
  });

  it('do not grow in number however many effects come and go', () => {
    const groups = createGroups(4);
    groups.split('x', members('1010'));
    for (let i = 0; i < 100; i++) {
      groups.split(`${i}`, members(i % 2 === 0 ? '1111' : '0110'));
      groups.join(`${i}`);
    }
    expect(bySlot(groups)).toEqual(['x', '', 'x', '']);
    expect(groups.effects).toHaveLength(2);
  });

  it('stay as they are when an effect goes that changes none', () => {
    const groups = createGroups(2);
    groups.split('a', members('10'));
    groups.join('b');
    expect(bySlot(groups)).toEqual(['a', '']);
  });
});

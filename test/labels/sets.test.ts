import { describe, expect, it } from 'vitest';

import { createSlotKeys } from '../../src/labels/keys.ts';
import { parseMatchers } from '../../src/labels/matchers.ts';
import { appendSets, formatLabels, identityOf, type LabelSet } from '../../src/labels/sets.ts';
import { createLabelSpace, listDimension, type LabelSpace } from '../../src/labels/space.ts';

const regions = listDimension('region', ['eu', 'us']);
const zones = listDimension('zone', ['a', 'b']);

function setsOf(space: LabelSpace): LabelSet[] {
  return Array.from({ length: space.size }, (_, slot) =>
    Object.fromEntries(space.names.map((name, d) => [name, space.value(slot, d)])),
  );
}

describe('the identity of a label set', () => {
  it.each<[string, LabelSet, LabelSet, boolean]>([
    ['does not depend on the order of labels', { a: 'x', b: 'y' }, { b: 'y', a: 'x' }, true],
    ['depends on which label has which value', { a: 'x', b: 'y' }, { a: 'y', b: 'x' }, false],
    ['takes an empty label for an absent one', { a: 'x', b: '' }, { a: 'x' }, true],
    ['is not fooled by separators', { a: 'x","b":"y' }, { a: 'x', b: 'y' }, false],
  ])('%s', (_, one, other, isSame) => {
    expect(identityOf(one) === identityOf(other)).toBe(isSame);
  });
});

describe('a label set in words', () => {
  it('is what matchers read', () => {
    const set = { region: 'eu "west"', zone: 'a\\b\n' };
    const matchers = parseMatchers(formatLabels(set));
    expect(matchers.every(({ name, matches }) => matches(set[name as keyof typeof set]))).toBe(true);
  });
});

describe('a space with sets behind its own', () => {
  it('has both, and labels that a set lacks are empty', () => {
    const space = appendSets(createLabelSpace({ dimensions: [regions, zones], cap: 2 }), [
      { region: 'ap', zone: 'b' },
      { tier: 'gold', region: 'eu' },
    ]);
    expect(space).toMatchObject({ names: ['region', 'zone', 'tier'], size: 4, product: 6 });
    expect(setsOf(space)).toEqual([
      { region: 'eu', zone: 'a', tier: '' },
      { region: 'eu', zone: 'b', tier: '' },
      { region: 'ap', zone: 'b', tier: '' },
      { region: 'eu', zone: '', tier: 'gold' },
    ]);
  });

  it('may have none of its own', () => {
    const empty = createLabelSpace({ dimensions: [], part: { from: 0, to: 0 } });
    const space = appendSets(empty, [{}, { a: 'x' }]);
    expect(setsOf(space)).toEqual([{ a: '' }, { a: 'x' }]);
  });

  it('gives a set the key that it has anywhere', () => {
    const appended = appendSets(createLabelSpace({ dimensions: [regions] }), [{ zone: 'a', region: 'us' }]);
    const product = createLabelSpace({ dimensions: [zones, regions] });
    const family = { hi: 1, lo: 2 };
    const slot = setsOf(product).findIndex(({ zone, region }) => zone === 'a' && region === 'us');
    const keys = createSlotKeys(family, appended);
    const others = createSlotKeys(family, product);
    expect([keys.hi[2], keys.lo[2]]).toEqual([others.hi[slot], others.lo[slot]]);
  });

  it('changes no key of those before', () => {
    const space = createLabelSpace({ dimensions: [regions, zones] });
    const appended = createSlotKeys({ hi: 3, lo: 4 }, appendSets(space, [{ tier: 'gold' }]));
    expect(appended.hi.subarray(0, 4)).toEqual(createSlotKeys({ hi: 3, lo: 4 }, space).hi);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlotKeys, type KnownHashes } from '../../src/labels/keys.ts';
import { createLabelSpace, listDimension, rangeDimension, type Dimension } from '../../src/labels/space.ts';
import { namedKey } from '../../src/util/key.ts';

/** Keys by label set, written with names in order and without empty values. */
function keysByLabels(
  dimensions: readonly Dimension[],
  options: { cap?: number; family?: string } = {},
): Map<string, string> {
  const space = createLabelSpace({ dimensions, cap: options.cap, sampling: 'hash', permutationKey: 'p' });
  const { hi, lo } = createSlotKeys(namedKey(42, options.family ?? 'f'), space);
  return new Map(
    Array.from({ length: space.size }, (_, slot) => {
      const pairs = space.names
        .map((name, d) => [name, space.value(slot, d)] as const)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `${name}=${value}`);
      return [pairs.toSorted().join(','), `${hi[slot]}:${lo[slot]}`];
    }),
  );
}

const a = listDimension('a', ['x', 'y', 'z']);
const b = rangeDimension('b', 0, 9, String);
const c = listDimension('c', ['1', '2']);

describe('slot keys', () => {
  it('depend on the label set alone, not on the order in which labels are declared', () => {
    expect(keysByLabels([a, b, c])).toEqual(keysByLabels([c, a, b]));
    expect(keysByLabels([a, b, c])).toEqual(keysByLabels([b, c, a]));
  });

  it('stay when values are added, reordered or a cap leaves some out', () => {
    const all = keysByLabels([a, b]);
    const more = keysByLabels([listDimension('a', ['new', 'z', 'y', 'x']), b]);
    const capped = keysByLabels([a, b], { cap: 7 });
    expect(capped.size).toBe(7);
    for (const [labels, key] of all) expect(more.get(labels)).toBe(key);
    for (const [labels, key] of capped) expect(all.get(labels)).toBe(key);
  });

  it('stay when a label has more values than there are slots, which are then hashed one by one', () => {
    const wide = keysByLabels([rangeDimension('b', 0, 1e9, String)], { cap: 20 });
    for (const [labels, key] of wide) {
      const value = labels.slice('b='.length);
      expect(keysByLabels([listDimension('b', [value])]).get(labels)).toBe(key);
    }
  });

  it('take an empty value for an absent label', () => {
    const withEmpty = keysByLabels([listDimension('extra', ['']), a]);
    expect(withEmpty).toEqual(keysByLabels([a]));
  });

  it('of a shard are those of its slots in the whole', () => {
    const whole = createLabelSpace({ dimensions: [a, b] });
    const part = createLabelSpace({ dimensions: [a, b], part: { from: 10, to: 20 } });
    const family = namedKey(1, 'f');
    expect(createSlotKeys(family, part).hi).toEqual(createSlotKeys(family, whole).hi.slice(10, 20));
    expect(createSlotKeys(family, part).lo).toEqual(createSlotKeys(family, whole).lo.slice(10, 20));
  });

  it('of several families ask for each label value once', () => {
    let asked = 0;
    const counted: Dimension = {
      ...a,
      value(index) {
        asked += 1;
        return a.value(index);
      },
    };
    const space = createLabelSpace({ dimensions: [counted, b] });
    const known: KnownHashes = new Map();
    for (const name of ['f', 'g', 'h']) {
      const family = namedKey(1, name);
      expect(createSlotKeys(family, space, undefined, known)).toEqual(
        createSlotKeys(family, createLabelSpace({ dimensions: [a, b] })),
      );
    }
    expect(asked).toBe(a.count);
  });

  it('differ between families, also of one label set', () => {
    const keys = (family: string) => [...keysByLabels([a, b], { family }).values()];
    expect(new Set([...keys('f'), ...keys('g')]).size).toBe(60);
  });

  it('tell apart label sets that look alike when written together', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { minLength: 2, maxLength: 2, selector: String }),
        (sets) => {
          const keys = sets.map(([one, two]) => [
            ...keysByLabels([listDimension('one', [`1${one}`]), listDimension('two', [`2${two}`])]).values(),
          ]);
          const same = sets[0]?.[0] === sets[1]?.[0] && sets[0]?.[1] === sets[1]?.[1];
          expect(String(keys[0]) === String(keys[1])).toBe(same);
        },
      ),
    );
  });

  it('do not collide among 200,000 series', () => {
    const space = createLabelSpace({
      dimensions: [rangeDimension('x', 1, 2000, String), rangeDimension('y', 1, 100, String)],
    });
    const { hi, lo } = createSlotKeys(namedKey(42, 'f'), space);
    const seen = new Set<number>();
    for (let slot = 0; slot < space.size; slot++) {
      seen.add((hi[slot] as number) * 2 ** 21 + ((lo[slot] as number) >>> 11));
    }
    expect(seen.size).toBe(200_000);
  });
});

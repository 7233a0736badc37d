import { describe, expect, it } from 'vitest';
import { labelSetsFields, labelsFields } from '../../src/labels/fields.ts';
import { createLayout, type DeclaredLabels } from '../../src/labels/layout.ts';
import { createLabelSpace, type LabelSpaceOptions } from '../../src/labels/space.ts';

function declared(labels: unknown, sets?: unknown): DeclaredLabels {
  return {
    labels: labelsFields.parse(labels),
    label_sets: sets === undefined ? undefined : labelSetsFields.parse(sets),
  };
}

/** `a=x,b=y` of each slot; empty labels are left out. */
function labelSets(
  profile: DeclaredLabels | undefined,
  own: DeclaredLabels,
  options: Partial<LabelSpaceOptions> = {},
): string[] {
  const space = createLabelSpace({ ...createLayout(profile, own), ...options });
  return Array.from({ length: space.size }, (_, slot) =>
    space.names
      .map((name, d) => [name, space.value(slot, d)])
      .filter(([, value]) => value !== '')
      .map((pair) => pair.join('='))
      .join(','),
  );
}

describe('the labels of a metric', () => {
  const profile = declared({ region: { values: ['eu', 'us'] }, instance: { range: [1, 2] } });

  it("are the profile's, then its own", () => {
    const { dimensions } = createLayout(profile, declared({ code: { values: ['200'] } }));
    expect(dimensions.map(({ name }) => name)).toEqual(['region', 'instance', 'code']);
  });

  it("are its own in the place of the profile's of the same name", () => {
    expect(labelSets(profile, declared({ region: { values: ['ap'] } }))).toEqual([
      'region=ap,instance=1',
      'region=ap,instance=2',
    ]);
  });
});

describe('explicit label sets', () => {
  const sets = [{ device: 'sda', mode: 'rw' }, { device: 'sdb' }, { mode: 'ro', device: 'sda' }];

  it('are the series, in their order', () => {
    expect(labelSets(undefined, declared({}, sets))).toEqual([
      'device=sda,mode=rw',
      'device=sdb',
      'device=sda,mode=ro',
    ]);
  });

  it('are multiplied by labels beside them', () => {
    expect(labelSets(undefined, declared({ node: { range: [1, 2] } }, sets)).slice(0, 3)).toEqual([
      'device=sda,mode=rw,node=1',
      'device=sda,mode=rw,node=2',
      'device=sdb,node=1',
    ]);
  });

  it("take the place of the profile's, and of labels that they name", () => {
    const profile = declared({ mode: { values: ['x', 'y'] } }, [{ disk: 'a' }]);
    expect(labelSets(profile, declared({}, sets))).toHaveLength(3);
  });

  it("may be the profile's, beside labels of the metric's own", () => {
    expect(labelSets(declared({}, sets), declared({ op: { values: ['read', 'write'] } }))).toHaveLength(6);
  });

  it('may be one without labels', () => {
    expect(labelSets(undefined, declared({}, [{}]))).toEqual(['']);
  });

  it('are capped, sampled and cut in shards as a product is', () => {
    const own = declared({ node: { range: [1, 50] } }, sets);
    const whole = labelSets(undefined, own);
    expect(labelSets(undefined, own, { cap: 7 })).toEqual(whole.slice(0, 7));
    const hashed = labelSets(undefined, own, { cap: 40, sampling: 'hash', permutationKey: 'p' });
    expect(new Set(hashed).size).toBe(40);
    expect(whole).toEqual(expect.arrayContaining(hashed));
    const options = { cap: 40, sampling: 'hash', permutationKey: 'p' } as const;
    expect([
      ...labelSets(undefined, own, { ...options, part: { from: 0, to: 13 } }),
      ...labelSets(undefined, own, { ...options, part: { from: 13, to: 40 } }),
    ]).toEqual(hashed);
  });
});

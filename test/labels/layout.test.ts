import { describe, expect, it } from 'vitest';
import { labelSetsFields, labelsFields } from '../../src/labels/fields.ts';
import { createLayout, findLabelProblems, type DeclaredLabels } from '../../src/labels/layout.ts';
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

describe('labels that hang on others', () => {
  const of = (labels: unknown) => labelSets(undefined, declared(labels));

  it('do not multiply the series', () => {
    expect(
      of({
        zone: { of: 'node', values: ['a', 'b'] },
        node: { of: 'pod', cardinality: 3 },
        pod: { cardinality: 4 },
        mode: { values: ['rw', 'ro'] },
      }),
    ).toEqual([
      'zone=a,node=node-1,pod=pod-1,mode=rw',
      'zone=a,node=node-1,pod=pod-1,mode=ro',
      'zone=b,node=node-2,pod=pod-2,mode=rw',
      'zone=b,node=node-2,pod=pod-2,mode=ro',
      'zone=a,node=node-3,pod=pod-3,mode=rw',
      'zone=a,node=node-3,pod=pod-3,mode=ro',
      'zone=a,node=node-1,pod=pod-4,mode=rw',
      'zone=a,node=node-1,pod=pod-4,mode=ro',
    ]);
  });

  it.each([
    ['in turn', {}, [1, 2, 3, 1, 2, 3, 1]],
    ['in runs', { spread: 'blocks' }, [1, 1, 1, 2, 2, 3, 3]],
  ])('are given %s', (_, spread, nodes) => {
    const sets = of({ pod: { range: [1, 7] }, node: { of: 'pod', range: [1, 3], ...spread } });
    expect(sets.map((set) => Number(/node=(\d)/.exec(set)?.[1]))).toEqual(nodes);
  });

  it('are given by chance, the same for a pod however many there are', () => {
    const nodes = (pods: number) =>
      of({ pod: { range: [1, pods] }, node: { of: 'pod', range: [1, 20], spread: 'hash' } });
    expect(nodes(2000).slice(0, 500)).toEqual(nodes(500));
    const counts = new Map<string, number>();
    for (const set of nodes(2000)) {
      const node = set.split(',')[1] as string;
      counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    expect(counts.size).toBe(20);
    expect(Math.min(...counts.values())).toBeGreaterThan(60);
    expect(Math.max(...counts.values())).toBeLessThan(150);
  });

  it('are looked up', () => {
    expect(
      of({
        region: { values: ['eu', 'us', 'ap'] },
        cloud: { of: 'region', map: { eu: 'a', us: 'b', ap: 'a' } },
      }),
    ).toEqual(['region=eu,cloud=a', 'region=us,cloud=b', 'region=ap,cloud=a']);
  });

  it("are texts of others' values, with a number of their own that multiplies", () => {
    expect(
      of({
        service: { values: ['web', 'db'] },
        pod: { template: '{service}-{n:02d}', range: [9, 10] },
        address: { template: '{{{pod}}}:80' },
      }),
    ).toEqual([
      'service=web,pod=web-09,address={web-09}:80',
      'service=web,pod=web-10,address={web-10}:80',
      'service=db,pod=db-09,address={db-09}:80',
      'service=db,pod=db-10,address={db-10}:80',
    ]);
  });

  it('hang on explicit sets, and on labels of the profile', () => {
    const own = declared({ team: { of: 'app', map: { shop: 'a', mail: 'b' } } });
    expect(labelSets(declared({}, [{ app: 'shop' }, { app: 'mail', tier: '1' }]), own)).toEqual([
      'app=shop,team=a',
      'app=mail,tier=1,team=b',
    ]);
  });

  it.each([
    [
      'a label that is not there',
      { node: { of: 'pot', range: [1, 2] }, pod: { range: [1, 2] } },
      'node.of: names the label pot, which the series have not; there are pod',
    ],
    [
      'each other',
      { a: { of: 'b', range: [1, 2] }, b: { template: '{a}' } },
      'a.of: hangs on b, which hangs on it in turn',
    ],
    ['itself', { a: { template: 'x{a}' } }, 'a.template: hangs on a, which hangs on it in turn'],
    [
      'values that a map has not',
      { r: { values: ['x', 'y'] }, c: { of: 'r', map: { x: '1' } } },
      'c.map: has no value for r "y"',
    ],
    [
      'values that do not occur',
      { r: { values: ['x'] }, c: { of: 'r', map: { x: '1', z: '2' } } },
      'c.map: has "z", which r is never; it is "x"',
    ],
  ])('do not hang on %s', (_, labels, message) => {
    const [first] = findLabelProblems(undefined, declared(labels));
    expect(`${first?.label}.${first?.key}: ${first?.message}`).toBe(message);
  });

  it('leave the choice of series to those that multiply', () => {
    const base = { pod: { range: [1, 1000] }, mode: { range: [1, 8] } };
    const options = { cap: 100, sampling: 'hash', permutationKey: 'p' } as const;
    const without = labelSets(undefined, declared(base), options);
    const withNode = labelSets(undefined, declared({ ...base, node: { of: 'pod', range: [1, 9] } }), options);
    expect(withNode.map((set) => set.replace(/,node=\d+$/, ''))).toEqual(without);
  });
});

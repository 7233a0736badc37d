import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelSetsFields, labelsFields, profileFields } from '../../src/labels/fields.ts';
import { createLayout } from '../../src/labels/layout.ts';
import { translateLabel } from '../../src/wire/names.ts';

function messages(result: {
  error?: { issues: readonly { path: PropertyKey[]; message: string }[] } | undefined;
}): string[] {
  return (result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function valuesOf(label: unknown): string[] {
  const [dimension] = createLayout(undefined, { labels: labelsFields.parse({ l: label }) }).dimensions;
  if (dimension === undefined) throw new Error('no dimension');
  return Array.from({ length: dimension.count }, (_, index) => dimension.value(index));
}

describe('the values of a label', () => {
  it.each([
    ['texts', { values: ['a', 'b'] }, ['a', 'b']],
    ['integers', { values: [200, 404] }, ['200', '404']],
    ['booleans', { values: [true, false] }, ['true', 'false']],
    ['an empty text, which is an absent label', { values: ['', 'a'] }, ['', 'a']],
    ['an inclusive range', { range: [1, 3] }, ['1', '2', '3']],
    ['a range of one', { range: [5, 5] }, ['5']],
    ['a range through zero', { range: [-1, 1] }, ['-1', '0', '1']],
    ['a printf format', { range: [9, 10], fmt: 'pod-%03d' }, ['pod-009', 'pod-010']],
    ['a brace format', { range: [9, 10], fmt: 'web-{}' }, ['web-9', 'web-10']],
    ['a cardinality', { cardinality: 3 }, ['l-1', 'l-2', 'l-3']],
    ['a cardinality with a format', { cardinality: 2, fmt: '%02d' }, ['01', '02']],
  ])('are %s', (_, label, expected) => {
    expect(valuesOf(label)).toEqual(expected);
  });

  it.each([
    ['a reversed range', { range: [3, 1] }, 'l.range: is reversed: [3, 1] holds no number; write [1, 3]'],
    ['no value at all', { values: [] }, 'l.values: '],
    ['values that repeat', { values: ['a', 'b', 'a'] }, 'l.values.2: "a" is there already (values[0])'],
    ['a number that repeats a text', { values: ['200', 200] }, 'l.values.1: "200" is there already'],
    ['both values and a range', { values: ['a'], range: [1, 2] }, 'l: has both values and a range'],
    ['neither values nor a range', {}, 'l: needs values or a range'],
    ['a format without a range', { values: ['a'], fmt: '%d' }, 'l.fmt: writes the numbers of a range'],
    ['a format that cannot be', { range: [1, 2], fmt: 'pod' }, 'l.fmt: the format "pod" has no place'],
    [
      'a format beside a template',
      { template: '{n}', range: [1, 2], fmt: '{}' },
      'l.fmt: writes the numbers',
    ],
    [
      'both a range and a cardinality',
      { range: [1, 2], cardinality: 2 },
      'l: has both range and cardinality',
    ],
    ['values and a file', { values: ['a'], values_file: 'x' }, 'l: has both values and a values_file'],
    [
      'a file where none can be read',
      { values_file: 'x' },
      'l.values_file: is read with a file of configuration',
    ],
    ['a map of nothing', { map: { a: 'b' } }, 'l.map: gives a value for each one of `of`'],
    ['a spread of nothing', { range: [1, 2], spread: 'hash' }, 'l.spread: says how values hang on `of`'],
    ['an unknown spread', { range: [1, 2], of: 'x', spread: 'odd' }, 'l.spread: '],
    ['a template beside of', { template: '{x}', of: 'x' }, 'l.of: stands beside template'],
    [
      'a template with a number of nothing',
      { template: 'a-{n}' },
      'l.template: has {n}, and there is no range',
    ],
    ['a template without the number', { template: '{x}', range: [1, 2] }, 'l.template: has no {n}'],
    ['a template with a lone brace', { template: '{x' }, 'l.template: "{x" has a lone {'],
    [
      'a template with a strange name',
      { template: '{a b}' },
      'l.template: "{a b}" has {a b}; in braces goes',
    ],
    [
      'a template with a wrong format',
      { template: '{n:zz}', range: [1, 2] },
      'l.template: the format "{:zz}" is wrong',
    ],
    ['a range of fractions', { range: [1, 2.5] }, 'l.range.1: '],
    ['a range of three', { range: [1, 2, 3] }, 'l.range: '],
    ['half of a surrogate pair', { values: ['\ud800'] }, 'l.values.0: is not valid Unicode'],
    ['an unknown key', { value: ['a'] }, 'l: Unrecognized key: "value"'],
  ])('are not %s', (_, label, message) => {
    expect(messages(labelsFields.safeParse({ l: label })).join('\n')).toContain(message);
  });
});

describe('a label name', () => {
  it.each(['a', 'A9', 'http_status', 'a__b', 'job', 'instance', 'le'])('may be %s', (name) => {
    expect(labelsFields.safeParse({ [name]: { values: ['x'] } }).success).toBe(true);
  });

  it.each(['', '9a', 'a-b', 'http.status', 'ä', 'a b', '__name__', '__x', '_x', 'otel_scope_name'])(
    'may not be %j',
    (name) => {
      expect(labelsFields.safeParse({ [name]: { values: ['x'] } }).success).toBe(false);
    },
  );

  it('is one that no backend renames on the OTLP path', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9_.]{1,12}$/), (name) => {
        const accepted = labelsFields.safeParse({ [name]: { values: ['x'] } }).success;
        fc.pre(accepted);
        expect(translateLabel(name)).toBe(name);
      }),
    );
  });
});

describe('a profile', () => {
  it('takes the first label sets of all, unless told otherwise', () => {
    expect(profileFields.parse({})).toEqual({ labels: {}, sampling_strategy: 'first_n' });
  });

  it.each([
    [
      'without a cap',
      { zipf_alpha: 1, sampling_strategy: 'hash' },
      'zipf_alpha: skews which series a series_cap keeps, and there is none',
    ],
    [
      'of the first',
      { zipf_alpha: 1, series_cap: 5 },
      'zipf_alpha: skews the choice of sampling_strategy hash; it is first_n',
    ],
    [
      'of a negative exponent',
      { zipf_alpha: -1, series_cap: 5, sampling_strategy: 'hash' },
      'zipf_alpha: Too small',
    ],
  ])('refuses a skew %s', (_, profile, message) => {
    expect(messages(profileFields.safeParse(profile)).join('\n')).toContain(message);
  });

  it.each([0, -3, 1.5, '5'])('refuses the cap %j', (cap) => {
    expect(messages(profileFields.safeParse({ series_cap: cap }))).toHaveLength(1);
  });
});

describe('explicit label sets', () => {
  it.each([
    ['a set twice', [{ a: 'x' }, { a: 'x' }], '1: is the label set of label_sets[0]'],
    [
      'a set twice in another order',
      [{ a: 'x', b: 'y' }, { a: 'z' }, { b: 'y', a: 'x' }],
      '2: is the label set of label_sets[0]',
    ],
    ['a number that repeats a text', [{ a: '1' }, { a: 1 }], '1: is the label set of'],
    ['an empty label beside an absent one', [{ a: 'x', b: '' }, { a: 'x' }], '1: is the label set of'],
    ['two sets without labels', [{}, {}], '1: is the label set of'],
    ['no set at all', [], ': Too small'],
    ['a name that is none', [{ '9': 'x' }], '0.9: '],
  ])('are not %s', (_, sets, message) => {
    expect(messages(labelSetsFields.safeParse(sets)).join('\n')).toContain(message);
  });

  it('are compared with names', () => {
    const sets = [{ a: 'x', b: 'y' }, { a: 'y', b: 'x' }, { a: 'x' }, { b: 'x' }, {}];
    expect(labelSetsFields.parse(sets)).toEqual(sets);
  });
});

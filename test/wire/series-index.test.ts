// Label sets that backends take for the same are found again; others never are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Label } from '../../src/wire/page.ts';
import { createSampleReader } from '../../src/wire/sample.ts';
import { createSeriesIndex, hashOfLabels } from '../../src/wire/series-index.ts';
import { escapeLabelValue } from '../../src/wire/text.ts';
import { labelValues } from '../support/arbitraries.ts';

const labelsOf = (set: Readonly<Record<string, string>>): Label[] =>
  Object.entries(set).map(([name, value]) => ({ name, value }));

describe('a label set', () => {
  const index = createSeriesIndex<{ labels: readonly Label[] }>();
  const first = { labels: labelsOf({ a: '1', b: '2', c: '' }) };
  index.set(hashOfLabels(first.labels), first);

  it.each<[string, Record<string, string>, boolean]>([
    ['as it was', { a: '1', b: '2', c: '' }, true],
    ['in another order', { c: '', b: '2', a: '1' }, true],
    ['without an empty label', { a: '1', b: '2' }, true],
    ['with another empty label', { a: '1', b: '2', d: '' }, true],
    ['with values turned round', { a: '2', b: '1' }, false],
    ['with one label less', { a: '1' }, false],
    ['with one label more', { a: '1', b: '2', c: '3' }, false],
    ['without labels', {}, false],
  ])('%s, %j, is found: %s', (_, set, isFound) => {
    const labels = labelsOf(set);
    expect(index.get(hashOfLabels(labels), labels)).toBe(isFound ? first : undefined);
  });

  it('of the same hash as another is not taken for it', () => {
    const other = { labels: labelsOf({ a: '9' }) };
    const hash = hashOfLabels(first.labels);
    expect(index.get(hash, other.labels)).toBeUndefined();
    index.set(hash, other);
    expect(index.get(hash, other.labels)).toBe(other);
    expect(index.get(hash, first.labels)).toBe(first);
  });

  it('that is set again has what was set last', () => {
    const again = { labels: labelsOf({ b: '2', a: '1' }) };
    index.set(hashOfLabels(again.labels), again);
    expect(index.get(hashOfLabels(first.labels), first.labels)).toBe(again);
  });
});

it('ten thousand label sets that differ in one digit each are all told apart', () => {
  const index = createSeriesIndex<{ labels: readonly Label[]; i: number }>();
  const sets = Array.from({ length: 10_000 }, (_, i) => ({
    i,
    labels: labelsOf({ x: `v${Math.floor(i / 100)}`, y: `v${i % 100}` }),
  }));
  for (const set of sets) {
    expect(index.get(hashOfLabels(set.labels), set.labels)).toBeUndefined();
    index.set(hashOfLabels(set.labels), set);
  }
  for (const { i, labels } of sets) expect(index.get(hashOfLabels(labels), labels)?.i).toBe(i);
});

it('hashes of labels are those that a reader works out from their bytes', () => {
  const readSample = createSampleReader('text');
  const names = fc.constantFrom('a', 'b_1', 'Zone', '__x');
  fc.assert(
    fc.property(fc.dictionary(names, labelValues, { maxKeys: 4 }), (set) => {
      const text = Object.entries(set).map(([name, value]) => `${name}="${escapeLabelValue(value)}"`);
      const { labels, hash } = readSample(Buffer.from(`m{${text.join(',')}} 1\n`), 0);
      expect(labels).toEqual(labelsOf(set));
      expect(hash).toBe(hashOfLabels(labels));
    }),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLabelSpace, listDimension, rangeDimension, type LabelSpace } from '../../src/labels/space.ts';
import { measureLabels, prepareLabels, SEGMENT_SLOTS, type LabelBytes } from '../../src/wire/labels.ts';
import { labelValues } from '../support/arbitraries.ts';
import { createRowSpace } from '../support/frames.ts';

function prepare(space: LabelSpace): LabelBytes {
  const steps = prepareLabels(space);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

function textOf(labels: LabelBytes, slot: number): string {
  const { view, starts, ends } = labels.segment(Math.floor(slot / SEGMENT_SLOTS));
  const index = slot % SEGMENT_SLOTS;
  const [from, to] = [starts[index] as number, ends[index] as number];
  return Buffer.from(view.buffer, view.byteOffset + from, to - from).toString();
}

const slots = (labels: LabelBytes): string[] =>
  Array.from({ length: labels.size }, (_, slot) => textOf(labels, slot));

describe('label bytes', () => {
  it('are the labels of each slot in order, of values that recur and of values that do not', () => {
    const space = createLabelSpace({
      cap: 10_000,
      sampling: 'hash',
      permutationKey: 'test',
      dimensions: [listDimension('zone', ['ä', 'b"']), rangeDimension('pod', 1, 1e9, (i) => `pod-${i}`)],
    });
    const expected = Array.from({ length: space.size }, (_, slot) => {
      const zone = space.value(slot, 0).replace('"', '\\"');
      return `zone="${zone}",pod="${space.value(slot, 1)}"`;
    });
    expect(slots(prepare(space))).toEqual(expected);
  });

  it('of a space without labels are empty', () => {
    expect(slots(prepare(createLabelSpace({ dimensions: [] })))).toEqual(['']);
  });

  it('hold the text and eight bytes a slot', () => {
    const space = createLabelSpace({ dimensions: [rangeDimension('pod', 100_000, 199_999, String)] });
    const text = 'pod="100000"'.length;
    expect(measureLabels(space, 7)).toBe(text);
    expect(prepare(space).bytes() / space.size - 8).toBeCloseTo(text, 0);
  });

  it('keep every other slot when one is replaced, whatever came before, without growing for ever', () => {
    const rows = Array.from({ length: 40 }, (_, i) => [`value-${i}`, 'x'.repeat(i)]);
    const replacements = fc.array(fc.tuple(fc.nat(rows.length - 1), labelValues), { maxLength: 60 });
    fc.assert(
      fc.property(replacements, (list) => {
        const labels = prepare(createRowSpace(['a', 'b'], rows));
        const expected = rows.map(([a, b]) => `a="${a}",b="${b}"`);
        for (const [slot, value] of list) {
          labels.setSlot(slot, [['c', value]]);
          expected[slot] =
            `c="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
          expect(textOf(labels, slot)).toBe(Buffer.from(expected[slot]).toString());
        }
        expect(slots(labels)).toEqual(expected.map((text) => Buffer.from(text).toString()));
      }),
      { numRuns: 50 },
    );
    const labels = prepare(createRowSpace(['a', 'b'], rows));
    const before = labels.bytes();
    for (let i = 0; i < 10_000; i++) labels.setSlot(i % rows.length, [['a', `value-${i}`]]);
    expect(labels.bytes()).toBeLessThan(2 * before);
  });
});

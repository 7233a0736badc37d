import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLabelSpace, listDimension, rangeDimension, type LabelSpace } from '../../src/labels/space.ts';
import { createLabelStore, measureLabels, prepareLabels } from '../../src/wire/labels.ts';
import { SEGMENT_SLOTS, type Segment, type SlotBytes } from '../../src/wire/segments.ts';
import { labelValues } from '../support/arbitraries.ts';
import { createFrame, createRowSpace } from '../support/frames.ts';

function run<T>(steps: Generator<void, T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

const prepare = (space: LabelSpace): SlotBytes => run(prepareLabels(space));

function slots(segments: readonly Segment[]): string[] {
  return segments.flatMap(({ bytes, starts, ends, stems: { of, lengths } }) =>
    Array.from(starts, (start, i) => {
      const stem = starts[of[i] as number] as number;
      return Buffer.concat([
        bytes.subarray(stem, stem + (lengths[i] as number)),
        bytes.subarray(start, ends[i]),
      ]).toString();
    }),
  );
}

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
    expect(slots(prepare(space).segments)).toEqual(expected);
  });

  it('of a space without labels are empty', () => {
    expect(slots(prepare(createLabelSpace({ dimensions: [] })).segments)).toEqual(['']);
  });

  it('keep once what slots and those before them begin with', () => {
    const space = createLabelSpace({
      dimensions: [
        listDimension('region', ['eu-west-1', 'us-east-1']),
        rangeDimension('path', 1, 50, (i) => `/api/v1/resource/${i}`),
        rangeDimension('pod', 1, 100, (i) => `pod-${String(i).padStart(5, '0')}`),
      ],
    });
    const labels = prepare(space);
    expect(slots(labels.segments)).toEqual(
      Array.from({ length: space.size }, (_, slot) =>
        space.names.map((name, d) => `${name}="${space.value(slot, d)}"`).join(),
      ),
    );
    expect(measureLabels(space, 7)).toBe(60);
    // Four bytes say where a slot's own bytes are, four which stem it has and how much of it; of its own it has the pod's digits.
    expect(labels.byteLength / space.size).toBeLessThan(15);
  });

  const texts = fc.array(fc.stringMatching(/^[aäb€🐦"]{0,40}$/u), { minLength: 1, maxLength: 60 });

  it('with and without stems say the same, whatever the values', () => {
    fc.assert(
      fc.property(texts, texts, (first, second) => {
        const space = createLabelSpace({
          dimensions: [listDimension('a', first), listDimension('b', second)],
        });
        expect(slots(prepare(space).segments)).toEqual(
          Array.from({ length: space.size }, (_, slot) =>
            ['a', 'b'].map((name, d) => `${name}="${space.value(slot, d).replaceAll('"', '\\"')}"`).join(),
          ),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('hold the text and four bytes a slot where neighbours have little in common', () => {
    const space = createLabelSpace({ dimensions: [rangeDimension('pod', 100_000, 199_999, String)] });
    const text = 'pod="100000"'.length;
    expect(measureLabels(space, 7)).toBe(text);
    expect(prepare(space).byteLength / space.size - 4).toBeCloseTo(text, 0);
  });
});

describe('labels that turn over', () => {
  const escaped = (value: string): string =>
    Buffer.from(value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')).toString();
  const texts = (space: LabelSpace): string[] =>
    Array.from({ length: space.size }, (_, slot) =>
      space.names.map((name, d) => `${name}="${escaped(space.value(slot, d))}"`).join(),
    );
  const rowsOf = (count: number): string[][] =>
    Array.from({ length: count }, (_, i) => [`value-${i}`, 'x'.repeat(i % 40)]);

  it('are caught up with, and whoever has the segments of before still reads what was then', () => {
    const turns = fc.array(fc.array(fc.tuple(fc.nat(39), labelValues), { maxLength: 20 }), { maxLength: 8 });
    fc.assert(
      fc.property(turns, (rounds) => {
        const space = createRowSpace(['a', 'b'], rowsOf(40), 'b');
        const labels = prepare(space);
        const seen = [{ segments: labels.segments, expected: texts(space) }];
        for (const round of rounds) {
          for (const [slot, value] of round) space.turn(slot, value);
          expect(run(labels.sync())).toBe(round.length > 0);
          seen.push({ segments: labels.segments, expected: texts(space) });
        }
        for (const { segments, expected } of seen) expect(slots(segments)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('of many segments change only the segments that they are in', () => {
    const space = createRowSpace(['a', 'b'], rowsOf(3 * SEGMENT_SLOTS), 'b');
    const labels = prepare(space);
    const before = labels.segments;
    for (const slot of [1, SEGMENT_SLOTS - 1, 2 * SEGMENT_SLOTS]) space.turn(slot, 'other');
    run(labels.sync());
    expect(labels.segments.map((segment, i) => segment === before[i])).toEqual([false, true, false]);
    expect(slots(labels.segments)).toEqual(texts(space));
    expect(slots(before)).toEqual(texts(createRowSpace(['a', 'b'], rowsOf(3 * SEGMENT_SLOTS))));
  });

  it('take no more memory however often they do', () => {
    const space = createRowSpace(['a', 'b'], rowsOf(400), 'b');
    const labels = prepare(space);
    const before = labels.byteLength;
    for (let i = 0; i < 5000; i++) {
      space.turn((i * 7) % 400, `value-${i % 100}`);
      run(labels.sync());
    }
    expect(slots(labels.segments)).toEqual(texts(space));
    expect(labels.byteLength).toBeLessThan(1.3 * before);
  });

  it('that did so while bytes were made are in the next ones', () => {
    const space = createRowSpace(['a', 'b'], rowsOf(2 * SEGMENT_SLOTS), 'b');
    const steps = prepareLabels(space);
    steps.next();
    space.turn(3, 'other');
    const labels = run(steps);
    run(labels.sync());
    expect(slots(labels.segments)).toEqual(texts(space));
    expect(run(labels.sync())).toBe(false);
  });
});

describe('a store of labels', () => {
  it('keeps the bytes of families that go on, makes those of new ones, lets go of the others', () => {
    const [one, two, three] = createFrame(
      ['one', 'two', 'three'].map((name) => ({
        name,
        type: 'gauge',
        series: [{ labels: { name }, value: 1 }],
      })),
    ).families.map(({ family }) => family);
    if (one === undefined || two === undefined || three === undefined) throw new Error('no families');
    const store = createLabelStore();
    run(store.follow([one, two]));
    const before = store.current;
    run(store.follow([two, three, { ...two, name: 'again' }]));
    expect(Array.from(store.current.keys())).toEqual([two.labels, three.labels]);
    expect(store.current.get(two.labels)).toBe(before.get(two.labels));
    expect(before.has(one.labels)).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createScalarColumn, type HistogramColumn, type SummaryColumn } from '../../src/series/column.ts';
import type { Family } from '../../src/series/family.ts';
import { birthOf, isPresent, type FamilyFrame, type Frame } from '../../src/series/frame.ts';
import { createSnapshot } from '../../src/series/snapshot.ts';
import { BIRTH_MS, createFrame, nextFrame, type FamilyInput } from '../support/frames.ts';

const neverYield = (): Promise<void> => Promise.reject(new Error('yielded'));

const counter: FamilyInput = {
  name: 'requests',
  type: 'counter',
  series: [
    { labels: { zone: 'a' }, value: 7 },
    { labels: { zone: 'b' }, value: Number.MAX_SAFE_INTEGER },
  ],
};
const gauge: FamilyInput = {
  name: 'level',
  type: 'gauge',
  series: [{ value: -0 }],
};
const histogram: FamilyInput = {
  name: 'latency',
  type: 'histogram',
  bounds: [0.1, 1],
  series: [
    { labels: { zone: 'a' }, counts: [1, 2, 3], sum: 9.5 },
    { labels: { zone: 'b' }, counts: [0, 0, 0], sum: 0 },
  ],
};
const summary: FamilyInput = {
  name: 'size',
  type: 'summary',
  quantiles: [0.5, 0.99],
  series: [
    { labels: { zone: 'a' }, quantiles: [1.5, 8], count: 12, sum: 20 },
    { labels: { zone: 'b' }, quantiles: [Number.NaN, Number.NaN], count: 0, sum: 0 },
  ],
};

/** All that a frame shows, as plain values. */
function contents(frame: Frame) {
  return {
    times: [frame.tick, frame.modelMs, frame.wallMs],
    families: frame.families.map((entry) => ({
      name: entry.family.name,
      slots: Array.from({ length: entry.family.size }, (_, slot) => ({
        present: isPresent(entry, slot),
        birth: birthOf(entry, slot),
        numbers: numbersOf(entry, slot),
      })),
    })),
  };
}

function numbersOf({ family, column }: FamilyFrame, slot: number): number[] {
  switch (column.kind) {
    case 'scalar':
      return [column.values[slot] as number];
    case 'histogram':
      return [
        ...column.counts.subarray(slot * column.width, (slot + 1) * column.width),
        column.sums[slot] as number,
      ];
    case 'summary': {
      const quantiles = new Float64Array(family.quantiles.length + 1);
      column.readQuantiles(slot, quantiles, 1);
      return [...quantiles.subarray(1), column.counts[slot] as number, column.sums[slot] as number];
    }
  }
}

const snapshotOf = (frame: Frame) => createSnapshot(frame.families.map(({ family }) => family));

describe('a snapshot', () => {
  it('belongs to no tick before the first copy', () => {
    expect(createSnapshot([]).tick).toBe(-1);
  });

  it.each([counter, gauge, histogram, summary])('takes over a $type whole', async (input) => {
    const frame = createFrame([input], { tick: 3, modelMs: 30, wallMs: 40 });
    const snapshot = snapshotOf(frame);
    await snapshot.copy(frame, neverYield);
    expect(contents(snapshot)).toEqual(contents(frame));
    expect(contents(snapshot).times).toEqual([3, 30, 40]);
  });

  it('stays as it was while the frame goes on', async () => {
    const inputs = [counter, gauge, histogram, summary];
    const frame = createFrame(inputs, { tick: 1 });
    const snapshot = snapshotOf(frame);
    await snapshot.copy(frame, neverYield);
    const before = contents(snapshot);
    nextFrame(frame, [
      { ...counter, series: counter.series.map((one) => ({ ...one, value: 1, birthMs: 5 })) },
      { ...gauge, series: gauge.series.map((one) => ({ ...one, value: 1, present: false })) },
      { ...histogram, series: histogram.series.map((one) => ({ ...one, counts: [9, 9, 9], sum: 9 })) },
      { ...summary, series: summary.series.map((one) => ({ ...one, quantiles: [9, 9], count: 9, sum: 9 })) },
    ]);
    expect(contents(snapshot)).toEqual(before);
  });

  it('writes every copy into the same buffers', async () => {
    const inputs = [counter, histogram, summary];
    const absent = inputs.map((input) => withFirst(input, { present: false, birthMs: 5 }));
    const frame = createFrame(absent, { tick: 1 });
    const snapshot = snapshotOf(frame);
    await snapshot.copy(frame, neverYield);
    const buffers = snapshot.families.flatMap((entry) => [entry, ...buffersOf(entry)]);
    await snapshot.copy(nextFrame(frame, absent), neverYield);
    expect(snapshot.tick).toBe(2);
    for (const [index, buffer] of snapshot.families
      .flatMap((entry) => [entry, ...buffersOf(entry)])
      .entries())
      expect(buffer).toBe(buffers[index]);
  });

  it('takes over presence and births when there are any, and lets go of them when there are none', async () => {
    const some = withFirst(withFirst(counter, { present: false }), { birthMs: 99 });
    let frame = createFrame([counter], { tick: 1 });
    const snapshot = snapshotOf(frame);
    const seen: unknown[] = [];
    for (const input of [counter, some, counter, some]) {
      frame = nextFrame(frame, [input]);
      await snapshot.copy(frame, neverYield);
      const [entry] = snapshot.families;
      seen.push([entry?.presence, entry?.births]);
    }
    const none = [undefined, undefined];
    const both = [Uint8Array.of(0, 1), Float64Array.of(99, BIRTH_MS)];
    expect(seen).toEqual([none, both, none, both]);
  });

  it('takes over a new birth of the whole family', async () => {
    const frame = createFrame([counter]);
    const snapshot = snapshotOf(frame);
    await snapshot.copy(frame, neverYield);
    await snapshot.copy(nextFrame(frame, [{ ...counter, birthMs: 12_345 }]), neverYield);
    expect(snapshot.families[0]?.birthMs).toBe(12_345);
  });

  it('of any values is equal to them, bit for bit', async () => {
    const rows = fc.array(fc.tuple(fc.double(), fc.boolean(), fc.option(fc.nat(1e6), { nil: undefined })), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(rows, rows, async (first, second) => {
        const input = (values: typeof first): FamilyInput => ({
          name: 'level',
          type: 'gauge',
          series: Array.from({ length: first.length }, (_, slot) => {
            const [value, present, birthMs] = values[slot] ?? [0, true, undefined];
            return {
              labels: { slot: `${slot}` },
              value,
              present,
              ...(birthMs === undefined ? {} : { birthMs }),
            };
          }),
        });
        const frame = createFrame([input(first)]);
        const snapshot = snapshotOf(frame);
        for (const next of [frame, nextFrame(frame, [input(second)])]) {
          await snapshot.copy(next, neverYield);
          expect(contents(snapshot)).toEqual(contents(next));
        }
      }),
    );
  });

  it('of a long frame yields on the way, about every sixteen megabytes', async () => {
    const [small] = createFrame([gauge]).families;
    const family: Family = { ...(small as FamilyFrame).family, size: 4_500_000 };
    const column = createScalarColumn(family);
    column.values.fill(1);
    column.values[4_499_999] = 2;
    const frame: Frame = {
      tick: 1,
      modelMs: 0,
      wallMs: 0,
      families: [{ family, column, presence: undefined, births: undefined, birthMs: 0, turned: undefined }],
    };
    const snapshot = createSnapshot([family]);
    const copy = snapshot.families[0]?.column as typeof column;
    const copied: number[] = [];
    await snapshot.copy(frame, () => {
      copied.push(copy.values.indexOf(0));
      return Promise.resolve();
    });
    expect(copied).toEqual([2_000_000, 4_000_000]);
    expect(copy.values.at(-1)).toBe(2);
  });

  it('of many sketches yields sooner: reading one takes longer than copying a number', async () => {
    const [small] = createFrame([summary]).families;
    const family: Family = { ...(small as FamilyFrame).family, size: 5000 };
    const column: SummaryColumn = {
      kind: 'summary',
      counts: new Float64Array(5000),
      sums: new Float64Array(5000),
      readQuantiles: (slot, out, at) => out.set([slot, -slot], at),
    };
    const frame: Frame = {
      tick: 1,
      modelMs: 0,
      wallMs: 0,
      families: [{ family, column, presence: undefined, births: undefined, birthMs: 0, turned: undefined }],
    };
    const snapshot = createSnapshot([family]);
    let yields = 0;
    await snapshot.copy(frame, () => {
      yields += 1;
      return Promise.resolve();
    });
    expect(yields).toBe(2);
    expect(numbersOf(snapshot.families[0] as FamilyFrame, 4999)).toEqual([4999, -4999, 0, 0]);
  });
});

/** The same family, its first series changed. */
function withFirst(input: FamilyInput, change: { present?: boolean; birthMs?: number }): FamilyInput {
  const series = input.series.map((one, slot) => (slot === 0 ? { ...one, ...change } : one));
  return { ...input, series } as FamilyInput;
}

function buffersOf({ column, presence, births }: FamilyFrame): unknown[] {
  const own = column.kind === 'scalar' ? [column.values] : [column.counts, (column as HistogramColumn).sums];
  return [column, presence, births, ...own];
}

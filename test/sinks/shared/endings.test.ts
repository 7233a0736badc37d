import { describe, expect, it } from 'vitest';

import type { Family } from '../../../src/series/family.ts';
import { createEndings, type MakeEnd } from '../../../src/sinks/shared/endings.ts';
import { atOnce } from '../../../src/util/slices.ts';
import type { EndedSeries } from '../../../src/wire/otlp.ts';
import { BIRTH_MS, changeBetween, createFrame, nextFrame, type FamilyInput } from '../../support/frames.ts';

/** A family whose slots have these pods; null for one that is absent. `kind` makes it another family. */
const up = (pods: readonly (string | null)[], more: Partial<FamilyInput> = {}): FamilyInput =>
  ({
    name: 'up',
    type: 'gauge',
    turnover: 'pod',
    series: pods.map((pod, slot) => ({
      labels: { pod: pod ?? '', slot: `${slot}` },
      value: 1,
      present: pod !== null,
    })),
    ...more,
  }) as FamilyInput;

/** Ticks as they come; an export after those with a number. Gives what each export told, as `export 3: a at 2 s`. */
function tell(ticks: readonly (readonly FamilyInput[])[], exports: readonly number[]): string[] {
  const named = new Map<EndedSeries, string>();
  /** As an encoder that caught up with labels at the last export. */
  const texts = new Map<Family, readonly string[]>();
  const textsOf = ({ labels, size }: Family): readonly string[] =>
    Array.from({ length: size }, (_, slot) => labels.value(slot, 0));
  const endsOf = (family: Family): MakeEnd => {
    const pods = texts.get(family) ?? [];
    return (slot, timeMs) => {
      const ended = { timeMs } as EndedSeries;
      named.set(ended, `${pods[slot]} at ${(timeMs - BIRTH_MS) / 1000} s`);
      return ended;
    };
  };
  const told: string[] = [];
  let frame = createFrame(ticks[0] ?? [], { tick: 0 });
  const first = frame.families.map(({ family }) => family);
  for (const family of first) texts.set(family, textsOf(family));
  const endings = createEndings(first, endsOf);
  for (const [tick, inputs] of ticks.entries()) {
    const next = nextFrame(frame, inputs, { tick });
    const change = changeBetween(frame, next, inputs);
    if (change !== undefined) {
      atOnce(endings.change(change));
      for (const family of change.families) if (!texts.has(family)) texts.set(family, textsOf(family));
    }
    frame = next;
    atOnce(endings.tick(frame));
    if (!exports.includes(tick)) continue;
    const points = endings.points();
    const ended = atOnce(endings.take());
    const shown = frame.families.flatMap(({ presence, family }) =>
      Array.from(presence ?? { length: family.size }, (one) => one ?? 1),
    );
    expect(points, `points of export ${tick}`).toBe(ended.length + shown.filter((one) => one === 1).length);
    for (const one of ended) told.push(`export ${tick}: ${named.get(one)}`);
    for (const { family } of frame.families) texts.set(family, textsOf(family));
  }
  return told;
}

describe('an end is told', () => {
  it.each<[string, (readonly FamilyInput[])[], number[], string[]]>([
    [
      'of a slot that has another series now, with the labels from before',
      [[up(['a', 'b'])], [up(['c', 'b'])]],
      [0, 1],
      ['export 1: a at 1 s'],
    ],
    [
      'of the series that was sent, whatever was there since',
      [[up(['a'])], [up(['b'])], [up(['c'])]],
      [0, 2],
      ['export 2: a at 1 s'],
    ],
    [
      'at the time when it went, if another one comes later',
      [[up(['a', 'x'])], [up([null, 'x'])], [up(['b', 'x'])]],
      [0, 2],
      ['export 2: a at 1 s'],
    ],
    ['not of one that was never sent', [[up(['a'])], [up(['b'])], [up(['c'])]], [2], []],
    [
      'once, however many exports follow',
      [[up(['a'])], [up(['b'])], [up(['b'])], [up(['b'])]],
      [0, 1, 2, 3],
      ['export 1: a at 1 s'],
    ],
    [
      'of all series of a family that is gone',
      [[up(['a', 'b'])], []],
      [0, 1],
      ['export 1: a at 1 s', 'export 1: b at 1 s'],
    ],
    [
      'at the first tick without the family, however late the export',
      [[up(['a'])], [], [], []],
      [0, 3],
      ['export 3: a at 1 s'],
    ],
    [
      'of an absent one of a family that is gone as of when it went',
      [[up(['a', 'b'])], [up([null, 'b'])], []],
      [0, 2],
      ['export 2: a at 1 s', 'export 2: b at 2 s'],
    ],
    ['not of a family that is gone before it was sent', [[up(['a'])], []], [1], []],
    [
      'not of series that go on in another family',
      [[up(['a', 'b'])], [up(['a', 'b'], { help: 'New.', succeeds: 'up' })]],
      [0, 1],
      [],
    ],
    [
      'of series that do not go on in it',
      [[up(['a', 'b'])], [up(['b'], { succeeds: 'up' })]],
      [0, 1],
      ['export 1: a at 1 s', 'export 1: b at 1 s'],
    ],
    [
      'not of series whose labels a new family of that name has, as a backend tells them apart by these',
      [[up(['a', 'b'])], [up(['a', 'b'], { help: 'New.' })]],
      [0, 1],
      [],
    ],
    [
      'not of a family that is there again before the next export',
      [[up(['a'])], [], [up(['a'])]],
      [0, 2],
      [],
    ],
    [
      'not of one that one change took away and the next one brought back before the export',
      [
        [up(['a', 'b', 'c'])],
        [up(['a', 'b'], { succeeds: 'up' })],
        [up(['a', 'b', 'c'], { help: 'New.', succeeds: 'up' })],
      ],
      [0, 2],
      [],
    ],
    [
      'of one that goes on under another name',
      [[up(['a'])], [up(['a'], { name: 'down', succeeds: 'up' })]],
      [0, 1],
      ['export 1: a at 1 s'],
    ],
    [
      'of one that turns over in the family in which it goes on',
      [
        [up(['a', 'b'])],
        [up(['a', 'b'], { help: 'New.', succeeds: 'up' })],
        [up(['c', 'b'], { help: 'New.' })],
      ],
      [0, 1, 2],
      ['export 2: a at 2 s'],
    ],
    [
      'of one that ends later in the family in which it goes on',
      [
        [up(['a', 'b'])],
        [up(['a', 'b'], { help: 'New.', succeeds: 'up' })],
        [up(['a', null], { help: 'New.' })],
      ],
      [0, 2],
      ['export 2: b at 2 s'],
    ],
  ])('%s', (_, ticks, exports, told) => {
    expect(tell(ticks, exports)).toEqual(told);
  });

  it('with the old labels when a slot turns over at the very tick at which its family is replaced', () => {
    const before = createFrame([up(['a'])], { tick: 0 });
    const [old] = before.families.map(({ family }) => family);
    const after = createFrame([up(['b'])], { tick: 1 });
    const [next] = after.families.map(({ family }) => family);
    if (old === undefined || next === undefined) throw new Error('no family');
    const asked: string[] = [];
    const endings = createEndings([old], (family) => (slot, timeMs) => {
      asked.push(`${family === old ? 'old' : 'new'} slot ${slot}`);
      return { timeMs } as EndedSeries;
    });
    atOnce(endings.tick(before));
    atOnce(endings.take());
    const successions = new Map([[next, { before: old, from: undefined }]]);
    atOnce(endings.change({ families: [next], successions }));
    const [entry] = after.families;
    if (entry === undefined) throw new Error('no family');
    atOnce(endings.tick({ ...after, families: [{ ...entry, turned: [0] }] }));
    expect(atOnce(endings.take())).toHaveLength(1);
    expect(asked).toEqual(['old slot 0']);
  });
});

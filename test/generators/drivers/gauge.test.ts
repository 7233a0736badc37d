import { describe, expect, it } from 'vitest';

import { createGauge } from '../../../src/generators/drivers/gauge.ts';
import type { ScalarGenerator } from '../../../src/generators/generator.ts';
import type { Modulation } from '../../../src/series/modulation.ts';
import { bySlot, createTestFamily, makersOf, run } from '../../support/families.ts';

function generatorOf(level: number, clamp?: readonly [number, number]): ScalarGenerator {
  return { state: [], clamp, fill: ({ from, to }, out) => out.fill(level, 0, to - from) };
}

describe('createGauge', () => {
  it.each([
    {
      level: 0.5,
      by: 1,
      scale: 1,
      offset: 0,
      clamp: undefined,
      shown: 0.5,
      why: 'a level is shown as it is',
    },
    { level: 0.5, by: 1, scale: 4, offset: -1, clamp: undefined, shown: 1, why: 'scaled, then shifted' },
    { level: 0.5, by: 3, scale: 1, offset: 0, clamp: undefined, shown: 1.5, why: 'by day it is higher' },
    { level: 0.5, by: 3, scale: 1, offset: 0, clamp: [0, 1], shown: 1, why: 'up to its clamp' },
    { level: -0.5, by: 3, scale: 1, offset: 0, clamp: [-1, 1], shown: -1, why: 'on both sides' },
    { level: 0.5, by: 3, scale: 5, offset: 1, clamp: [0, 1], shown: 6, why: 'which a spike may exceed' },
    { level: 0.5, by: 1, scale: 0, offset: 0, clamp: undefined, shown: 0, why: 'zero is a scale' },
  ] as const)('$level x $by in $clamp x $scale + $offset is $shown: $why', (row) => {
    const { level, by, scale, offset, clamp, shown } = row;
    const played = (modulation: Pick<Modulation, 'level' | 'scale' | 'offset'>) =>
      run(createGauge(createTestFamily('gauge', 2), makersOf(generatorOf(level, clamp))), {
        ticks: 1,
        modulate: () => ({ rate: 1, ...modulation }),
      });
    expect(played({ level: by, scale, offset })).toEqual([[shown], [shown]]);
    const each = (value: number) => bySlot(value, value);
    expect(played({ level: each(by), scale: each(scale), offset: each(offset) })).toEqual([[shown], [shown]]);
  });

  it('shows its start at birth, unmodulated', () => {
    const source = createGauge(createTestFamily('gauge', 1), makersOf(generatorOf(7)));
    expect(run(source, { ticks: 0 })).toEqual([[7]]);
  });

  it('rounds what is shown after all that', () => {
    const source = createGauge(createTestFamily('gauge', 1, { decimals: 1 }), makersOf(generatorOf(0.123)));
    const modulate = (): { rate: number; level: number; scale: number; offset: number } => ({
      rate: 1,
      level: 1,
      scale: 10,
      offset: 0,
    });
    expect(run(source, { ticks: 1, modulate })).toEqual([[1.2]]);
  });
});

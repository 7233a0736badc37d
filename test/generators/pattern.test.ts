import { describe, expect, it } from 'vitest';

import { createSource, lifetimeOf } from '../../src/generators/registry.ts';
import { withBuffers } from '../../src/series/allocate.ts';
import { NEUTRAL } from '../../src/series/modulation.ts';
import type { Source } from '../../src/series/source.ts';
import { createTestFamily, momentOf } from '../support/families.ts';

function sourceOf(type: 'gauge' | 'counter', options: Record<string, unknown>, slots = 1): Source {
  return createSource(createTestFamily(type, slots), { algorithm: 'pattern', options });
}

/** Values of slot 0 by tick, `_` where it is absent. */
function shownOf(source: Source, ticks: number, slot = 0): (number | string)[] {
  const { size } = source.family;
  return Array.from({ length: ticks + 1 }, (_, tick) => {
    if (tick === 0) source.start(momentOf(0), 0, size);
    else source.advance(momentOf(tick), 0, size, { ...NEUTRAL });
    if (source.column.kind !== 'scalar') throw new TypeError('not scalar');
    return source.presence?.[slot] === 0 ? '_' : (source.column.values[slot] as number);
  });
}

describe('a gauge that follows a pattern', () => {
  it.each([
    { options: { pattern: '0+10x2 _ 5' }, is: [0, 10, 20, '_', 5, 5, 5], why: 'holds its last value' },
    { options: { pattern: '1 2', end: 'loop' }, is: [1, 2, 1, 2, 1], why: 'or begins again' },
    { options: { pattern: '1 2', end: 'remove' }, is: [1, 2, '_', '_'], why: 'or ends' },
    { options: { pattern: '1 2', end: 'gap' }, is: [1, 2, '_', '_'], why: 'or is absent' },
    { options: { pattern: '1 2', end: -4 }, is: [1, 2, -4, -4], why: 'or goes on with a value' },
    { options: { pattern: [{ gap: 1 }, 3] }, is: ['_', 3, 3], why: 'it may be born absent' },
  ])('$options shows $is: $why', ({ options, is }) => {
    expect(shownOf(sourceOf('gauge', options), is.length - 1)).toEqual(is);
  });

  it('has no presence where there is never a gap', () => {
    expect(sourceOf('gauge', { pattern: '1 2' }).presence).toBeUndefined();
  });

  it('begins again when its series is born again, and only there', () => {
    const source = sourceOf('gauge', { pattern: '0+1x9' }, 2);
    shownOf(source, 4);
    source.start(momentOf(4), 1, 2);
    source.advance(momentOf(5), 0, 2, { ...NEUTRAL });
    expect(source.column.kind === 'scalar' && [...source.column.values]).toEqual([5, 1]);
  });

  it('draws for each series by itself, and holds what it drew', () => {
    const options = { pattern: { random: { min: 5, max: 6, ticks: 2 } } };
    const [first, second] = [0, 1].map((slot) => shownOf(sourceOf('gauge', options, 2), 6, slot));
    expect(first).not.toEqual(second);
    expect(new Set(first?.slice(1)).size).toBe(1);
  });

  it('tells its presence across threads', () => {
    const shared: ArrayBufferLike[] = [];
    const make = (): Source => sourceOf('gauge', { pattern: '1 _ 3' }, 4);
    const main = withBuffers(
      (bytes) => shared[shared.push(new SharedArrayBuffer(bytes)) - 1] as ArrayBufferLike,
      make,
    );
    let next = 0;
    const worker = withBuffers(() => shared[next++] as ArrayBufferLike, make);
    worker.start(momentOf(0), 0, 4);
    worker.advance(momentOf(1), 2, 4, { ...NEUTRAL });
    expect([...(main.presence ?? [])]).toEqual([1, 1, 0, 0]);
  });
});

describe('a counter that follows a pattern', () => {
  it.each([
    {
      options: { pattern: '5 _ 10', end: 0 },
      is: [0, 5, '_', 15, 15],
      why: 'a rate from the first tick after birth',
    },
    { options: { pattern: '1 2', end: 'remove' }, is: [0, 1, 3, '_', '_'], why: 'ends with its pattern' },
  ])('$options shows $is: $why', ({ options, is }) => {
    expect(shownOf(sourceOf('counter', options), is.length - 1)).toEqual(is);
  });

  it('grows per second, whatever the tick, and as effects ask', () => {
    const source = sourceOf('counter', { pattern: '3x9' });
    const moment = (tick: number) => ({ tick, modelMs: tick * 250, intervalMs: 250 });
    source.start(moment(0), 0, 1);
    source.advance(moment(1), 0, 1, { ...NEUTRAL });
    source.advance(moment(2), 0, 1, { ...NEUTRAL, rate: 4 });
    expect(source.column.kind === 'scalar' && source.column.values[0]).toBe(0.75 + 3);
  });
});

describe('lifetimeOf', () => {
  it.each([
    ['gauge', { pattern: '1 2', end: 'remove' }, { hasGaps: true, ticks: 2 }],
    ['counter', { pattern: '1 2', end: 'remove' }, { hasGaps: true, ticks: 3 }],
    ['gauge', { pattern: '1 _ 2' }, { hasGaps: true, ticks: Infinity }],
    ['gauge', { pattern: '1 2' }, { hasGaps: false, ticks: Infinity }],
    [
      'gauge',
      { pattern: { linear: { from: 0, to: 1, for: '3s' } }, end: 'remove' },
      { hasGaps: true, ticks: 6 },
    ],
  ] as const)('%s with %j: %j', (type, options, lifetime) => {
    expect(lifetimeOf(type, { algorithm: 'pattern', options, intervalMs: 500 })).toEqual(lifetime);
  });
});

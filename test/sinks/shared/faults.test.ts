import { describe, expect, it } from 'vitest';

import {
  spoilPush,
  spoilScrape,
  type RequestFault,
  type SpoiltPush,
  type SpoiltScrape,
} from '../../../src/sinks/shared/faults.ts';

const faultOf = (part: Partial<RequestFault> & Pick<RequestFault, 'kind'>): RequestFault => ({
  id: 'a',
  share: 1,
  fromTick: 0,
  untilTick: Number.POSITIVE_INFINITY,
  status: 503,
  latencyMs: 2000,
  jitterMs: 0,
  afterBytes: 100,
  contentType: 'text/html',
  upTicks: 3,
  downTicks: 2,
  lagTicks: 4,
  ...part,
});

/** Numbers of the first 1000 requests that are spoilt. */
const spoiltNumbers = (faults: readonly RequestFault[], seed = 42): number[] =>
  Array.from({ length: 1000 }, (_, i) => i + 1).filter(
    (number) => spoilScrape(faults, seed, number, 5) !== undefined,
  );

describe('which requests a share spoils', () => {
  const fail = faultOf({ kind: 'fail', share: 0.2 });

  it('is the same for the same seed, id and numbers, whatever the kind, tick and other faults', () => {
    const numbers = spoiltNumbers([fail]);
    expect(spoiltNumbers([{ ...fail }])).toEqual(numbers);
    expect(spoiltNumbers([{ ...fail, kind: 'truncate' }])).toEqual(numbers);
    const beside = faultOf({ kind: 'slow', id: 'b', share: 0.5 });
    const both = numbers.filter((number) =>
      spoilScrape([beside, fail], 42, number, 900)?.faults.some(({ id }) => id === 'a'),
    );
    expect(both).toEqual(numbers);
  });

  it('is other requests for another seed, or another id', () => {
    const numbers = spoiltNumbers([fail]);
    expect(spoiltNumbers([fail], 43)).not.toEqual(numbers);
    expect(spoiltNumbers([{ ...fail, id: 'b' }])).not.toEqual(numbers);
  });

  it('does not change: golden numbers', () => {
    expect(spoiltNumbers([fail]).slice(0, 8)).toMatchInlineSnapshot(`
      [
        3,
        6,
        15,
        21,
        25,
        28,
        35,
        44,
      ]
    `);
  });

  it.each([0.01, 0.2, 0.5, 0.99])('is about %f of them', (share) => {
    const { length } = spoiltNumbers([{ ...fail, share }]);
    // Five standard deviations.
    expect(Math.abs(length - 1000 * share)).toBeLessThan(5 * Math.sqrt(1000 * share * (1 - share)));
  });

  it('is all of them for 1', () => {
    expect(spoiltNumbers([{ ...fail, share: 1 }])).toHaveLength(1000);
  });
});

describe('what becomes of a scrape', () => {
  it.each<[string, RequestFault[], number, Partial<SpoiltScrape> | undefined]>([
    ['slow waits', [faultOf({ kind: 'slow' })], 5, { delayMs: 2000, breaks: false }],
    [
      'two that are slow wait one after the other',
      [faultOf({ kind: 'slow' }), faultOf({ kind: 'slow', id: 'b' })],
      5,
      { delayMs: 4000 },
    ],
    ['fail has a status', [faultOf({ kind: 'fail', status: 500 })], 5, { status: 500, delayMs: 0 }],
    [
      'of two statuses the first id counts',
      [faultOf({ kind: 'fail', id: 'b', status: 500 }), faultOf({ kind: 'fail' })],
      5,
      { status: 503 },
    ],
    ['truncate has a length', [faultOf({ kind: 'truncate' })], 5, { afterBytes: 100 }],
    ['content_type has a type', [faultOf({ kind: 'content_type' })], 5, { contentType: 'text/html' }],
    ['before its first tick nothing', [faultOf({ kind: 'fail', fromTick: 6 })], 5, undefined],
    ['at its first tick', [faultOf({ kind: 'fail', fromTick: 6 })], 6, { status: 503 }],
    ['at its end nothing', [faultOf({ kind: 'fail', untilTick: 6 })], 6, undefined],
    ['faults of pushes are not about it', [faultOf({ kind: 'drop' })], 5, undefined],
  ])('%s', (_, faults, tick, wanted) => {
    const got = spoilScrape(faults, 42, 1, tick);
    if (wanted === undefined) expect(got).toBeUndefined();
    else expect(got).toMatchObject({ ...wanted, way: 'scrape', number: 1, tick });
  });

  it('a flapping page is there for three ticks and away for two, from its first tick on', () => {
    const flap = faultOf({ kind: 'flap', fromTick: 10 });
    const away = Array.from({ length: 22 }, (_, tick) => tick).filter(
      (tick) => spoilScrape([flap], 42, tick, tick)?.breaks,
    );
    expect(away).toEqual([13, 14, 18, 19]);
  });

  it('jitter is from 0 to what was asked for, and drawn apart from the choice', () => {
    const slow = faultOf({ kind: 'slow', jitterMs: 1000, share: 0.5 });
    const delays = Array.from({ length: 1000 }, (_, i) => spoilScrape([slow], 42, i, 0)?.delayMs).filter(
      (delay) => delay !== undefined,
    );
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(2000);
    expect(Math.max(...delays)).toBeLessThan(3000);
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    expect(Math.abs(mean - 2500)).toBeLessThan(5 * (1000 / Math.sqrt(12 * delays.length)));
  });
});

describe('what becomes of a push', () => {
  it.each<[string, RequestFault[], Partial<SpoiltPush>]>([
    ['drop', [faultOf({ kind: 'drop' })], { drops: true, copies: 1, delayTicks: 0, lateTicks: 0 }],
    ['duplicate', [faultOf({ kind: 'duplicate' })], { drops: false, copies: 2 }],
    ['delay', [faultOf({ kind: 'delay' })], { delayTicks: 4, lateTicks: 0 }],
    ['late', [faultOf({ kind: 'late' })], { delayTicks: 0, lateTicks: 4 }],
    [
      'late and duplicate',
      [faultOf({ kind: 'late' }), faultOf({ kind: 'duplicate', id: 'b' })],
      { copies: 2, lateTicks: 4 },
    ],
  ])('%s', (_, faults, wanted) => {
    expect(spoilPush(faults, 42, 1, 5)).toMatchObject(wanted);
  });

  it('a dropped one counts for the drop alone', () => {
    const faults = [faultOf({ kind: 'late' }), faultOf({ kind: 'drop', id: 'b' })];
    expect(spoilPush(faults, 42, 1, 5)?.faults).toEqual([{ id: 'b', kind: 'drop' }]);
  });
});

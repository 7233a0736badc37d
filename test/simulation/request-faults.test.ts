// Faults of scrapes and pushes in a run: what readers and the receiver see, and what the run says of it.
import { describe, expect, it } from 'vitest';

import { createFaultControl } from '../../src/simulation/faults.ts';
import type { Spoilt } from '../../src/sinks/shared/faults.ts';

const NOW = { tick: 9, modelMs: 9000 };

function createControl(ways: readonly ('scrape' | 'push')[] = ['scrape', 'push']) {
  const control = createFaultControl(42, 1000);
  const spoilt: Spoilt[] = [];
  control.attach({ ways: new Set(ways), onSpoilt: (one) => spoilt.push(one) });
  return { control, spoilt };
}

describe('a fault', () => {
  it('begins with the next tick, and lasts whole ticks', () => {
    const { control } = createControl();
    const { outcome, fault } = control.set({ kind: 'fail', duration_s: 4.2 }, NOW);
    expect(outcome).toBe('created');
    expect(fault).toMatchObject({ id: 'fault-1', from_tick: 10, until_tick: 15, options: { status: 503 } });
    expect([9, 10, 14, 15].map((tick) => control.scrape(1, tick)?.status)).toEqual([
      undefined,
      503,
      503,
      undefined,
    ]);
  });

  it('asked for again is the same, changed it is replaced', () => {
    const { control } = createControl();
    const request = { id: 'a', kind: 'slow', latency_s: 2 } as const;
    expect(control.set(request, NOW).outcome).toBe('created');
    expect(control.set({ ...request }, { tick: 12, modelMs: 12_000 })).toMatchObject({
      outcome: 'unchanged',
      fault: { from_tick: 10 },
    });
    expect(control.set({ ...request, latency_s: 3 }, NOW).outcome).toBe('replaced');
    expect(control.active(9)).toHaveLength(1);
  });

  it('that is cancelled ends with the next tick', () => {
    const { control } = createControl();
    control.set({ id: 'a', kind: 'fail' }, NOW);
    expect(control.cancel({ id: 'a' }, { tick: 20, modelMs: 20_000 })).toMatchObject({ until_tick: 21 });
    expect(control.scrape(1, 20)?.status).toBe(503);
    expect(control.scrape(2, 21)).toBeUndefined();
    expect(() => control.cancel({ id: 'a' }, { tick: 20, modelMs: 20_000 })).toThrow(
      'no fault a is active or to come; there are: none',
    );
  });

  it('is counted, told of and remembered for each request that it spoils', () => {
    const { control, spoilt } = createControl();
    control.set({ id: 'a', kind: 'fail' }, NOW);
    control.set({ id: 'b', kind: 'slow', latency_s: 1 }, NOW);
    control.scrape(7, 10);
    expect(spoilt).toMatchObject([{ way: 'scrape', number: 7, tick: 10, delayMs: 1000, status: 503 }]);
    expect([...control.totals]).toEqual([
      ['fail', 1],
      ['slow', 1],
    ]);
    expect(control.find('a', 10).spoilt).toBe(1);
    expect(control.spoiltAt('scrape', 10)).toBe('fail (a), slow (b)');
    expect(control.spoiltAt('push', 10)).toBeUndefined();
  });

  it.each([
    [
      ['push'],
      'fail',
      'fail is a fault of scrapes, and this run has none: exporters.prometheus.enabled is false',
    ],
    [['scrape'], 'drop', 'drop is a fault of pushes, and this run has none: exporters.otel.enabled is false'],
  ] as const)('needs an exporter: with %s alone %s is refused', (ways, kind, message) => {
    expect(() => createControl(ways).control.check({ kind })).toThrow(message);
  });

  it('cannot begin in the past', () => {
    expect(() => createControl().control.set({ kind: 'fail', at: 9 }, NOW)).toThrow(
      'at is tick 9; the next tick is 10',
    );
  });
});

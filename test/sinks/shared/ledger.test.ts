import { describe, expect, it } from 'vitest';

import { createLedger } from '../../../src/sinks/shared/ledger.ts';

describe('a ledger', () => {
  it('moves points from pending to where they end and adds up reasons', () => {
    const ledger = createLedger();
    ledger.give(100);
    ledger.settle('accepted', 60);
    ledger.settle('lost', 10, 'queue full');
    ledger.settle('lost', 5, 'queue full');
    ledger.settle('unknown', 0, 'shut down');
    ledger.note('down', 7);
    expect(ledger.account(2)).toEqual({
      accepted: 60,
      duplicates: 0,
      rejected: 0,
      lost: 15,
      unknown: 0,
      pending: 25,
      reasons: { 'lost: queue full': 15 },
      queueDepth: 2,
      lastError: { message: 'down', atMs: 7 },
    });
  });
});

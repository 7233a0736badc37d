/** Where every point of a push sink ends: pending, then accepted, rejected, lost or unknown, with the reason. */
import type { Account } from '../sink.ts';

export type Outcome = 'accepted' | 'rejected' | 'lost' | 'unknown';

export interface Ledger {
  /** Takes on points that are to be sent. */
  give(points: number): void;
  /** Moves points from pending to where they ended; `reason` for all but accepted, one of few. */
  settle(outcome: Outcome, points: number, reason?: string): void;
  /** Counts points that were sent once more. */
  repeat(points: number): void;
  /** Notes an error as the last one. */
  note(message: string, wallMs: number): void;
  account(queueDepth: number): Account;
  /** Totals so far. */
  readonly totals: Readonly<Record<Outcome, number>>;
}

export function createLedger(): Ledger {
  const totals = { accepted: 0, rejected: 0, lost: 0, unknown: 0 };
  const reasons = new Map<string, number>();
  let pending = 0;
  let duplicates = 0;
  let lastError: Account['lastError'];
  return {
    totals,
    give(points) {
      pending += points;
    },
    settle(outcome, points, reason) {
      if (points === 0) return;
      pending -= points;
      totals[outcome] += points;
      if (reason === undefined) return;
      const key = `${outcome}: ${reason}`;
      reasons.set(key, (reasons.get(key) ?? 0) + points);
    },
    repeat(points) {
      duplicates += points;
    },
    note(message, wallMs) {
      lastError = { message, atMs: wallMs };
    },
    account: (queueDepth) => ({
      ...totals,
      pending,
      duplicates,
      reasons: Object.fromEntries(reasons),
      queueDepth,
      lastError,
    }),
  };
}

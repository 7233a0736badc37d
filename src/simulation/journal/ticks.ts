/** A ticker that keeps a journal: what changes a tick is on the disk before the tick runs. */
import type { Ticker } from '../../engine/ticker.ts';
import type { Journal } from './journal.ts';
import type { AccountLine } from './lines.ts';

/** Ticks between two accounts. */
const ACCOUNT_TICKS = 60;

export function recordTicks(
  ticker: Ticker,
  journal: Journal,
  {
    accounts,
    wallMs: now,
  }: { readonly accounts: () => AccountLine['exporters']; readonly wallMs: () => number },
): Ticker {
  const { frame } = ticker;
  let accounted = 0;
  return {
    frame,
    get sources() {
      return ticker.sources;
    },
    change: ticker.change,
    async birth(wallMs) {
      await ticker.birth(wallMs);
      const at = new Date(now()).toISOString();
      journal.write({ line: 'start', at, wall_start_ms: wallMs, model_start_ms: frame.modelMs });
    },
    async advance(wallMs, tick = frame.tick + 1) {
      if (tick > frame.tick + 1) journal.write({ line: 'gap', from_tick: frame.tick + 1, to_tick: tick - 1 });
      await journal.flush();
      const change = await ticker.advance(wallMs, tick);
      if (tick - accounted >= ACCOUNT_TICKS) {
        accounted = tick;
        journal.write({ line: 'account', tick, exporters: accounts() });
      }
      return change;
    },
  };
}

/** Looks at a run from outside for a while: pages and `/status` at their own paces. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Status } from '../simulation/status.ts';
import type { Run } from './run.ts';
import { median } from './statistics.ts';

export interface WatchOptions {
  readonly ms: number;
  readonly pageEveryMs: number;
  readonly statusEveryMs: number;
}

export interface Seen {
  /** Median and longest of the ticks meanwhile, as the run itself measures them. */
  readonly tickMs: number;
  readonly longestTickMs: number;
  /** Ticks that began a whole interval late or more. */
  readonly lateTicks: number;
  /** Median, from the request to the last byte. */
  readonly pageMs: number;
  readonly slowestStatusMs: number;
  /** Bytes at the end, and at most. */
  readonly resident: number;
  readonly peak: number;
}

/** Watches until the time is over and a page and a tick have been seen. */
export async function watch(run: Run, { ms, pageEveryMs, statusEveryMs }: WatchOptions): Promise<Seen> {
  const ticks = new Map<number, number>();
  const pages: number[] = [];
  let slowestStatusMs = 0;
  const before = await run.status();
  let last = before;
  const endMs = performance.now() + ms;
  const isOver = (): boolean => performance.now() >= endMs && pages.length > 0 && ticks.size > 0;

  const scrape = async (): Promise<void> => {
    while (!isOver()) {
      const page = await run.scrape();
      pages.push(page.ms);
      await pause(Math.min(pageEveryMs - page.ms, endMs - performance.now()));
    }
  };
  const ask = async (): Promise<void> => {
    while (!isOver()) {
      const began = performance.now();
      last = await run.status();
      slowestStatusMs = Math.max(slowestStatusMs, performance.now() - began);
      if (last.tick > before.tick) ticks.set(last.tick, last.lateness.last_tick_seconds * 1000);
      await pause(statusEveryMs);
    }
  };
  await Promise.all([scrape(), ask()]);
  assertDelivered(last);
  const tickMs = [...ticks.values()];
  return {
    tickMs: median(tickMs),
    longestTickMs: Math.max(...tickMs),
    lateTicks: last.lateness.late_ticks - before.lateness.late_ticks,
    pageMs: median(pages),
    slowestStatusMs,
    ...run.memory(),
  };
}

/** Figures of a run whose exports fail are figures of something else. */
function assertDelivered({ exporters }: Status): void {
  for (const { name, points, reasons, last_error } of exporters) {
    if (points === undefined || (points.accepted > 0 && points.rejected + points.lost + points.unknown === 0))
      continue;
    throw new Error(`${name} did not deliver: ${JSON.stringify({ points, reasons, last_error })}`);
  }
}

async function pause(ms: number): Promise<void> {
  await sleep(Math.max(0, ms));
}

/** How long the event loop of a run is blocked while it ticks, is scraped and exports. */
import { setTimeout as sleep } from 'node:timers/promises';

import { LIBRARY_MAX_SERIES, type Case, type Contender } from '../case.ts';
import { startRun } from '../run.ts';
import { workload } from '../workload.ts';

const ROUNDS = 3;
/** Between two pages, as an eager scraper asks. */
const PAUSE_MS = 500;
const SETTLE_MS = 5000;
const WATCH_MS = 15_000;

export const loop: Case = {
  name: 'loop',
  summary:
    'Delays of a timer of one millisecond inside `lyrebird run`, with a tick a second, an export every other, and a page every half second; after five seconds to settle. Whatever else runs on the machine delays it too.',
  quick: false,
  trials: ({ series }) =>
    // More series than that cannot tick, be scraped and be exported within these seconds.
    series > 1_000_000
      ? []
      : [
          {
            name: 'counter',
            measures: [
              { name: 'p99', unit: 'ms' },
              { name: 'longest block', unit: 'ms' },
            ],
            fresh: { rounds: ROUNDS },
            direct: watched(series, 'direct'),
            library: series <= LIBRARY_MAX_SERIES ? watched(series, 'library') : undefined,
          },
        ],
};

function watched(series: number, client: 'direct' | 'library'): Contender {
  return {
    what: `lyrebird run, client: ${client}`,
    prepare: () => ({
      async run() {
        const config = workload('counter', series);
        const run = await startRun({ config, client, intervalS: 1, exportIntervalS: 2, watchLoop: true });
        const scrapeFor = async (ms: number): Promise<void> => {
          for (const end = performance.now() + ms; performance.now() < end; await sleep(PAUSE_MS))
            await run.scrape();
        };
        try {
          await scrapeFor(SETTLE_MS);
          await run.loopDelay();
          await scrapeFor(WATCH_MS);
          const { p99Ms, maxMs } = await run.loopDelay();
          return [p99Ms, maxMs];
        } finally {
          await run.stop();
        }
      },
    }),
  };
}

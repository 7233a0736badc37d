/** configs/high-cardinality.yaml as it is: 450,000 series of three types, about two million samples a page. */
import { fileURLToPath } from 'node:url';

import type { Case } from '../case.ts';
import { startRun } from '../run.ts';
import { watch } from '../watch.ts';

const ROUNDS = 3;
const WATCH_MS = 30_000;

export const highCardinality: Case = {
  name: 'high-cardinality',
  summary:
    'configs/high-cardinality.yaml for half a minute, with a page every five seconds, exports into a second process, and /status asked for every 50 ms from the first page on.',
  sizes: [450_000],
  quick: false,
  trials: () => [
    {
      name: '',
      measures: [
        { name: 'tick', unit: 'ms' },
        { name: 'first page', unit: 's' },
        { name: 'page', unit: 's' },
        { name: 'resident', unit: 'MB' },
        { name: 'peak', unit: 'MB' },
        { name: 'slowest status', unit: 'ms' },
        { name: 'late ticks', unit: 'ticks' },
      ],
      fresh: { rounds: ROUNDS },
      direct: {
        what: 'lyrebird run, client: direct',
        prepare: () => ({
          async run() {
            const config = fileURLToPath(new URL('../../../configs/high-cardinality.yaml', import.meta.url));
            const run = await startRun({ config, client: 'direct' });
            try {
              const seen = await watch(run, { ms: WATCH_MS, pageEveryMs: 5000, statusEveryMs: 50 });
              return [
                seen.tickMs,
                run.firstPageMs / 1000,
                seen.pageMs / 1000,
                seen.resident / 1e6,
                seen.peak / 1e6,
                seen.slowestStatusMs,
                seen.lateTicks,
              ];
            } finally {
              await run.stop();
            }
          },
        }),
      },
    },
  ],
};

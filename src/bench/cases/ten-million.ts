/** Ten million counters on one machine, both protocols on, a tick, an export and a page every ten seconds. */
import type { Case } from '../case.ts';
import { startRun } from '../run.ts';
import { watch } from '../watch.ts';
import { workload } from '../workload.ts';

const SERIES = 10_000_000;
const INTERVAL_S = 10;
const MINUTE_MS = 60_000;

export const tenMillion: Case = {
  name: 'ten-million',
  summary:
    'Ten million counters with a tick, an export into a second process and a page every ten seconds. Watched for a minute (`--minutes`), after a minute to settle.',
  sizes: [SERIES],
  quick: false,
  large: true,
  trials: ({ minutes }) => [
    {
      name: 'counter',
      measures: [
        { name: 'tick', unit: 'ms' },
        { name: 'longest tick', unit: 'ms' },
        { name: 'late ticks', unit: 'ticks' },
        { name: 'page', unit: 's' },
        { name: 'first page', unit: 's' },
        { name: 'resident', unit: 'MB' },
        { name: 'peak', unit: 'MB' },
        { name: 'slowest status', unit: 'ms' },
      ],
      fresh: { rounds: 1 },
      direct: {
        what: 'lyrebird run, client: direct',
        prepare: () => ({
          async run() {
            const config = workload('counter', SERIES);
            const run = await startRun({ config, client: 'direct', intervalS: INTERVAL_S });
            const every = { pageEveryMs: INTERVAL_S * 1000, statusEveryMs: 200 };
            try {
              await watch(run, { ...every, ms: MINUTE_MS });
              const seen = await watch(run, { ...every, ms: minutes * MINUTE_MS });
              return [
                seen.tickMs,
                seen.longestTickMs,
                seen.lateTicks,
                seen.pageMs / 1000,
                run.firstPageMs / 1000,
                seen.resident / 1e6,
                seen.peak / 1e6,
                seen.slowestStatusMs,
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

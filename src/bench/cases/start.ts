/** From the start of a fresh process to the last byte of its first page. */
import { LIBRARY_MAX_SERIES, type Case, type Contender } from '../case.ts';
import { startRun } from '../run.ts';
import { workload } from '../workload.ts';

const ROUNDS = 5;

export const start: Case = {
  name: 'start',
  summary:
    'From the start of `lyrebird run` to the last byte of the first page that it answers, asked for every 10 ms. Direct and library: the two clients of Lyrebird.',
  quick: false,
  trials: ({ series }) => [
    {
      name: 'counter',
      measures: [{ name: 'first page', unit: 's' }],
      fresh: { rounds: ROUNDS },
      direct: firstPage(series, 'direct'),
      library: series <= LIBRARY_MAX_SERIES ? firstPage(series, 'library') : undefined,
    },
  ],
};

function firstPage(series: number, client: 'direct' | 'library'): Contender {
  return {
    what: `lyrebird run, client: ${client}`,
    prepare: () => ({
      async run() {
        const run = await startRun({ config: workload('counter', series), client });
        await run.stop();
        return [run.firstPageMs / 1000];
      },
    }),
  };
}

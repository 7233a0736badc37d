/** Resident memory of a run, in a fresh process for each round: both protocols on, after ticks, pages and exports. */
import {
  LIBRARY_MAX_HEADLINE_SERIES,
  LIBRARY_MAX_SERIES,
  type Case,
  type Contender,
  type Measure,
  type Trial,
} from '../case.ts';
import { measureTool, startRun } from '../run.ts';
import { workload } from '../workload.ts';
import type { MetricType } from '../../series/family.ts';

const ROUNDS = 3;
/** Of ten million, which take a minute each and differ little. */
const ROUNDS_LARGE = 1;
const PAGES = 2;

const MEASURES: readonly Measure[] = [
  { name: 'resident', unit: 'MB' },
  { name: 'peak', unit: 'MB' },
];

export const memory: Case = {
  name: 'memory',
  summary:
    'Resident memory of `lyrebird run` after three ticks, two exports and two pages, and its peak. Library: a process in which prom-client and the OpenTelemetry SDK hold the same series, after as much; library client: `lyrebird run` with client: library.',
  quick: false,
  trials: ({ series }) => [
    ...(['counter', 'gauge', 'histogram'] as const)
      .filter((type) => type !== 'histogram' || series <= 1_000_000)
      .map((type): Trial => {
        const libraryMax = type === 'counter' ? LIBRARY_MAX_HEADLINE_SERIES : LIBRARY_MAX_SERIES;
        return {
          name: type,
          measures: MEASURES,
          fresh: { rounds: series > 1_000_000 ? ROUNDS_LARGE : ROUNDS },
          direct: residentOf(type, series, 'direct'),
          library: series <= libraryMax ? residentOfTool(type, series) : undefined,
        };
      }),
    ...(series > LIBRARY_MAX_HEADLINE_SERIES ? [] : [libraryClientTrial(series)]),
  ],
};

function libraryClientTrial(series: number): Trial {
  return {
    name: 'counter, library client',
    measures: MEASURES,
    fresh: { rounds: ROUNDS },
    direct: residentOf('counter', series, 'direct'),
    library: residentOf('counter', series, 'library'),
  };
}

function residentOfTool(type: MetricType, series: number): Contender {
  return {
    what: 'prom-client and OpenTelemetry SDK',
    prepare: () => ({
      async run() {
        const { resident, peak } = await measureTool({ type, series });
        return [resident / 1e6, peak / 1e6];
      },
    }),
  };
}

function residentOf(type: MetricType, series: number, client: 'direct' | 'library'): Contender {
  return {
    what: `lyrebird run, client: ${client}`,
    prepare: () => ({
      async run() {
        const run = await startRun({
          config: workload(type, series),
          client,
          intervalS: series > 100_000 ? 5 : 1,
        });
        try {
          for (let i = 0; i < PAGES; i++) await run.scrape();
          await run.until((status) => status.tick >= 3 && run.accepted(status) >= 2 * series);
          const { resident, peak } = run.memory();
          return [resident / 1e6, peak / 1e6];
        } finally {
          await run.stop();
        }
      },
    }),
  };
}

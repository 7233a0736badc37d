/** A learned machine that was made a fleet of, beside as many plain counters. */
import { LIBRARY_MAX_HEADLINE_SERIES, type Case, type Contender, type Measure } from '../case.ts';
import { consumeBytes } from '../consume.ts';
import { createFleet } from '../fleet.ts';
import { frameOf, runTicks } from '../frames.ts';
import { timed } from '../measure.ts';
import { startRun } from '../run.ts';
import { watch } from '../watch.ts';
import { createLoad, workload } from '../workload.ts';
import { createPlant, type Plant } from '../../simulation/plant.ts';
import type { Source } from '../../series/source.ts';
import { createPageEncoder, preparePagesNow } from '../../wire/exposition.ts';
import { encodeRequests } from './requests.ts';
import { advance } from './tick.ts';

const ROUNDS = 3;
const WATCH_MS = 20_000;

export const fleet: Case = {
  name: 'fleet',
  summary:
    'A node_exporter learnt from thirty pages and replicated. In place of a library: as many Poisson counters of one family.',
  quick: false,
  trials: ({ series }) => {
    if (series > LIBRARY_MAX_HEADLINE_SERIES) return [];
    const inMs = [{ name: '', unit: 'ms', items: { count: series, noun: 'series' } }] as const;
    const beside = (name: string, contend: (plant: () => Plant, what: string) => Contender) => ({
      name,
      measures: inMs,
      direct: contend(() => createPlant(createFleet(series)), 'learned fleet'),
      library: contend(() => createLoad('counter', series), 'plain counters'),
    });
    return [
      beside('tick', ticking),
      beside('page', encoding),
      beside('requests', requesting),
      {
        name: 'run',
        measures: [
          { name: 'first page', unit: 's' },
          { name: 'tick', unit: 'ms' },
          { name: 'resident', unit: 'MB' },
          { name: 'peak', unit: 'MB' },
        ] satisfies Measure[],
        fresh: { rounds: ROUNDS },
        direct: running(() => createFleet(series), 'learned fleet'),
        library: running(() => workload('counter', series), 'plain counters'),
      },
    ];
  },
};

function ticking(plant: () => Plant, what: string): Contender {
  return {
    what,
    prepare() {
      const { sources } = plant();
      for (const source of sources) runTicks(source, 1);
      let last = 1;
      return timed(() => {
        last += 1;
        for (const source of sources) advance(source, last);
      });
    },
  };
}

function encoding(plant: () => Plant, what: string): Contender {
  return {
    what,
    prepare() {
      const { sources, families } = plant();
      const frame = frameOf(played(sources), TICKS);
      const encoder = createPageEncoder({ format: 'text' });
      const labels = preparePagesNow(families);
      return timed(() => {
        for (const chunk of encoder.encode(frame, labels)) consumeBytes(chunk);
      });
    },
  };
}

function requesting(plant: () => Plant, what: string): Contender {
  return {
    what,
    prepare() {
      const { sources, families } = plant();
      const frame = frameOf(played(sources), TICKS);
      const encode = encodeRequests(families);
      return timed(() => encode(frame, consumeBytes));
    },
  };
}

const TICKS = 20;

function played(sources: readonly Source[]): readonly Source[] {
  for (const source of sources) runTicks(source, TICKS);
  return sources;
}

function running(config: () => object, what: string): Contender {
  return {
    what,
    prepare: () => ({
      async run() {
        const run = await startRun({ config: config(), client: 'direct', intervalS: 5 });
        try {
          const seen = await watch(run, { ms: WATCH_MS, pageEveryMs: 5000, statusEveryMs: 100 });
          return [run.firstPageMs / 1000, seen.tickMs, seen.resident / 1e6, seen.peak / 1e6];
        } finally {
          await run.stop();
        }
      },
    }),
  };
}

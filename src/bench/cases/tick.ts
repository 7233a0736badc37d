/** One tick of every series, by type and generator, as the engine runs it: in slices, on one thread. */
import {
  LIBRARY_MAX_HEADLINE_SERIES,
  LIBRARY_MAX_SERIES,
  type Case,
  type Contender,
  type Trial,
} from '../case.ts';
import { consume } from '../consume.ts';
import { momentOf, runTicks } from '../frames.ts';
import { createLibraries, recordAll } from '../libraries.ts';
import { timed } from '../measure.ts';
import { createLoad, generatorsOf, onlyFamily, onlySource, TYPES } from '../workload.ts';
import { NEUTRAL } from '../../series/modulation.ts';
import type { MetricType } from '../../series/family.ts';
import type { Source } from '../../series/source.ts';

export const tick: Case = {
  name: 'tick',
  summary:
    'New values for every series. Direct: a generator fills columns. Library: prom-client and the OpenTelemetry SDK are each told a ready-made value for each series.',
  quick: true,
  trials: ({ series }) =>
    TYPES.filter((type) => series <= maxSeries(type)).flatMap((type) =>
      generatorsAt(type, series).map((algorithm, index): Trial => {
        const withLibrary = index === 0 && series <= libraryMaxSeries(type);
        return {
          name: `${type} ${algorithm}`,
          measures: [{ name: '', unit: 'ms', items: { count: series, noun: 'series' } }],
          direct: columns(type, algorithm, series),
          library: withLibrary ? recording(type, series) : undefined,
        };
      }),
    ),
};

/** Beyond a million, one generator a type says how it goes on. */
function generatorsAt(type: MetricType, series: number): readonly string[] {
  const all = generatorsOf(type);
  return series > 1_000_000 ? all.slice(0, 1) : all;
}

/** The sketches of summaries take kilobytes a series. */
function maxSeries(type: MetricType): number {
  return type === 'summary' ? 100_000 : Number.POSITIVE_INFINITY;
}

function libraryMaxSeries(type: MetricType): number {
  const most = {
    counter: LIBRARY_MAX_HEADLINE_SERIES,
    gauge: LIBRARY_MAX_SERIES,
    histogram: LIBRARY_MAX_SERIES,
    summary: 10_000,
  };
  return most[type];
}

function columns(type: MetricType, algorithm: string, series: number): Contender {
  return {
    what: 'columns',
    prepare() {
      const source = onlySource(createLoad(type, series, algorithm));
      runTicks(source, 1);
      let last = 1;
      return timed(() => {
        last += 1;
        advance(source, last);
      });
    },
  };
}

/** In the engine's slices, without the turns that it gives to others in between. */
export function advance(source: Source, tick: number): void {
  const { size } = source.family;
  const step = Math.max(1, Math.floor(source.slotsPerMs));
  const moment = momentOf(tick);
  for (let from = 0; from < size; from += step)
    source.advance(moment, from, Math.min(from + step, size), NEUTRAL);
  const { column } = source;
  consume(column.kind === 'scalar' ? (column.values[size - 1] as number) : (column.sums[size - 1] as number));
}

function recording(type: MetricType, series: number): Contender {
  return {
    what: type === 'summary' ? 'prom-client' : 'prom-client and OpenTelemetry SDK',
    prepare() {
      const { labels, prom, otel } = createLibraries(onlyFamily(createLoad(type, series)));
      return timed(() => {
        recordAll(labels, prom.take);
        if (otel !== undefined) recordAll(labels, otel.take);
      });
    },
  };
}

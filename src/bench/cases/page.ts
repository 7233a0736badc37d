/** The page of one scrape, by format and type: from the numbers to its last byte, without HTTP. */
import {
  LIBRARY_MAX_HEADLINE_SERIES,
  LIBRARY_MAX_SERIES,
  type Case,
  type Contender,
  type Trial,
} from '../case.ts';
import { consume, consumeBytes } from '../consume.ts';
import { createFrame } from '../frames.ts';
import { createPromClient, labelsOf, recordAll } from '../libraries.ts';
import { timed } from '../measure.ts';
import { createContext } from '../sink-context.ts';
import { createLoad, onlyFamily, samplesOf, TYPES } from '../workload.ts';
import { Registry } from 'prom-client';

import type { MetricType } from '../../series/family.ts';
import type { FamilyFrame } from '../../series/frame.ts';
import { registerFamilies } from '../../sinks/prom-client/registry.ts';
import { createPageEncoder, preparePagesNow } from '../../wire/exposition.ts';
import type { PageFormat } from '../../wire/page.ts';

const FORMATS: readonly PageFormat[] = ['text', 'openmetrics'];

export const page: Case = {
  name: 'page',
  summary:
    'One page, counters with integers of six digits, gauges with full doubles, histograms with eight bounds. Direct: from the columns. Library: registry.metrics() of prom-client, whose own metrics hold the same values; library client: as Lyrebird has it with client: library.',
  quick: true,
  trials: ({ series }) => [
    ...TYPES.filter((type) => series <= maxSeries(type)).flatMap((type) =>
      FORMATS.map((format): Trial => {
        const headline = type === 'counter' && format === 'text';
        return {
          name: `${type}, ${format}`,
          measures: [{ name: '', unit: 'ms', items: { count: samplesOf(type, series), noun: 'sample' } }],
          direct: direct(type, format, series),
          library: series <= libraryMaxSeries(type, headline) ? library(type, format, series) : undefined,
        };
      }),
    ),
    ...(series > LIBRARY_MAX_HEADLINE_SERIES ? [] : [libraryClientTrial(series)]),
  ],
};

function libraryClientTrial(series: number): Trial {
  return {
    name: 'counter, text, library client',
    measures: [{ name: '', unit: 'ms', items: { count: series, noun: 'sample' } }],
    direct: direct('counter', 'text', series),
    library: libraryClient(series),
  };
}

/** A page of ten million histograms is ten gigabytes, and nobody's. */
function maxSeries(type: MetricType): number {
  const most = {
    counter: Number.POSITIVE_INFINITY,
    gauge: Number.POSITIVE_INFINITY,
    histogram: 1_000_000,
    summary: 100_000,
  };
  return most[type];
}

function libraryMaxSeries(type: MetricType, headline: boolean): number {
  // prom-client keeps a digest for each age bucket of each summary, and makes a string of the whole page.
  if (type === 'summary') return 10_000;
  return headline ? LIBRARY_MAX_HEADLINE_SERIES : LIBRARY_MAX_SERIES;
}

function direct(type: MetricType, format: PageFormat, series: number): Contender {
  return {
    what: 'columns to bytes',
    prepare() {
      const plant = createLoad(type, series);
      const frame = createFrame(plant);
      const encoder = createPageEncoder({ format });
      const labels = preparePagesNow(plant.families);
      return timed(() => {
        for (const chunk of encoder.encode(frame, labels)) consumeBytes(chunk);
      });
    },
  };
}

function library(type: MetricType, format: PageFormat, series: number): Contender {
  return {
    what: 'prom-client registry.metrics()',
    prepare() {
      const plant = createLoad(type, series);
      const family = onlyFamily(plant);
      const { column } = createFrame(plant).families[0] as FamilyFrame;
      const { take, page } = createPromClient(family, format === 'openmetrics');
      recordAll(labelsOf(family), take, column.kind === 'scalar' ? column.values : undefined);
      return timed(async () => consumeText(await page()));
    },
  };
}

/** Our own library client: prom-client's registry over metrics that read the columns. */
function libraryClient(series: number): Contender {
  return {
    what: "Lyrebird's library client: prom-client over the columns",
    prepare() {
      const plant = createLoad('counter', series);
      const frame = createFrame(plant);
      const registry = new Registry();
      registerFamilies(registry, plant.families, createContext(() => frame).read);
      return timed(async () => consumeText(await registry.metrics()));
    },
  };
}

function consumeText(text: string): void {
  consume(text.length, text.charCodeAt(text.length - 2));
}

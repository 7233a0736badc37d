/** Reading a page: from its bytes to families with every sample, by type. */
import type { Case, Contender, Trial } from '../case.ts';
import { consume } from '../consume.ts';
import { createFrame } from '../frames.ts';
import { timed } from '../measure.ts';
import { createLoad, samplesOf } from '../workload.ts';
import type { MetricType } from '../../series/family.ts';
import { createPageEncoder, preparePagesNow } from '../../wire/exposition.ts';
import { createPageParser } from '../../wire/parse.ts';

/** Most series by type: what is read is held whole, as objects. */
const MAX_SERIES = { counter: 1_000_000, gauge: 1_000_000, histogram: 100_000 } as const;

export const parse: Case = {
  name: 'parse',
  summary:
    'Reading one page as `learn` does: every line is checked and becomes a sample of a series. Counters with integers of six digits, gauges with full doubles, histograms with eight bounds.',
  quick: true,
  trials: ({ series }) =>
    (['counter', 'gauge', 'histogram'] as const)
      .filter((type) => series <= MAX_SERIES[type])
      .map((type): Trial => ({
        name: `${type}, text`,
        measures: [{ name: '', unit: 'ms', items: { count: samplesOf(type, series), noun: 'sample' } }],
        direct: bytesToSamples(type, series),
      })),
};

function bytesToSamples(type: MetricType, series: number): Contender {
  return {
    what: 'bytes to samples',
    prepare() {
      const plant = createLoad(type, series);
      const labels = preparePagesNow(plant.families);
      const encoded = createPageEncoder({ format: 'text' }).encode(createFrame(plant), labels);
      const chunks = Array.from(encoded, (chunk) => Buffer.from(chunk));
      return timed(() => {
        const parser = createPageParser('text');
        for (const chunk of chunks) parser.push(chunk);
        const { families, problems } = parser.end();
        consume(families.length, problems.length);
      });
    },
  };
}

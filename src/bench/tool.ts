/**
 * Entry of a fresh process: what a tool that is built on the client libraries holds. Both are told each value three times, and
 * show it twice, as in the case that measures the memory of Lyrebird beside it.
 */
import { consume, consumeBytes } from './consume.ts';
import { createLibraries, recordAll } from './libraries.ts';
import { createLoad, onlyFamily } from './workload.ts';
import type { MetricType } from '../series/family.ts';

const TICKS = 3;
const EXPORTS = 2;

/** What the process is asked for, once. */
export interface ToolJob {
  readonly type: MetricType;
  readonly series: number;
}

// Without a reference to its parent it would end before it is asked.
process.channel?.ref();
process.once('message', ({ type, series }: ToolJob) => {
  void hold(type, series).then(() => process.send?.('ready'));
});

async function hold(type: MetricType, series: number): Promise<void> {
  const { labels, prom, otel } = createLibraries(onlyFamily(createLoad(type, series)));
  for (let tick = 0; tick < TICKS; tick++) {
    recordAll(labels, prom.take);
    if (otel !== undefined) recordAll(labels, otel.take);
  }
  for (let i = 0; i < EXPORTS; i++) {
    consume((await prom.page()).length);
    if (otel !== undefined) consumeBytes(await otel.request());
  }
  // Looked at from outside while all of it is there.
  setInterval(() => consume(labels.length), 60_000);
}

import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';

import { prometheus } from '../../src/sinks/prometheus.ts';
import { OPENMETRICS_TYPES, TEXT_TYPES, type Detail } from '../conformance/seen.ts';
import { describeSink } from '../conformance/sinks.ts';
import { createTestContext } from '../support/context.ts';
import { createFrame, nextFrame, type FamilyInput } from '../support/frames.ts';
import { createPullHarness, get, urlOf } from '../support/scrape.ts';

const DETAIL: Readonly<Record<'text' | 'openmetrics', Detail>> = {
  text: { help: true, time: true, types: TEXT_TYPES },
  openmetrics: { help: true, unit: true, time: true, birth: true, types: OPENMETRICS_TYPES },
};

for (const format of ['text', 'openmetrics'] as const) {
  describeSink({
    name: `prometheus (${format})`,
    capabilities: prometheus.capabilities,
    protocol: 'prometheus',
    detail: DETAIL[format],
    createHarness(families) {
      const context = createTestContext();
      const options = prometheus.options.parse({
        port: 0,
        bind_address: '127.0.0.1',
        timestamps: true,
        created: true,
      });
      const sink = prometheus.create(options, context);
      return createPullHarness(sink, context, families, format, DETAIL[format]);
    },
  });
}

it('each reader sees one tick whole, however slowly it reads and whatever comes meanwhile', async () => {
  const pods = Array.from({ length: 60_000 }, (_, i) => ({ pod: `${'long-'.repeat(80)}${i}` }));
  const level = (value: number): FamilyInput[] => [
    { name: 'level', type: 'gauge', series: pods.map((labels) => ({ labels, value })) },
  ];
  const context = createTestContext();
  let frame = createFrame(level(1), { tick: 1 });
  context.frame = frame;
  const options = prometheus.options.parse({ port: 0, bind_address: '127.0.0.1' });
  const sink = prometheus.create(options, context);
  await sink.start(frame.families.map(({ family }) => family));

  const ask = async (): Promise<IncomingMessage> => {
    const asked = request(urlOf(sink), { agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response.pause();
  };
  const responses = [await ask(), await ask()];
  frame = nextFrame(frame, level(2));
  context.frame = frame;
  responses.push(await ask());

  const values: Set<string>[] = [];
  for (const response of responses) {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.resume();
    await once(response, 'end');
    const lines = Buffer.concat(chunks).toString().split('\n').slice(1, -1);
    expect(lines).toHaveLength(pods.length);
    values.push(new Set(lines.map((line) => line.slice(line.indexOf('} ') + 2))));
  }
  expect(values).toEqual([new Set(['1']), new Set(['1']), new Set(['2'])]);
  await get(urlOf(sink));
  await sink.stop(1000);
});

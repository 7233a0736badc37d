import { expect, it } from 'vitest';

import { createMemorySink, memory, type MemoryFamily } from '../../src/sinks/memory.ts';
import { BIRTHLESS, labelKey, type Detail, type Seen } from '../conformance/seen.ts';
import { describeSink } from '../conformance/sinks.ts';
import { createFrame, nextFrame, type FamilyInput } from '../support/frames.ts';

const DETAIL: Detail = { help: true, unit: true, time: true, birth: true };

for (const protocol of ['prometheus', 'otel'] as const) {
  describeSink({
    name: `memory (${protocol} names)`,
    capabilities: memory.capabilities,
    protocol,
    detail: DETAIL,
    async createHarness(families) {
      const sink = createMemorySink({ frames: 1 });
      await sink.start(families);
      return {
        async see(frame, change) {
          if (change !== undefined) await sink.change?.(change);
          await sink.frame(frame);
          const [last] = sink.frames();
          return seenIn(last?.families ?? [], protocol, last?.wallMs ?? Number.NaN);
        },
        close: () => sink.stop(0),
      };
    },
  });
}

function seenIn(families: readonly MemoryFamily[], protocol: 'prometheus' | 'otel', timeMs: number): Seen {
  return Object.fromEntries(
    families.map((family) => [
      family[protocol].name,
      {
        type: family.type,
        help: family.help,
        unit: family[protocol].unit,
        series: Object.fromEntries(
          family.series.map(({ labels, birthMs, ...values }) => [
            labelKey(Object.entries(labels)),
            { ...values, timeMs, ...(BIRTHLESS.has(family.type) ? {} : { birthMs }) },
          ]),
        ),
      },
    ]),
  );
}

it('keeps the last frames, the oldest first, whatever happens to the columns', async () => {
  const sink = createMemorySink({ frames: 2 });
  const level = (value: number): FamilyInput[] => [{ name: 'level', type: 'gauge', series: [{ value }] }];
  let frame = createFrame(level(1), { tick: 1 });
  await sink.frame(frame);
  for (const value of [2, 3]) {
    frame = nextFrame(frame, level(value));
    await sink.frame(frame);
  }
  expect(sink.frames().map(({ tick, families }) => [tick, families[0]?.series[0]?.value])).toEqual([
    [2, 2],
    [3, 3],
  ]);
});

import { hostname } from 'node:os';

import { afterEach, describe, expect, it } from 'vitest';

import { otlp } from '../../src/sinks/otlp.ts';
import { describeSink } from '../conformance/sinks.ts';
import { BIRTH_MS, createFrame, nextFrame, type FamilyInput } from '../support/frames.ts';
import { createPushHarness, type PushHarness } from '../support/push.ts';

const DETAIL = { help: true, unit: true, time: true, birth: true };

for (const protocol of ['grpc', 'http'] as const) {
  describeSink({
    name: `otlp over ${protocol}`,
    capabilities: otlp.capabilities,
    protocol: 'otel',
    detail: DETAIL,
    runs: 30,
    createHarness: (families) => createPushHarness(otlp, families, { protocol }),
  });
}

describeSink({
  name: 'otlp in small compressed requests',
  capabilities: otlp.capabilities,
  protocol: 'otel',
  detail: DETAIL,
  runs: 10,
  createHarness: (families) =>
    createPushHarness(otlp, families, { max_points: 2, compression: 'gzip', max_in_flight: 3 }),
});

const open: PushHarness[] = [];
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.close();
});

async function createHarness(inputs: readonly FamilyInput[], options = {}) {
  const frame = createFrame(inputs);
  const harness = await createPushHarness(
    otlp,
    frame.families.map(({ family }) => family),
    options,
  );
  open.push(harness);
  return { frame, harness };
}

const scrapes = (values: readonly (number | undefined)[]): FamilyInput => ({
  name: 'up',
  type: 'gauge',
  series: values.map((value, i) => ({
    labels: { slot: `${i}` },
    value: value ?? 0,
    present: value !== undefined,
  })),
});

describe('a series that ends', () => {
  it('is told of once, at the tick after its last one, in a message of its own', async () => {
    const { frame, harness } = await createHarness([scrapes([1, 2, 3])], { export_interval_s: 2 });
    const ticks = [
      [1, 2, 3],
      [1, undefined, 3],
      [1, undefined, undefined],
      [1, undefined, undefined],
    ];
    const told: string[] = [];
    let last = frame;
    for (const [tick, values] of ticks.entries()) {
      last = nextFrame(last, [scrapes(values)], { tick });
      for (const { points } of await harness.push(last)) {
        if (points[0]?.noRecordedValue !== true) continue;
        expect(points).toHaveLength(1);
        const [{ attributes, timeMs }] = points;
        const seconds = (timeMs - BIRTH_MS) / 1000;
        told.push(`export of tick ${tick}: slot ${attributes.get('slot') as string} at ${seconds} s`);
      }
    }
    expect(told).toEqual(['export of tick 2: slot 1 at 1 s', 'export of tick 2: slot 2 at 2 s']);
  });

  it('and is there again at the next export is not told of', async () => {
    const { frame, harness } = await createHarness([scrapes([1, 2])], { export_interval_s: 2 });
    await harness.push(nextFrame(frame, [scrapes([1, 2])], { tick: 0 }));
    await harness.push(nextFrame(frame, [scrapes([1, undefined])], { tick: 1 }));
    const metrics = await harness.push(nextFrame(frame, [scrapes([1, 2])], { tick: 2 }));
    expect(metrics.map(({ points }) => points.length)).toEqual([2]);
  });

  it('without ever having been sent is not told of', async () => {
    const { frame, harness } = await createHarness([scrapes([1, undefined])], { export_interval_s: 3 });
    await harness.push(nextFrame(frame, [scrapes([1, undefined])], { tick: 0 }));
    await harness.push(nextFrame(frame, [scrapes([1, 2])], { tick: 1 }));
    await harness.push(nextFrame(frame, [scrapes([1, undefined])], { tick: 2 }));
    const metrics = await harness.push(nextFrame(frame, [scrapes([1, undefined])], { tick: 3 }));
    expect(metrics.map(({ points }) => points.length)).toEqual([1]);
  });
});

describe('the resource', () => {
  const labelled = (name: string): FamilyInput => ({
    name: 'up',
    type: 'gauge',
    series: [{ labels: { [name]: 'x' }, value: 1 }],
  });

  it('names the service and the host, and what is asked for; the scope has no name', async () => {
    const { frame, harness } = await createHarness([labelled('zone')], { resource: { team: 'a' } });
    const [metric] = await harness.push(frame);
    expect(Object.fromEntries(metric?.resource ?? [])).toEqual({
      'service.name': 'lyrebird',
      'service.instance.id': hostname(),
      team: 'a',
    });
    expect(metric?.scope).toEqual({ name: '', version: '' });
  });

  it.each([
    ['instance', 'service.instance.id', 'service.name'],
    ['job', 'service.name', 'service.instance.id'],
  ])('lacks what would replace a label %s, and the start-up line says so', async (label, lacks, keeps) => {
    const { frame, harness } = await createHarness([labelled(label)], { resource: { [lacks]: 'asked for' } });
    const [metric] = await harness.push(frame);
    expect([...(metric?.resource.keys() ?? [])]).toEqual([keeps]);
    expect(harness.sink.notes?.()).toEqual([
      `${lacks} is not sent: backends would put it in place of label ${label} of up`,
    ]);
  });
});

import { hostname } from 'node:os';

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { createMemorySink } from '../../src/sinks/memory.ts';
import { otlp } from '../../src/sinks/otlp.ts';
import { labelKey, OTLP_TYPES } from '../conformance/seen.ts';
import { describeSink } from '../conformance/sinks.ts';
import { BIRTH_MS, changeBetween, createFrame, nextFrame, type FamilyInput } from '../support/frames.ts';
import { createPushHarness, type PushHarness } from '../support/push.ts';
import { sequences } from '../support/sequences.ts';

const DETAIL = { help: true, unit: true, time: true, birth: true, types: OTLP_TYPES };

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

describe('over whatever comes and goes', () => {
  /** What types are over OTLP that have another name there. */
  const SENT_AS: Readonly<Record<string, string>> = { counter: 'sum', updown: 'sum', info: 'sum' };

  /** What a point is of, as a backend tells series apart. */
  const identity = (name: string, type: string, labels: Iterable<readonly [string, unknown]>): string =>
    `${name} ${type} ${labelKey(labels as Iterable<[string, string]>)}`;

  it('each export has the series that are shown, each end is told once with its labels, and all points are accounted for', async () => {
    await fc.assert(
      fc.asyncProperty(sequences, fc.integer({ min: 1, max: 3 }), async (ticks, interval) => {
        const memory = createMemorySink({ frames: 1 });
        let frame = createFrame([], { tick: 0 });
        const harness = await createPushHarness(otlp, [], {
          export_interval_s: interval,
          max_points: 3,
          max_in_flight: 1,
        });
        open.push(harness);
        const sent = new Set<string>();
        let points = 0;
        for (const inputs of [[], ...ticks, [], [], []]) {
          const before = frame;
          frame = nextFrame(before, inputs);
          await memory.frame(frame);
          const metrics = await harness.push(frame, changeBetween(before, frame, inputs));
          if (frame.tick % interval !== 0) {
            expect(metrics).toEqual([]);
            continue;
          }
          const shown = (memory.frames()[0]?.families ?? []).flatMap(({ otel, type, series }) =>
            series.map(({ labels }) => identity(otel.name, SENT_AS[type] ?? type, Object.entries(labels))),
          );
          const live: string[] = [];
          const ended: string[] = [];
          for (const { name, type, points: list } of metrics) {
            points += list.length;
            for (const { attributes, noRecordedValue, timeMs } of list) {
              (noRecordedValue ? ended : live).push(identity(name, type, attributes));
              expect(timeMs).toBeLessThanOrEqual(frame.wallMs);
            }
          }
          expect(live).toEqual(shown);
          const gone = Array.from(sent).filter((one) => !shown.includes(one));
          expect(ended.toSorted()).toEqual(gone.toSorted());
          for (const one of gone) sent.delete(one);
          for (const one of shown) sent.add(one);
        }
        expect(sent.size).toBe(0);
        expect(harness.sink.account?.()).toMatchObject({
          accepted: points,
          pending: 0,
          lost: 0,
          rejected: 0,
          unknown: 0,
        });
        for (const one of open.splice(0)) await one.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('an export that waits to be sent', () => {
  it('has the series and labels of its tick, whatever families and labels are by then', async () => {
    const pods = (pod: string, name = 'up'): FamilyInput => ({
      name,
      type: 'gauge',
      turnover: 'pod',
      series: [
        { labels: { pod, slot: '0' }, value: 1 },
        { labels: { pod: 'stays', slot: '1' }, value: 2 },
      ],
    });
    const { frame, harness } = await createHarness([pods('a')], { max_in_flight: 1 });
    const ticks = [[pods('b')], [pods('c'), pods('x', 'down')], [pods('y', 'down')]];
    const told: string[][] = [];
    let last = frame;
    // None is waited for, so that they are sent when all families and labels are those of the last one.
    await harness.show(frame);
    for (const inputs of ticks) {
      const before = last;
      last = nextFrame(before, inputs);
      await harness.show(last, changeBetween(before, last, inputs));
    }
    for (const { name, points } of await harness.received())
      told.push(
        points.map(
          (point) =>
            `${name} ${point.attributes.get('pod') as string} ${(point.timeMs - BIRTH_MS) / 1000}${point.noRecordedValue ? ' ended' : ''}`,
        ),
      );
    expect(told.flat()).toEqual([
      'up a 1',
      'up stays 1',
      'up b 2',
      'up stays 2',
      'up a 2 ended',
      'up c 3',
      'up stays 3',
      'down x 3',
      'down stays 3',
      'up b 3 ended',
      'down y 4',
      'down stays 4',
      'down x 4 ended',
      'up c 4 ended',
      'up stays 4 ended',
    ]);
  });
});

describe('a new family with a label that an attribute of the resource would replace', () => {
  it('has that attribute left out from then on, and it is said', async () => {
    const level = (label: string): FamilyInput => ({
      name: label,
      type: 'gauge',
      series: [{ labels: { [label]: 'x' }, value: 1 }],
    });
    const { frame, harness } = await createHarness([level('zone')]);
    await harness.push(frame);
    const keys: string[][] = [];
    let last = frame;
    for (const inputs of [[level('zone'), level('instance')], [level('zone')]]) {
      const before = last;
      last = nextFrame(before, inputs);
      const [metric] = await harness.push(last, changeBetween(before, last, inputs));
      keys.push([...(metric?.resource.keys() ?? [])]);
    }
    expect(keys).toEqual([['service.name'], ['service.name']]);
    expect(harness.context.logged.filter((line) => line.startsWith('warn'))).toEqual([
      'warn: otlp: service.instance.id is not sent: backends would put it in place of label instance of instance; what was sent before had it',
    ]);
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

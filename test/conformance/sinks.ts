/**
 * What every sink must show, whatever its protocol: the frame, whole. Each sink's test describes the sink here and
 * gives a harness that puts frames in at one end and reads at the other with a parser of its own.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import type { Family } from '../../src/series/family.ts';
import type { Frame } from '../../src/series/frame.ts';
import type { Capabilities } from '../../src/sinks/sink.ts';
import { familyInputs } from '../support/arbitraries.ts';
import { BIRTH_MS, createFrame, nextFrame, observe, type FamilyInput } from '../support/frames.ts';
import { expected, type Detail, type Seen } from './seen.ts';

export interface SinkHarness {
  /** Gives the sink a frame and resolves to what a reader sees once it has been shown. */
  see(frame: Frame): Promise<Seen>;
  close(): Promise<void>;
}

export interface SinkSubject {
  /** The sink, and its client or format where it has several. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Whose names its readers see. */
  readonly protocol: 'prometheus' | 'otel';
  /** What its readers see besides names, labels and values. */
  readonly detail: Detail;
  /** A started sink for frames of these families. */
  createHarness(families: readonly Family[]): Promise<SinkHarness>;
  /** Cases that it cannot meet although its capabilities do not say so, with the reason. */
  readonly skip?: Readonly<Partial<Record<CaseName, string>>>;
  /** Property runs; fewer where each costs a round trip to a server. */
  readonly runs?: number;
}

interface Case {
  readonly needs?: keyof Capabilities;
  /** The families at tick 1, 2, ... */
  readonly ticks: readonly (readonly FamilyInput[])[];
}

const BOUNDS = [0.005, 0.25, 1, 1e6];
const FIRST = [0.001, 0.25, 0.3, 1e7];
const SECOND = [0.005, 0.005, 2];

function histogram(
  name: string,
  bounds: readonly number[],
  ticks: readonly (readonly number[])[],
): FamilyInput {
  let series = observe(bounds, []);
  for (const observations of ticks) series = observe(bounds, observations, series);
  return { name, type: 'histogram', bounds, series: [{ labels: { zone: 'a' }, ...series }] };
}

function gauges(values: readonly number[]): FamilyInput {
  return {
    name: 'level',
    type: 'gauge',
    series: values.map((value, i) => ({ labels: { slot: `${i}` }, value })),
  };
}

function labelled(values: readonly string[]): FamilyInput {
  const series = values.map((value, i) => ({ labels: { text: value, other: '' }, value: i }));
  return { name: 'labelled', type: 'counter', series };
}

function present(shown: readonly boolean[], type: 'counter' | 'gauge'): FamilyInput {
  const series = shown.map((one, i) => ({ labels: { slot: `${i}` }, value: i + 1, present: one }));
  return { name: `${type}_there`, type, series };
}

function restarted(value: number, birthMs: number): FamilyInput {
  const series = [
    { labels: { pod: 'a' }, value, birthMs },
    { labels: { pod: 'b' }, value: 100, birthMs: BIRTH_MS },
  ];
  return { name: 'restarted', type: 'counter', series };
}

const CASES = {
  'each type beside the others': {
    ticks: [
      [
        { name: 'requests', type: 'counter', series: [{ labels: { code: '200' }, value: 1027 }] },
        { name: 'load', type: 'gauge', series: [{ labels: { cpu: '0' }, value: -0.25 }] },
        histogram('latency', BOUNDS, [FIRST]),
      ],
    ],
  },
  'the state after each tick': {
    ticks: [1, 2.5, 4].map((value, i) => [
      { name: 'requests', type: 'counter', series: [{ labels: { code: '200' }, value }] },
      histogram('latency', BOUNDS, [FIRST, SECOND, []].slice(0, i + 1)),
    ]),
  },
  'a tick that changes nothing': {
    ticks: [
      [gauges([1]), histogram('latency', BOUNDS, [FIRST])],
      [gauges([1]), histogram('latency', BOUNDS, [FIRST, []])],
    ],
  },
  'families without labels': {
    ticks: [
      [
        { name: 'plain_counter', type: 'counter', series: [{ value: 3 }] },
        { name: 'plain_gauge', type: 'gauge', series: [{ value: 0 }] },
        { name: 'plain_histogram', type: 'histogram', bounds: BOUNDS, series: [observe(BOUNDS, FIRST)] },
      ],
    ],
  },
  'quotes, backslashes and line feeds in labels': {
    ticks: [[labelled(['"', '\\', '\n', '\\n', '\\"', 'a="b",c="d"', '} 1', '#', ' '])]],
  },
  'labels in UTF-8, empty ones and long ones': {
    ticks: [[labelled(['', 'grün', '日本', '😀', 'x'.repeat(10_240)])]],
  },
  'help texts of any kind': {
    ticks: [
      ['', 'One line.', 'a \\ b "c"\nd', '日本'].map((help, i) => ({
        ...gauges([i]),
        name: `level_${i}`,
        help,
      })),
    ],
  },
  'names and units as they are derived': {
    ticks: [
      [
        {
          name: 'size',
          type: 'gauge',
          prometheus: { name: 'app_size_bytes', unit: 'bytes' },
          otel: { name: 'otel.size', unit: 'By' },
          series: [{ value: 1 }],
        },
      ],
    ],
  },
  'numbers at the ends of doubles': {
    ticks: [
      [gauges([0, 5e-324, -5e-324, 2 ** 53, -(2 ** 53), 2 ** 53 + 2, 1e300, -1e300, 0.1, 1 / 3, 1e21])],
    ],
  },
  'negative zero': { ticks: [[gauges([-0])]] },
  'infinite gauges': { ticks: [[gauges([Infinity, -Infinity])]] },
  'gauges that are NaN': { needs: 'nan', ticks: [[gauges([NaN, 1])], [gauges([2, NaN])]] },
  'series that are absent for a while': {
    needs: 'absence',
    ticks: [
      [true, true],
      [true, false],
      [false, false],
      [true, true],
    ].map((shown) => [present(shown, 'counter'), present(shown, 'gauge')]),
  },
  'totals that start again': {
    needs: 'reset',
    ticks: [[restarted(50, BIRTH_MS)], [restarted(2, BIRTH_MS + 2000)], [restarted(4, BIRTH_MS + 2000)]],
  },
  'births of their own': { needs: 'birth', ticks: [[restarted(50, BIRTH_MS + 500)]] },
  'bounds of every kind': {
    ticks: [[histogram('latency', [0, 1e-7, 0.1, 1, 1e5, 1e6, 1e21], [[0, 1e-8, 0.1, 1e20, 1e22]])]],
  },
  'a histogram without bounds': { ticks: [[histogram('latency', [], [[1, 2]])]] },
  'histograms without raw observations': {
    needs: 'bulk',
    ticks: [1, 2].map((tick) => [
      {
        name: 'latency',
        type: 'histogram',
        bounds: [1, 2],
        series: [{ labels: { zone: 'a' }, counts: [tick * 2 ** 40, 0, tick], sum: tick * 1e12 }],
      },
    ]),
  },
  summaries: {
    needs: 'summary',
    ticks: [
      [
        {
          name: 'size',
          type: 'summary',
          quantiles: [0.5, 0.99],
          series: [
            { labels: { zone: 'a' }, quantiles: [1, 2.5], count: 7, sum: 10.5 },
            { labels: { zone: 'b' }, quantiles: [NaN, NaN], count: 0, sum: 0 },
          ],
        },
      ],
    ],
  },
  'a summary without quantiles': {
    needs: 'summary',
    ticks: [
      [{ name: 'size', type: 'summary', quantiles: [], series: [{ quantiles: [], count: 7, sum: 10.5 }] }],
    ],
  },
  'no family at all': { ticks: [[]] },
} satisfies Record<string, Case>;

export type CaseName = keyof typeof CASES | 'any families';

/** Runs every case over a sink. Call it in the sink's own test file. */
export function describeSink(subject: SinkSubject): void {
  const { name, capabilities, protocol, detail, skip = {}, runs = 100 } = subject;
  const open: SinkHarness[] = [];
  afterEach(async () => {
    for (const harness of open.splice(0)) await harness.close();
  });

  const show = async (ticks: readonly (readonly FamilyInput[])[]): Promise<void> => {
    let frame = createFrame(ticks[0] ?? [], { tick: 1 });
    const harness = await subject.createHarness(frame.families.map(({ family }) => family));
    open.push(harness);
    for (const [index, inputs] of ticks.entries()) {
      if (index > 0) frame = nextFrame(frame, inputs);
      const seen = await harness.see(frame);
      expect(seen, `tick ${frame.tick}`).toEqual(expected(frame, protocol, detail));
    }
  };

  describe(`${name} shows`, () => {
    for (const [title, { needs, ticks }] of Object.entries<Case>(CASES)) {
      it(title, async (context) => {
        const missing = needs !== undefined && !capabilities[needs] ? `cannot express ${needs}` : undefined;
        const reason = skip[title as CaseName] ?? missing;
        if (reason !== undefined) context.skip(reason);
        await show(ticks);
      });
    }

    it('any families', async (context) => {
      const reason = skip['any families'];
      if (reason !== undefined) context.skip(reason);
      const limits = {
        ...capabilities,
        observations: capabilities.needsObservations,
        negativeZero: skip['negative zero'] === undefined,
      };
      await fc.assert(
        fc.asyncProperty(familyInputs(limits), async (inputs) => {
          await show([inputs]);
          for (const harness of open.splice(0)) await harness.close();
        }),
        { numRuns: runs },
      );
    });
  });
}

/**
 * What every sink must show, whatever its protocol: the frame, whole. Each sink's test describes the sink here and
 * gives a harness that puts frames in at one end and reads at the other with a parser of its own.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import type { FamiliesChange } from '../../src/series/change.ts';
import type { Family } from '../../src/series/family.ts';
import type { Frame } from '../../src/series/frame.ts';
import type { Capabilities } from '../../src/sinks/sink.ts';
import { familyInputs } from '../support/arbitraries.ts';
import {
  BIRTH_MS,
  changeBetween,
  createFrame,
  nextFrame,
  observe,
  type FamilyInput,
} from '../support/frames.ts';
import { sequences } from '../support/sequences.ts';
import { expected, type Detail, type Seen } from './seen.ts';

export interface SinkHarness {
  /** Gives the sink a frame, and a change before it, and resolves to what a reader sees once it has been shown. */
  see(frame: Frame, change?: FamiliesChange): Promise<Seen>;
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

/** One of each type that the classic four do not cover, with values that all of them may have. */
function furtherTypes(active: number): FamilyInput[] {
  const states = ['ready', 'busy', 'down'];
  const name = (text: string): Pick<FamilyInput, 'prometheus' | 'otel'> => ({
    prometheus: { name: text, unit: '' },
    otel: { name: text, unit: '' },
  });
  const labels = { zone: 'a' };
  return [
    { name: 'queued', type: 'gauge', declared: 'updown', series: [{ labels, value: 4 - active }] },
    { name: 'odd', type: 'gauge', declared: 'unknown', series: [{ labels, value: 0.5 - active }] },
    {
      name: 'commits',
      type: 'counter',
      declared: 'unknown',
      ...name('commits'),
      series: [{ labels, value: 7 + active }],
    },
    {
      name: 'build',
      type: 'gauge',
      declared: 'info',
      ...name('build_info'),
      series: [{ labels: { version: '1.2.3' }, value: 1 }],
    },
    {
      name: 'state',
      type: 'gauge',
      declared: 'stateset',
      series: states.map((state, i) => ({ labels: { ...labels, state }, value: Number(i === active) })),
    },
  ];
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

/** Series of one type in pods of these names; none for one that is absent. */
function pods(
  type: FamilyInput['type'],
  names: readonly (string | undefined)[],
  more: object = {},
): FamilyInput {
  const series = names.map((pod, i) => ({
    labels: { zone: 'a', pod: pod ?? '', slot: `${i}` },
    present: pod !== undefined,
    value: i + 1,
    counts: [i, 1],
    quantiles: [i],
    count: i + 1,
    sum: i,
  }));
  return {
    name: `${type}_pods`,
    type,
    bounds: [1],
    quantiles: [0.5],
    turnover: 'pod',
    series,
    ...more,
  };
}

const TYPES = ['counter', 'gauge', 'histogram', 'summary'] as const;

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
  'types beyond the four': { ticks: [0, 1, 2].map(furtherTypes) },
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
  'labels that turn over': {
    needs: 'turnover',
    ticks: [
      ['a', 'b', 'c'],
      ['a', 'd', 'c'],
      ['a', 'd', 'c'],
      ['e', 'f"\n', 'a-longer-name'],
    ].map((names) => TYPES.map((type) => pods(type, names))),
  },
  'labels that turn over while their series are absent': {
    needs: 'turnover',
    ticks: [
      ['a', 'b'],
      [undefined, 'b'],
      ['c', undefined],
      ['c', 'd'],
    ].map((names) => TYPES.map((type) => pods(type, names))),
  },
  'series that are born anew with other labels': {
    needs: 'turnover',
    ticks: [0, 1, 2].map((tick) => [
      {
        name: 'restarts',
        type: 'counter',
        turnover: 'pod',
        series: [
          { labels: { pod: `pod-${tick}` }, value: 0, birthMs: BIRTH_MS + 1000 * tick },
          { labels: { pod: 'stays' }, value: tick, birthMs: BIRTH_MS },
        ],
      },
    ]),
  },
  'families that come and go': {
    needs: 'change',
    ticks: [
      ['counter', 'gauge'],
      ['counter', 'histogram', 'gauge', 'summary'],
      ['summary'],
      [],
      ['histogram', 'counter'],
    ].map((types) => types.map((type) => pods(type as FamilyInput['type'], ['a', 'b']))),
  },
  'families in another order': {
    needs: 'change',
    ticks: [TYPES, TYPES.toReversed()].map((types) => types.map((type) => pods(type, ['a', 'b']))),
  },
  'families in which others go on': {
    needs: 'change',
    ticks: [
      TYPES.map((type) => pods(type, ['a', 'b'])),
      TYPES.map((type) => pods(type, ['a', 'b', 'c'], { help: 'More.', succeeds: `${type}_pods` })),
      TYPES.map((type) => pods(type, ['a', 'd', 'c'], { help: 'More.', succeeds: `${type}_pods` })),
    ],
  },
  'families of another type under the same name': {
    needs: 'change',
    ticks: TYPES.map((type) => [pods(type, ['a', 'b'], { name: 'same' })]),
  },
  'other bounds and other label names': {
    needs: 'change',
    ticks: [
      [pods('histogram', ['a'])],
      [pods('histogram', ['a'], { bounds: [2] })],
      [
        pods('histogram', ['a'], {
          bounds: [2],
          series: [{ labels: { other: 'x' }, counts: [1, 1], sum: 2 }],
          turnover: undefined,
        }),
      ],
    ],
  },
} satisfies Record<string, Case>;

export type CaseName = keyof typeof CASES | 'any families' | 'whatever comes and goes';

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
      const before = frame;
      if (index > 0) frame = nextFrame(before, inputs);
      const seen = await harness.see(frame, changeBetween(before, frame, inputs));
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

    it('whatever comes and goes', async (context) => {
      const needs = (['turnover', 'change', 'absence', 'reset', 'birth', 'summary', 'bulk'] as const).find(
        (capability) => !capabilities[capability],
      );
      const reason = skip['whatever comes and goes'] ?? (needs && `cannot express ${needs}`);
      if (reason !== undefined) context.skip(reason);
      await fc.assert(
        fc.asyncProperty(sequences, async (ticks) => {
          await show(ticks);
          for (const harness of open.splice(0)) await harness.close();
        }),
        { numRuns: Math.ceil(runs / 2) },
      );
    });
  });
}

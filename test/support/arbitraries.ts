/** fast-check arbitraries of label values, numbers and whole families. */
import fc from 'fast-check';

import type { DeclaredType } from '../../src/series/family.ts';
import { observe, type FamilyInput, type HistogramSeries, type ScalarFamily } from './frames.ts';

/** Label values that have broken one encoder or another, and any others. */
export const labelValues: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\n',
    '\\n',
    '\\"',
    'a,b="c"',
    '} 1',
    '# HELP',
    ' ',
    '\t',
    '\r\n',
    '\u007f\u{10000}',
  ),
  fc.constantFrom('grün', '€', '日本', '😀', 'x'.repeat(10 * 1024), '"\\\n'.repeat(100)),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Any shown value of a gauge. */
export const levels: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 5e-324, -5e-324, 2.225073858507201e-308, 1e300, -1e300),
  fc.constantFrom(
    2 ** 53,
    2 ** 53 - 1,
    2 ** 53 + 2,
    -(2 ** 53),
    1e21,
    1e20,
    1e-6,
    1e-7,
    0.1,
    0.000001,
    1e9,
    1e15,
  ),
  fc.double(),
  fc.integer(),
  fc.integer().map((value) => value / 1000),
  fc.maxSafeInteger(),
);

/** Totals of counters and sums of observations: finite, not negative. */
export const totals: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 5e-324, 2 ** 53, 1e300, 0.1),
  fc.nat(),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
);

const NAME = fc.stringMatching(/^[a-z][a-z0-9]{0,7}(_[a-z0-9]{1,7}){0,2}$/);

/** Names that say nothing: neither a suffix that a type owns, nor a label that a format owns. */
const PLAIN_NAME = NAME.filter(
  (name) =>
    !/_(total|created|bucket|sum|count|info)$/.test(name) &&
    !['le', 'quantile', 'job', 'instance'].includes(name),
);

/** Text 0.0.4 cannot show blanks at the beginning. */
const HELP = fc
  .oneof(fc.constantFrom('', 'One line.', 'a \\ b "c"\nd'), fc.string({ unit: 'binary', maxLength: 30 }))
  .map((help) => help.replace(/^[ \t]+/, ''));

/** Different label sets of one list of names; no names give a single, empty set. */
function labelSets(maxSeries: number): fc.Arbitrary<Record<string, string>[]> {
  return fc.uniqueArray(PLAIN_NAME, { maxLength: 4 }).chain((names) =>
    fc
      .uniqueArray(fc.array(labelValues, { minLength: names.length, maxLength: names.length }), {
        minLength: 1,
        maxLength: names.length === 0 ? 1 : maxSeries,
        selector: (row) => JSON.stringify(row),
      })
      .map((rows) => rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] as string])))),
  );
}

function seriesOf<Values extends object>(maxSeries: number, values: fc.Arbitrary<Values>) {
  return labelSets(maxSeries).chain((sets) =>
    fc
      .array(values, { minLength: sets.length, maxLength: sets.length })
      .map((rows) => rows.map((row, i) => ({ labels: sets[i] as Record<string, string>, ...row }))),
  );
}

const PRESENT = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean());

/** Observations, none negative, whose sums stay finite. */
const observations = fc.double({ min: 0, max: 1e300, noNaN: true });

const bounds = fc
  .uniqueArray(
    fc.oneof(
      fc.constantFrom(0, 0.005, 0.1, 1, 2.5, 10, 1e5, 1e6, 1e21, 1e-5, 1e-7),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((bound) => bound + 0),
    ),
    { maxLength: 6 },
  )
  .map((list) => list.toSorted((a, b) => a - b));

/** What families may have; what is left out, they may. */
export interface Limits {
  readonly summary?: boolean;
  readonly absence?: boolean;
  readonly nan?: boolean;
  readonly negativeZero?: boolean;
  /** Histograms without raw observations. */
  readonly bulk?: boolean;
  /** Histograms with raw observations, too. */
  readonly observations?: boolean;
}

/** Up to five families of every type, further ones too, with different names. */
export function familyInputs(limits: Limits = {}): fc.Arbitrary<FamilyInput[]> {
  const shownLevels = levels.map((level) => {
    if (limits.nan === false && Number.isNaN(level)) return 0;
    return limits.negativeZero === false && level === 0 ? 0 : level;
  });
  const base = { name: PLAIN_NAME, help: HELP };
  const present = limits.absence === false ? fc.constant(true) : PRESENT;

  const scalars = (type: 'counter' | 'gauge', values: fc.Arbitrary<number>): fc.Arbitrary<ScalarFamily> =>
    fc.record({
      ...base,
      type: fc.constant(type),
      series: seriesOf(5, fc.record({ value: values, present })),
    });

  /** A family under one name on both paths, of a type that the four do not cover. */
  const declare = (
    declared: DeclaredType,
    families: fc.Arbitrary<ScalarFamily>,
    suffix = '',
  ): fc.Arbitrary<FamilyInput> =>
    families.map((family) => {
      const own = { name: family.name + suffix, unit: '' };
      return { ...family, declared, prometheus: own, otel: own };
    });
  const infos = declare('info', scalars('gauge', fc.constant(1)), '_info');
  /** Each label set stands once for every state, in the label that has the name of the family. */
  const statesets = declare(
    'stateset',
    fc
      .tuple(
        scalars('gauge', fc.constant(0)),
        fc.uniqueArray(
          labelValues.filter((value) => value !== ''),
          { minLength: 1, maxLength: 3 },
        ),
        fc.nat(),
      )
      .map(([family, states, active]) => ({
        ...family,
        series: family.series.flatMap(({ labels, present: isPresent }, i) => {
          const { [family.name]: _, ...rest } = labels ?? {};
          return states.map((state, s) => ({
            labels: { ...rest, [family.name]: state },
            present: isPresent ?? true,
            value: Number(s === (active + i) % states.length),
          }));
        }),
      }))
      .filter(
        ({ series }) => new Set(series.map(({ labels }) => JSON.stringify(labels))).size === series.length,
      ),
  );
  const further = [
    declare('updown', scalars('gauge', shownLevels)),
    declare('unknown', scalars('gauge', shownLevels)),
    declare('unknown', scalars('counter', totals)),
    infos,
    statesets,
  ];

  const histograms: fc.Arbitrary<FamilyInput> = fc.record({ ...base, bounds }).chain((family) => {
    const size = { minLength: family.bounds.length + 1, maxLength: family.bounds.length + 1 };
    const bulk = fc.record({ counts: fc.array(fc.nat(2 ** 40), size), sum: totals, present });
    const observed = fc
      .record({ observations: fc.array(observations, { maxLength: 32 }), present })
      .map((one) => ({ ...observe(family.bounds, one.observations), present: one.present }));
    const kinds: fc.Arbitrary<HistogramSeries>[] = [];
    if (limits.bulk !== false) kinds.push(bulk);
    if (limits.observations === true) kinds.push(observed);
    return fc
      .oneof(...kinds.map((kind) => seriesOf(3, kind)))
      .map((series) => ({ ...family, type: 'histogram' as const, series }));
  });

  const summaries: fc.Arbitrary<FamilyInput> = fc
    .record({ ...base, quantiles: fc.subarray([0, 0.5, 0.9, 0.99, 0.999, 1]) })
    .chain((family) => {
      const size = { minLength: family.quantiles.length, maxLength: family.quantiles.length };
      const values = fc.array(fc.oneof({ weight: 5, arbitrary: totals }, fc.constant(NaN)), size);
      const series = seriesOf(
        3,
        fc.record({ quantiles: values, count: fc.nat(2 ** 40), sum: totals, present }),
      );
      return series.map((list) => ({ ...family, type: 'summary' as const, series: list }));
    });

  const kinds: fc.Arbitrary<FamilyInput>[] = [
    scalars('counter', totals),
    scalars('gauge', shownLevels),
    histograms,
    fc.oneof(...further),
  ];
  if (limits.summary !== false) kinds.push(summaries);
  return fc.uniqueArray(fc.oneof(...kinds), { maxLength: 5, selector: ({ name }) => name });
}

// What was read, written and read again is the same: on pages of every kind, whole and with what a page may leave out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Page, PageExemplar, PageFamily, PageFormat, PagePoint, PageType } from '../../src/wire/page.ts';
import { formatPage } from '../../src/wire/page-text.ts';
import { parsePage } from '../../src/wire/parse.ts';
import { labelValues, levels, totals } from '../support/arbitraries.ts';

const TYPES: Readonly<Record<PageFormat, readonly PageType[]>> = {
  text: ['counter', 'gauge', 'histogram', 'summary', 'unknown'],
  openmetrics: ['counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset', 'unknown'],
};

/** Names that no suffix of a type can end, of either spelling. */
const familyNames = fc.oneof(
  fc.stringMatching(/^[a-z]{3,9}$/),
  fc.stringMatching(/^[a-z]{1,5}[. é-][a-z]{1,5}$/),
);
const labelNames = fc.oneof(fc.stringMatching(/^[a-k]{1,3}$/), fc.constantFrom('dotted.name', 'grün'));

const timesMs = fc.option(fc.integer({ min: -4e12, max: 4e12 }), { nil: undefined });

const exemplars = (format: PageFormat, le: string | undefined): fc.Arbitrary<PageExemplar[]> =>
  format === 'text'
    ? fc.constant([])
    : fc.array(
        fc.record({
          labels: fc
            .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string({ maxLength: 9 }), { maxKeys: 2 })
            .map(asLabels),
          value: levels,
          timestampMs: timesMs,
          le: fc.constant(le),
        }),
        { maxLength: 1 },
      );

function asLabels(set: Record<string, string>) {
  return Object.entries(set).map(([name, value]) => ({ name, value }));
}

function valuesOf(type: PageType, format: PageFormat): fc.Arbitrary<Partial<PagePoint>> {
  const created = format === 'openmetrics' ? timesMs : fc.constant(undefined);
  switch (type) {
    case 'counter':
      return fc.record({ value: totals, createdMs: created, exemplars: exemplars(format, undefined) });
    case 'info':
      return fc.constant({ value: 1 });
    case 'stateset':
      return fc.record({ value: fc.constantFrom(0, 1) });
    case 'gauge':
    case 'unknown':
      return fc.record({ value: levels });
    case 'histogram':
    case 'gaugehistogram': {
      const text = format === 'text' ? '0.5' : '0.50';
      return fc
        .record({
          few: fc.nat(9),
          more: fc.nat(9),
          sum: totals,
          on: exemplars(format, text),
          createdMs: created,
        })
        .map(({ few, more, sum, on, createdMs }) => ({
          buckets: [
            { le: 0.5, text, count: few },
            { le: Infinity, text: '+Inf', count: few + more },
          ],
          count: few + more,
          sum,
          exemplars: on,
          ...(type === 'histogram' ? { createdMs } : {}),
        }));
    }
    case 'summary':
      return fc
        .record({ q: fc.oneof(totals, fc.constant(NaN)), count: fc.nat(), sum: totals, createdMs: created })
        .map(({ q, ...rest }) => ({ quantiles: [{ quantile: 0.9, text: '0.90', value: q }], ...rest }));
  }
}

function families(format: PageFormat): fc.Arbitrary<PageFamily> {
  return fc.constantFrom(...TYPES[format]).chain((type) => {
    const labels = fc.dictionary(labelNames, labelValues, { maxKeys: 3 }).map(asLabels);
    const points = fc.uniqueArray(
      fc.record({ labels, timestampMs: timesMs, values: valuesOf(type, format) }),
      {
        minLength: 1,
        maxLength: 3,
        selector: (point) =>
          JSON.stringify(
            point.labels.filter(({ value }) => value !== '').toSorted((a, b) => (a.name < b.name ? -1 : 1)),
          ),
      },
    );
    return fc
      .record({
        name: familyNames,
        help: fc
          .constantFrom('', 'Some "help" \\ with\nall.', ' x')
          .map((help) => (format === 'text' ? help.trimStart() : help)),
        points,
      })
      .map(({ name, help, points: list }) => ({
        name,
        type,
        help,
        unit: '',
        line: 0,
        points: list.map((point) => ({
          labels: type === 'stateset' ? [...point.labels, { name, value: 's' }] : point.labels,
          timestampMs: point.timestampMs,
          line: 0,
          createdMs: undefined,
          value: undefined,
          sum: undefined,
          count: undefined,
          buckets: [],
          quantiles: [],
          exemplars: [],
          ...point.values,
        })),
      }));
  });
}

/** A page without its line numbers, which a printed page has anew. */
function withoutLines({ families: list, problems }: Page): unknown {
  return {
    problems: problems.map(({ message }) => message),
    families: list.map((family) => ({
      ...family,
      line: 0,
      points: family.points.map((point) => ({ ...point, line: 0 })),
    })),
  };
}

describe.each(['text', 'openmetrics'] as const)('a page of format %s', (format) => {
  it('is, printed and read, what it was', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(families(format), { maxLength: 4, selector: ({ name }) => name }),
        (list) => {
          const page: Page = { families: list, problems: [] };
          expect(withoutLines(parsePage(formatPage(page, format), format))).toEqual(withoutLines(page));
        },
      ),
      { numRuns: 300 },
    );
  });
});

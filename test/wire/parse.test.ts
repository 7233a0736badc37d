import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Page, PageFormat, PagePoint } from '../../src/wire/page.ts';
import { createPageParser, parsePage } from '../../src/wire/parse.ts';

const lines = (...list: string[]): string => list.map((line) => `${line}\n`).join('');
const point = (page: Page, family = 0, index = 0): PagePoint | undefined =>
  page.families[family]?.points[index];
const labels = (one: PagePoint | undefined): Record<string, string> =>
  Object.fromEntries((one?.labels ?? []).map(({ name, value }) => [name, value]));

describe('a text 0.0.4 page', () => {
  it('with everything that the format allows is read without a problem', () => {
    const page = parsePage(
      lines(
        '# A comment, and an empty line next.',
        '',
        '#HELP not a comment of the format but metadata without its blank',
        '  # TYPE \t spaced \t counter',
        '# HELP spaced   Leading blanks go, "quotes" and \\\\ and \\n stay.',
        ' \tspaced\t{ a = "x" ,b="y\\\\\\"\\nz", } \t 1e3 \t-5 ',
        'spaced{} +Inf',
        'untyped_metric -.5e-3',
        'nan_metric Nan',
        '# TYPE l untyped',
        'l{le="1"}1',
        '{"dotted.name", "a.b"="c"} 0',
      ),
      'text',
    );
    expect(page.problems).toEqual([]);
    expect(page.families.map(({ name, type, help }) => [name, type, help])).toEqual([
      ['not', 'unknown', 'a comment of the format but metadata without its blank'],
      ['spaced', 'counter', 'Leading blanks go, "quotes" and \\ and \n stay.'],
      ['untyped_metric', 'unknown', ''],
      ['nan_metric', 'unknown', ''],
      ['l', 'unknown', ''],
      ['dotted.name', 'unknown', ''],
    ]);
    expect(point(page, 1)).toMatchObject({ value: 1000, timestampMs: -5, line: 6 });
    expect(labels(point(page, 1))).toEqual({ a: 'x', b: 'y\\"\nz' });
    expect(point(page, 1, 1)).toMatchObject({ value: Infinity, labels: [] });
    expect(point(page, 2)?.value).toBe(-0.0005);
    expect(point(page, 3)?.value).toBeNaN();
    expect(labels(point(page, 5))).toEqual({ 'a.b': 'c' });
  });

  it('puts histograms and summaries together, metadata in any order', () => {
    const page = parsePage(
      lines(
        '# TYPE h histogram',
        '# HELP h A histogram.',
        'h_count{z="1",a="x"} 3',
        'h_sum{a="x",z="1"} 4.5',
        'h_bucket{a="x",le="+Inf",z="1"} 3',
        'h_bucket{a="x",z="1",le="1"} 2',
        '# HELP s A summary.',
        '# TYPE s summary',
        's{quantile="0.5"} NaN',
        's_sum 0',
        's_count 0',
      ),
      'text',
    );
    expect(page.problems).toEqual([]);
    expect(page.families).toHaveLength(2);
    expect(point(page)).toMatchObject({ count: 3, sum: 4.5, value: undefined });
    expect(point(page)?.buckets).toEqual([
      { le: Infinity, text: '+Inf', count: 3 },
      { le: 1, text: '1', count: 2 },
    ]);
    expect(point(page, 1)?.quantiles).toEqual([{ quantile: 0.5, text: '0.5', value: NaN }]);
  });

  it('gives _total, _sum and _created lines without a fitting type families of their own', () => {
    const page = parsePage(lines('a_total 1', '# TYPE b gauge', 'b 1', 'b_created 2', 'b_sum 3'), 'text');
    expect(page.problems).toEqual([]);
    expect(page.families.map(({ name }) => name)).toEqual(['a_total', 'b', 'b_created', 'b_sum']);
  });
});

describe('an OpenMetrics page', () => {
  it('with everything that the format allows is read without a problem', () => {
    const page = parsePage(
      lines(
        '# TYPE c_seconds counter',
        '# UNIT c_seconds seconds',
        '# HELP c_seconds A \\"counter\\" \\x.',
        'c_seconds_total{a="\\x"} 1.5 1700000000.123 # {trace="ü",span=""} 0.5 1699999999.9995',
        'c_seconds_created{a="\\x"} 1600000000.5 1700000000.123',
        '# TYPE h histogram',
        'h_bucket{le="1.0"} 1 # {} 0.5',
        'h_bucket{le="+Inf"} 1',
        'h_sum 0.5',
        'h_count 1',
        '# TYPE gh gaugehistogram',
        'gh_bucket{le="+Inf"} 2',
        'gh_gsum 2.5',
        'gh_gcount 2',
        '# TYPE s summary',
        's_count 2',
        's_sum 2',
        '# TYPE i info',
        'i_info{version="1"} 1',
        '# TYPE st stateset',
        'st{st="a"} 1',
        'st{st="b"} 0',
        '# TYPE u unknown',
        'u -0',
        'bare 1 0',
        'bare 2 1.5',
        '# EOF',
      ),
      'openmetrics',
    );
    expect(page.problems).toEqual([]);
    expect(page.families.map(({ name, type, unit }) => [name, type, unit])).toEqual([
      ['c_seconds', 'counter', 'seconds'],
      ['h', 'histogram', ''],
      ['gh', 'gaugehistogram', ''],
      ['s', 'summary', ''],
      ['i', 'info', ''],
      ['st', 'stateset', ''],
      ['u', 'unknown', ''],
      ['bare', 'unknown', ''],
    ]);
    expect(page.families[0]?.help).toBe('A "counter" \\x.');
    expect(labels(point(page))).toEqual({ a: '\\x' });
    expect(point(page)).toMatchObject({
      value: 1.5,
      timestampMs: 1_700_000_000_123,
      createdMs: 1_600_000_000_500,
      exemplars: [
        {
          labels: [
            { name: 'trace', value: 'ü' },
            { name: 'span', value: '' },
          ],
          value: 0.5,
          timestampMs: 1_699_999_999_999.5,
          le: undefined,
        },
      ],
    });
    expect(point(page, 1)?.exemplars).toEqual([
      { labels: [], value: 0.5, timestampMs: undefined, le: '1.0' },
    ]);
    expect(point(page, 2)).toMatchObject({ sum: 2.5, count: 2 });
    expect(page.families[7]?.points.map(({ timestampMs }) => timestampMs)).toEqual([0, 1500]);
  });
});

/** What is reported, and at which line; `# EOF` is put behind OpenMetrics pages. */
const WRONG: readonly [format: PageFormat, what: string, page: string[], line: number, message: string][] = [
  ['text', 'a bad metric name', ['1a 1'], 1, 'column 1: "1a" is no metric name'],
  ['text', 'no value', ['a'], 1, 'column 2: a blank is missing before the value'],
  ['text', 'a blank for a value', ['a '], 1, 'column 3: the value is missing'],
  ['text', 'a word for a value', ['a one'], 1, 'column 6: "one" is no value'],
  ['text', 'a hexadecimal value', ['a 0x1p3'], 1, '"0x1p3" is no value'],
  ['text', 'a signed NaN', ['a -NaN'], 1, '"-NaN" is no value'],
  ['text', 'a value beyond a double', ['a 1e999'], 1, '"1e999" is no value'],
  ['text', 'a fraction for a time', ['a 1 1.5'], 1, 'is no time in whole milliseconds'],
  ['text', 'more behind the time', ['a 1 1 1'], 1, 'there is something behind the end'],
  ['text', 'an exemplar', ['a 1 # {} 1'], 1, 'is no time in whole milliseconds'],
  ['text', 'a label without quotes', ['a{b=c} 1'], 1, 'column 5: the value of label b is not quoted'],
  ['text', 'a label without value', ['a{b} 1'], 1, 'label b has no value'],
  ['text', 'a bad label name', ['a{b:c="d"} 1'], 1, '"b:c" is no label name'],
  ['text', 'a label twice', ['a{b="1",b="2"} 1'], 1, 'label b is there twice'],
  ['text', 'no comma between labels', ['a{b="1"c="2"} 1'], 1, 'a comma or closing brace is missing'],
  ['text', 'two commas', ['a{b="1",,} 1'], 1, 'a label name is missing'],
  ['text', 'no closing brace', ['a{b="1" 1'], 1, 'a comma or closing brace is missing'],
  ['text', 'no closing quote', ['a{b="1} 1'], 1, 'a quote is missing at the end of the line'],
  ['text', 'a strange escape', ['a{b="\\t"} 1'], 1, '\\t is no escape'],
  ['text', 'a strange escape in HELP', ['# HELP a b\\tc'], 1, '\\t is no escape in HELP'],
  ['text', 'no metric name', ['{b="1"} 1'], 1, 'the metric name is missing'],
  ['text', 'a name behind a label', ['{b="1","a"} 1'], 1, 'label a has no value'],
  ['text', 'an unknown type', ['# TYPE a timer'], 1, '"timer" is no type'],
  ['text', 'a type of OpenMetrics', ['# TYPE a unknown'], 1, '"unknown" is no type'],
  ['text', 'a name that is none in TYPE', ['# TYPE a-b gauge'], 1, '"a-b" is no metric name'],
  ['text', 'a second TYPE', ['# TYPE a gauge', '# TYPE a gauge'], 2, 'a second TYPE of a'],
  ['text', 'a second HELP', ['# HELP a b', '# HELP a b'], 2, 'a second HELP of a'],
  ['text', 'TYPE behind samples', ['a 1', '# TYPE a gauge'], 2, 'TYPE of a behind its samples'],
  [
    'text',
    'TYPE behind buckets',
    ['a_sum 1', '# TYPE a summary'],
    2,
    'TYPE of a behind its samples a_sum (line 1)',
  ],
  ['text', 'a series twice', ['a{b="1",c=""} 1', 'a{b="1"} 1'], 2, 'a of the same labels is at line 1'],
  ['text', 'a series twice in another order', ['a{b="1",c="2"} 1', 'a{c="2",b="1"} 1'], 2, 'is at line 1'],
  ['text', 'a series at two times', ['a 1 1', 'a 1 2'], 2, 'the series is at line 1 with another time'],
  ['text', 'an interrupted family', ['a{b="1"} 1', 'c 1', 'a{b="2"} 1'], 3, 'a (line 1) is interrupted'],
  ['text', 'a sample that its type has not', ['# TYPE a histogram', 'a 1'], 2, 'a histogram has no sample a'],
  [
    'text',
    'a sample of two families',
    ['# TYPE a_count gauge', '# TYPE a histogram', 'a_count 1'],
    3,
    'a_count belongs to a and to a_count',
  ],
  ['text', 'a bucket without bound', ['# TYPE a histogram', 'a_bucket 1'], 2, 'a_bucket without le'],
  [
    'text',
    'a bound that is no number',
    ['# TYPE a histogram', 'a_bucket{le="x"} 1'],
    2,
    'le="x" is no number',
  ],
  ['text', 'a summary without quantile', ['# TYPE a summary', 'a 1'], 2, 'a without quantile'],
  [
    'text',
    'buckets that fall',
    [
      '# TYPE a histogram',
      'a_bucket{le="1"} 2',
      'a_bucket{le="2"} 1',
      'a_bucket{le="+Inf"} 2',
      'a_sum 1',
      'a_count 2',
    ],
    2,
    'a falls from 2 at 1 to 1 at 2',
  ],
  [
    'text',
    'a bucket twice',
    [
      '# TYPE a histogram',
      'a_bucket{le="1"} 1',
      'a_bucket{le="1.0"} 1',
      'a_bucket{le="+Inf"} 1',
      'a_sum 1',
      'a_count 1',
    ],
    2,
    'a has two buckets 1 and 1.0',
  ],
  [
    'text',
    'no last bucket',
    ['# TYPE a histogram', 'a_bucket{le="1"} 2', 'a_sum 1', 'a_count 2'],
    2,
    'a has no bucket +Inf',
  ],
  [
    'text',
    'a count unlike the last bucket',
    ['# TYPE a histogram', 'a_bucket{le="+Inf"} 2', 'a_sum 1', 'a_count 3'],
    2,
    'a has count 3 and 2 in bucket +Inf',
  ],
  ['text', 'no sum', ['# TYPE a histogram', 'a_bucket{le="+Inf"} 2', 'a_count 2'], 2, 'a has no sum'],
  ['text', 'no count', ['# TYPE a summary', 'a_sum 2'], 2, 'a has no count'],
  [
    'text',
    'a quantile twice',
    ['# TYPE a summary', 'a{quantile="1"} 1', 'a{quantile="1.0"} 1', 'a_sum 1', 'a_count 1'],
    2,
    'a has two quantiles 1.0',
  ],
  [
    'text',
    'a quantile beyond one',
    ['# TYPE a summary', 'a{quantile="99"} 1', 'a_sum 1', 'a_count 1'],
    2,
    'is not between 0 and 1',
  ],
  ['openmetrics', 'an empty line', [''], 1, 'an empty line'],
  ['openmetrics', 'a comment', ['# note'], 1, 'a comment that is neither'],
  ['openmetrics', 'two blanks', ['a  1'], 1, 'column 3: the value is missing'],
  ['openmetrics', 'a blank at the end', ['a 1 '], 1, 'there is something behind the end'],
  ['openmetrics', 'a blank before the braces', ['a {} 1'], 1, '"{}" is no value'],
  ['openmetrics', 'a blank in the braces', ['a{ b="1"} 1'], 1, 'a label name is missing'],
  ['openmetrics', 'a comma before the closing brace', ['a{b="1",} 1'], 1, 'a comma before the closing brace'],
  ['openmetrics', 'the type of text', ['# TYPE a untyped'], 1, '"untyped" is no type'],
  ['openmetrics', 'a counter without _total', ['# TYPE a counter', 'a 1'], 2, 'a counter has no sample a'],
  [
    'openmetrics',
    'a negative counter',
    ['# TYPE a counter', 'a_total -1'],
    2,
    'a has no total, or it is negative',
  ],
  [
    'openmetrics',
    'a counter with no more than its birth',
    ['# TYPE a counter', 'a_created 1'],
    2,
    'a has no total',
  ],
  ['openmetrics', 'HELP behind samples', ['a 1', '# HELP a b'], 2, 'HELP of a behind its samples'],
  [
    'openmetrics',
    'a unit that the name has not',
    ['# UNIT a seconds'],
    1,
    'a does not end in its unit seconds',
  ],
  [
    'openmetrics',
    'times that do not grow',
    ['a 1 2', 'a 1 1'],
    2,
    'the series is at line 1 with another time',
  ],
  ['openmetrics', 'an infinite time', ['a 1 +Inf'], 1, '"+Inf" is no time in seconds'],
  [
    'openmetrics',
    'the lines of a series apart',
    ['# TYPE a summary', 'a_sum{b="1"} 1', 'a_sum{b="2"} 1', 'a_count{b="1"} 1', 'a_count{b="2"} 1'],
    4,
    'the lines of a series from line 2 are not together',
  ],
  [
    'openmetrics',
    'buckets out of order',
    ['# TYPE a histogram', 'a_bucket{le="+Inf"} 1', 'a_bucket{le="1.0"} 1', 'a_count 1'],
    2,
    'the buckets of a are not in the order of their bounds',
  ],
  ['openmetrics', 'an exemplar on a gauge', ['# TYPE a gauge', 'a 1 # {} 1'], 2, 'an exemplar on a'],
  [
    'openmetrics',
    'an exemplar without value',
    ['# TYPE a counter', 'a_total 1 # {b="c"}'],
    2,
    'a blank is missing before the value of the exemplar',
  ],
  [
    'openmetrics',
    'an exemplar without labels',
    ['# TYPE a counter', 'a_total 1 # 1'],
    2,
    'the labels of the exemplar are missing',
  ],
  [
    'openmetrics',
    'an exemplar that is too long',
    ['# TYPE a counter', `a_total 1 # {b="${'😀'.repeat(128)}"} 1`],
    2,
    "the exemplar's labels have 129 characters",
  ],
  ['openmetrics', 'an info that is not one', ['# TYPE a info', 'a_info 2'], 2, 'a is an info and not 1'],
  [
    'openmetrics',
    'a state without its label',
    ['# TYPE a stateset', 'a 1'],
    2,
    'a is a state and has no label a',
  ],
];

describe('reported with its line', () => {
  it.each(WRONG)('%s: %s', (format, _, page, line, message) => {
    const text = lines(...page, ...(format === 'openmetrics' ? ['# EOF'] : []));
    const { problems } = parsePage(text, format);
    expect(problems).toContainEqual({ line, message: expect.stringContaining(message) as string });
  });

  it.each<[PageFormat, string, string, number, string]>([
    ['openmetrics', 'no end', 'a 1\n', 1, 'the page does not end with # EOF'],
    ['openmetrics', 'lines behind the end', '# EOF\na 1\n', 2, 'a line behind # EOF'],
    ['openmetrics', 'an end without line feed', 'a 1\n# EOF', 2, 'the last line does not end'],
    ['text', 'a last line without line feed', 'a 1', 1, 'the last line does not end'],
  ])('%s: %s', (format, _, text, line, message) => {
    expect(parsePage(text, format).problems).toContainEqual({ line, message });
  });

  it('bytes that are not UTF-8, and the rest of the page is read', () => {
    const page = parsePage(
      Buffer.concat([Buffer.from('a 1\nb{c="'), Buffer.from([0xff]), Buffer.from('"} 2\n')]),
      'text',
    );
    expect(page.problems).toEqual([{ line: 2, message: 'the line is not UTF-8' }]);
    expect(page.families.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

it('a page that comes in pieces is the same page', () => {
  const text = lines('# HELP ä ü', '# TYPE a gauge', 'a{b="日本😀"} 1', 'a{b="€"} 2', 'broken', 'c 3');
  const bytes = Buffer.from(text);
  const whole = parsePage(text, 'text');
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const parser = createPageParser('text');
      let from = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
        parser.push(bytes.subarray(from, cut));
        from = cut;
      }
      expect(parser.end()).toEqual(whole);
    }),
  );
});

it('whatever is thrown at it, it does not throw, and keeps or reports every line', () => {
  const fragment = fc.constantFrom(
    'a',
    'a_total',
    '{',
    '}',
    'b="c"',
    '"',
    ' ',
    '1',
    '# TYPE a counter',
    '# HELP a',
    '#',
    '\\',
    ',',
  );
  fc.assert(
    fc.property(
      fc.constantFrom<PageFormat>('text', 'openmetrics'),
      fc.array(fc.array(fragment, { maxLength: 8 }), { maxLength: 6 }),
      (format, rows) => {
        const rowsText = rows.map((row) => row.join(''));
        const page = parsePage(lines(...rowsText, ...(format === 'openmetrics' ? ['# EOF'] : [])), format);
        const kept = new Set(page.families.flatMap(({ points }) => points.map(({ line }) => line)));
        const reported = new Set(page.problems.map(({ line }) => line));
        for (const [index, row] of rowsText.entries()) {
          if (row.trim() === '' || row.trim().startsWith('#')) continue;
          expect(kept.has(index + 1) || reported.has(index + 1), `line ${index + 1}: ${row}`).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});

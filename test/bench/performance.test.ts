import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { budgets, judge } from '../../src/bench/budgets.ts';
import {
  BEGIN,
  END,
  formatPerformancePage,
  formatReadmeSection,
  replaceSection,
} from '../../src/bench/performance.ts';
import { addToReport, type Report } from '../../src/bench/report.ts';
import { createFigure, createSide } from '../support/bench.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('docs/performance.md', () => {
  const results = JSON.parse(read('bench/results.json')) as Report;

  it('is what scripts/performance.js makes of bench/results.json', () => {
    expect(read('docs/performance.md')).toBe(formatPerformancePage(results, read('bench/notes.md')));
  });

  it('is in the README as it is in the results', (context) => {
    if (!existsSync(join(root, 'README.md'))) context.skip('there is no README.md');
    const readme = read('README.md');
    expect(readme).toBe(replaceSection(readme, formatReadmeSection(results)));
  });

  it('judges the results by the budgets as they are now', () => {
    const verdicts = JSON.parse(JSON.stringify(judge(budgets, results.figures))) as unknown;
    expect(results.verdicts).toEqual(verdicts);
  });
});

const budget = {
  what: 'a page',
  figure: 'page/counter, text/1000000',
  of: 'median',
  bound: 'most',
  limit: 120,
  unit: 'ms',
} as const;
const report: Report = {
  runs: [
    {
      made: '2026-01-02T03:04:05.000Z',
      asked: 'npm run bench -- --only page,start',
      machine: {
        cpu: 'A chip',
        cpus: 2,
        memoryMB: 8000,
        os: 'Linux 6',
        node: 'v20.20.2',
        load: 0.1,
        stepNs: 1.5,
      },
      versions: { lyrebird: '0.1.0' },
      cases: [
        { name: 'page', summary: 'One page.' },
        { name: 'start', summary: 'The start.' },
      ],
    },
  ],
  figures: [
    createFigure({
      direct: createSide(130, { min: 120, max: 140 }),
      items: { count: 1e6, noun: 'sample' },
    }),
  ],
  failures: [{ case: 'start', name: 'counter', series: 10_000, message: 'no port|nowhere\n at main' }],
  verdicts: [
    { ...budget, measured: 130, met: false },
    { ...budget, what: 'another', measured: undefined, met: undefined },
  ],
};

describe('a run that is added to an earlier report', () => {
  const { runs, figures, failures } = report;
  const [first] = runs;
  const page = { ...first, made: '2026-01-03T00:00:00.000Z', cases: [{ name: 'page', summary: 'Again.' }] };
  const figure = createFigure({ direct: createSide(100) });

  it('takes the place of the cases that it has, and leaves the others with the run that they are of', () => {
    expect(addToReport(page, { figures: [figure], failures: [] }, { runs, figures, failures })).toEqual({
      runs: [page, { ...first, cases: [{ name: 'start', summary: 'The start.' }] }],
      figures: [figure],
      failures,
    });
  });

  it('of the same cases leaves nothing of it', () => {
    expect(addToReport(first, { figures: [figure], failures: [] }, { runs, figures, failures })).toEqual({
      runs: [first],
      figures: [figure],
      failures: [],
    });
  });
});

describe('formatPerformancePage', () => {
  const page = formatPerformancePage(report, '## Notes\n\nAll is well.\n');

  it.each([
    ['the machine', '- Machine: 2 processors, A chip; 8 GB; Linux 6'],
    ['the versions', '- Node 20.20.2; lyrebird 0.1.0'],
    [
      'when and how',
      '- Made on 2026-01-02 by `npm run bench -- --only page,start` (page, start), with a load average of 0.1 before and 1.5 ns for a step of fixed arithmetic',
    ],
    ['a budget that is not met', '| a page | ≤ 120 ms | 130 ms | **not met** |'],
    ['a budget that was not looked at', '| another | ≤ 120 ms | not measured |  |'],
    ['a figure', '| counter, text | 1 M | 130 ms (120–140) | 130 ns/sample | 200 ms (200–200) | 2× |'],
    ['what could not be measured', '| start: counter | 10 k | no port\\|nowhere |'],
    ['the notes', '## Notes\n\nAll is well.'],
  ])('shows %s', (_, text) => {
    expect(page).toContain(text);
  });

  it('leaves out cases without figures', () => {
    expect(page).toContain('## page\n');
    expect(page).not.toContain('## start\n');
  });
});

describe('formatReadmeSection', () => {
  const section = formatReadmeSection({
    ...report,
    figures: [
      createFigure({ direct: createSide(100), library: createSide(2500), ratio: 25 }),
      createFigure({ id: 'high-cardinality/tick/450000', direct: createSide(40), library: undefined }),
      createFigure({ id: 'high-cardinality/page/450000', direct: createSide(0.5), unit: 's' }),
    ],
  });

  it.each([
    [
      'the machine and how many budgets are met',
      'On 2 processors (A chip) with Node 20.20.2; 0 of 1 budgets are met:',
    ],
    ['headlines beside the libraries', '| text page | 2,500 ms | 100 ms | 25× |'],
    ['runs by what is known of them', 'samples a page: tick 40 ms, page 0.5 s'],
  ])('shows %s', (_, text) => {
    expect(section).toContain(text);
  });

  it('is silent about what was not measured', () => {
    expect(section).not.toContain('OTLP requests');
    expect(section).not.toContain('Ten million');
  });
});

describe('replaceSection', () => {
  it('replaces what stands between the markers, and only that', () => {
    const readme = `a\n${BEGIN}\nold\n${END}\nb\n`;
    expect(replaceSection(readme, 'new')).toBe(`a\n${BEGIN}\n\nnew\n\n${END}\nb\n`);
  });

  it.each([
    ['no markers', 'a'],
    ['markers the wrong way round', `${END} ${BEGIN}`],
  ])('refuses a README with %s', (_, readme) => {
    expect(() => replaceSection(readme, 'new')).toThrow('README.md has no <!-- performance:begin -->');
  });
});

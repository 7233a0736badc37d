import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseConfig } from '../../src/config/parse.ts';
import { renderPage } from '../../src/simulation/render.ts';
import { joinPages } from '../../src/wire/join.ts';

const join = (...pages: string[]): string =>
  Buffer.concat([...joinPages(pages.map((page) => Buffer.from(page)))]).toString();

describe('joining pages', () => {
  it.each([
    ['one page is itself', ['# TYPE a gauge\na{x="1"} 1\n'], '# TYPE a gauge\na{x="1"} 1\n'],
    [
      'samples follow in the order of the pages, under one header',
      ['# HELP a A.\n# TYPE a gauge\na{x="1"} 1\n', '# HELP a A.\n# TYPE a gauge\na{x="2"} 2\n'],
      '# HELP a A.\n# TYPE a gauge\na{x="1"} 1\na{x="2"} 2\n',
    ],
    [
      'a shard without a sample of a family has its header alone',
      ['# TYPE a gauge\n# TYPE b gauge\nb{x="1"} 1\n', '# TYPE a gauge\na 5\n# TYPE b gauge\nb{x="2"} 2\n'],
      '# TYPE a gauge\na 5\n# TYPE b gauge\nb{x="1"} 1\nb{x="2"} 2\n',
    ],
    [
      '# EOF stays at the end, once',
      ['# TYPE a gauge\na{x="1"} 1\n# EOF\n', '# TYPE a gauge\na{x="2"} 2\n# EOF\n'],
      '# TYPE a gauge\na{x="1"} 1\na{x="2"} 2\n# EOF\n',
    ],
  ])('%s', (_, pages, joined) => {
    expect(join(...pages)).toBe(joined);
  });

  it.each([
    ['another family', '# TYPE b gauge\nb 1\n', 'family 1 is b there and a here'],
    ['a family more', '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n', 'family 2 is b there and missing here'],
    ['a family less', '', 'family 1 is missing there and a here'],
    ['another type', '# TYPE a counter\na 1\n', 'family 1 is a there and a here'],
  ])('a page with %s is refused', (_, page, message) => {
    expect(() => join('# TYPE a gauge\na 1\n', page)).toThrow(message);
  });
});

it('what is no page is refused, also by itself', () => {
  expect(() => join('tick,value\n1,5\n')).toThrow(
    'page 1 is no page that lyrebird has rendered: it begins with "tick,value"',
  );
  expect(() => join('# TYPE a gauge\na 1\n', 'a 1\n')).toThrow('page 2 is no page');
});

describe('the page of a run', () => {
  const config = parseConfig({
    profiles: {
      p: {
        labels: { a: { range: [1, 7] }, b: { values: ['x', 'y\n# TYPE'] } },
        series_cap: 9,
        sampling_strategy: 'hash',
      },
    },
    metrics: [
      { name: 'requests', type: 'counter', profile: 'p' },
      { name: 'level', type: 'gauge', profile: 'p', help: 'Two\nlines.' },
      { name: 'one', type: 'gauge' },
      { name: 'latency', type: 'histogram', profile: 'p', observations_per_s: 50 },
      { name: 'wait', type: 'summary', profile: 'p' },
    ],
  });

  const render = async (
    format: 'text' | 'openmetrics',
    shard?: { index: number; count: number },
  ): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of renderPage(config, { tick: 5, format, shard })) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  };

  it('is the joined pages of its shards, byte for byte, however many there are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('text', 'openmetrics'),
        async (count, format) => {
          const shards = await Promise.all(
            Array.from({ length: count }, (_, index) => render(format, { index, count })),
          );
          const whole = await render(format);
          expect(Buffer.concat([...joinPages(shards)]).equals(whole)).toBe(true);
        },
      ),
      { numRuns: 20, seed: 1 },
    );
  });
});

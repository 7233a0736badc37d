import { describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { describe as describePattern } from '../../src/patterns/describe.ts';
import { add, clamp, gap, gaussian, join, linear, loop, round, values } from '../../src/patterns/build.ts';

/** What is said of a metric with a pattern, as its file has it. */
function messageOf(pattern: string, more = 'type: gauge'): string {
  const text = `metrics:\n  - name: m\n    ${more}\n    algorithm: pattern\n    pattern: ${pattern}\n`;
  try {
    loadConfig({ text, file: 'a.yaml' });
  } catch (error) {
    return (error as Error).message;
  }
  return 'ok';
}

describe('a pattern in a file', () => {
  it.each([
    ['[1]', 'ok'],
    [
      '{ linear: { from: 0, to: 1, tick: 5 } }',
      'a.yaml:5:42 metrics[0].pattern.linear.tick: unknown key tick, did you mean ticks?',
    ],
    ['{ linear: { from: 0, ticks: 5 } }', 'metrics[0].pattern.linear.to: is missing; needs a number'],
    ['{ linear: { from: 0, to: 1 } }', 'metrics[0].pattern.linear: needs ticks or for: how long it takes'],
    [
      '{ linear: { from: 0, to: 1, ticks: 2, for: 2s } }',
      'pattern.linear.for: stands beside ticks; one of them is allowed',
    ],
    [
      '{ linear: { from: 0, to: 1, ticks: 2, open: left } }',
      'pattern.linear.open: is for segments by time (for)',
    ],
    ['{ linear: { from: 0, to: 1, ticks: 0 } }', 'pattern.linear.ticks: is 0; needs at least 1'],
    ['[1, 2]', 'a.yaml:5:18 metrics[0].pattern[1]: is never reached: the pattern before it never ends'],
    [
      '[{ gap: 3 }, { lop: { of: 1 } }]',
      'a.yaml:5:29 metrics[0].pattern[1].lop: unknown key lop, did you mean loop?',
    ],
    ['[{ gap: 3 }, "1 2y"]', 'a.yaml:5:27 metrics[0].pattern[1]: has an item "2y"'],
    ['{ loop: { of: [1] } }', 'pattern.loop.of: never ends, so it is never repeated'],
    ['{ loop: { of: [{ gap: x }] } }', 'pattern.loop.of[0].gap.for: is "x"; needs a duration'],
    ['{ sine: { period_s: 5, min: 3 } }', 'pattern.sine.max: is 1; it must be min (3) or more'],
    ['{ square: { period_s: 0 } }', 'pattern.square.period_s: is 0 s; needs more than 0'],
    [
      '{ gap: 1, linear: {} }',
      'has 2 keys (gap, linear); a mapping is one pattern, with one key; several are a list',
    ],
    ['{ values: [1, x] }', 'pattern.values[1]: is "x"; needs'],
    ['{ values: [] }', 'metrics[0].pattern: has no tick'],
    ['true', 'metrics[0].pattern: is true; needs a number, a text'],
    ['', 'metrics[0].pattern: is empty; needs a number, a text'],
    ['[5]\n    end: loop', 'metrics[0].end: is never reached: the pattern never ends'],
    ['"1 2"\n    end: hld', 'metrics[0].end: is "hld"'],
  ])('%s: %s', (pattern, message) => {
    expect(messageOf(pattern)).toContain(message);
  });

  it('of a counter is never negative, whatever is drawn', () => {
    const counter = 'type: counter';
    expect(messageOf('"1-1x3"', counter)).toContain(
      'metrics[0].pattern: may be as low as -2, and a counter never falls',
    );
    expect(messageOf('{ gaussian: { mean: 5 } }', counter)).toContain('may be as low as -8');
    expect(messageOf('{ clamp: { of: { gaussian: { mean: 5 } }, min: 0 } }', counter)).toBe('ok');
    expect(messageOf('"1 2"\n    end: -1', counter)).toContain('metrics[0].end: may be as low as -1');
  });

  it('is the data that functions make, and parses to itself', () => {
    const pattern = join(
      linear(0, 10, 5),
      gap('30s'),
      loop(values(1, null), 2),
      clamp(add(3, gaussian(0, 1)), 0, 5),
    );
    const input = { metrics: [{ name: 'm', type: 'gauge', algorithm: 'pattern', pattern }] };
    const [metric] = parseConfig(input).metrics;
    expect(metric).toMatchObject({ pattern });
    expect(parseConfig({ metrics: [metric] }).metrics[0]).toEqual(metric);
  });
});

describe('functions', () => {
  it.each([
    [() => linear(0, 1, 0), 'linear.ticks: '],
    [() => gap(-1), 'gap.ticks: '],
    [() => join(5, 6), 'join.1: is never reached'],
    [() => linear(0, 1, 'soon'), 'linear.for: is "soon"; needs a duration'],
    [() => add(), 'add: '],
  ])('%s is refused: %s', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('describe', () => {
  it('shows a tree', () => {
    const pattern = join(
      linear(0, 10, { for: '5m', open: 'none' }),
      gap(1),
      loop(join(values(1, null, 3), '0+1x3 _'), 3),
      round(add(40, gaussian(0, 2)), 1),
    );
    expect(describePattern(pattern).split('\n')).toEqual([
      'join',
      '  linear from 0 to 10 open none, for 5m',
      '  gap, 1 tick',
      '  loop 3 times',
      '    join',
      '      values 1 _ 3',
      '      "0+1x3 _"',
      '  round decimals 1',
      '    add',
      '      constant 40',
      '      gaussian mean 0 sigma 2, for ever',
    ]);
  });
});

import { describe, expect, it } from 'vitest';

import { cases } from '../../src/bench/cases.ts';
import { parseOptions, type BenchOptions } from '../../src/bench/options.ts';

function parse(...args: string[]): BenchOptions {
  const options = parseOptions(args, cases, () => undefined);
  if (options === undefined) throw new Error('help was printed');
  return options;
}

function planOf({ plan }: BenchOptions): Record<string, readonly number[]> {
  return Object.fromEntries(plan.map(({ found, sizes }) => [found.name, sizes]));
}

describe('parseOptions', () => {
  it('runs all but the large case, at three sizes, if nothing is asked for', () => {
    const plan = planOf(parse());
    expect(plan).toMatchObject({ tick: [10_000, 100_000, 1_000_000], 'high-cardinality': [450_000] });
    expect(plan).not.toHaveProperty('ten-million');
  });

  it.each([
    ['--large adds ten million, and the case of that name', ['--large'], 'tick', [1e4, 1e5, 1e6, 1e7]],
    ['a case that is named runs, however large', ['--only', 'ten-million'], 'ten-million', [1e7]],
    ['sizes may be written short', ['--sizes', '500,20k,2M'], 'page', [500, 20_000, 2_000_000]],
    ['a case of its own size keeps it', ['--sizes', '20k'], 'high-cardinality', [450_000]],
    ['quick is one size', ['--quick'], 'page', [20_000]],
    ['quick and sizes', ['--quick', '--sizes', '1k'], 'page', [1000]],
  ])('%s', (_, args, name, sizes) => {
    expect(planOf(parse(...args))[name]).toEqual(sizes);
  });

  it('runs only what is named', () => {
    expect(Object.keys(planOf(parse('--only', 'requests,page')))).toEqual(['page', 'requests']);
  });

  it('takes a number of rounds, and leaves them to the time otherwise', () => {
    expect(parse('--rounds', '5').effort.rounds).toBe(5);
    expect(parse().effort.rounds).toBeUndefined();
  });

  it.each([
    ['an unknown case', ['--only', 'pages'], /There is no case pages; cases: tick, page/],
    ['a size that is none', ['--sizes', '1G'], /Sizes are whole numbers, as 10k,100000,1M/],
    ['a size of zero', ['--sizes', '0'], /Sizes are whole numbers/],
    ['no rounds', ['--rounds', '0'], /at least 1/],
    ['an unknown option', ['--fast'], /unknown option '--fast'/],
    ['what is no option', ['page'], /too many arguments/],
  ])('refuses %s', (_, args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });

  it('prints help with every case and an example', () => {
    let help = '';
    expect(parseOptions(['--help'], cases, (text) => (help += text))).toBeUndefined();
    for (const { name, summary } of cases) expect(help).toContain(`  ${name.padEnd(18)}${summary}`);
    expect(help).toContain('npm run bench -- --only page,requests --sizes 1M');
  });
});

/** The command line of the benchmarks. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';

import { LyrebirdError } from '../util/errors.ts';
import type { Case } from './case.ts';
import type { Effort } from './runner.ts';

export interface BenchOptions {
  /** Cases to run with the sizes of each, in the order of the list. */
  readonly plan: readonly { readonly found: Case; readonly sizes: readonly number[] }[];
  readonly effort: Effort;
  readonly minutes: number;
  /** Where the report goes. */
  readonly json: string;
  /** Whether cases that are not run keep their figures in the report. */
  readonly add: boolean;
  readonly quick: boolean;
  readonly writeBaseline: boolean;
}

const SIZES = [10_000, 100_000, 1_000_000];
const LARGE_SIZE = 10_000_000;
/** Large enough for the ratios to stand still, small enough for all of them in a minute. */
const QUICK_SIZE = 20_000;

const LIMIT_MS = 10_000;
const QUICK_LIMIT_MS = 700;

const EXAMPLES = `
Examples:
  npm run bench                                   everything up to a million series; the better part of an hour
  npm run bench -- --quick                        ratios against bench/baseline.json, under a minute
  npm run bench -- --only page,requests --sizes 1M
  npm run bench -- --only ten-million --minutes 5 --add
`;

interface Flags {
  readonly only?: readonly string[];
  readonly sizes?: readonly number[];
  readonly rounds?: number;
  readonly minutes: number;
  readonly large: boolean;
  readonly quick: boolean;
  readonly json: string;
  readonly add: boolean;
  readonly writeBaseline: boolean;
}

/** `undefined` when help was asked for and printed. Throws `usage` for what cannot be run. */
export function parseOptions(
  args: readonly string[],
  cases: readonly Case[],
  print: (text: string) => void,
): BenchOptions | undefined {
  const command = createCommand(cases, print);
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new LyrebirdError('usage', error.message.replace(/^error: /, ''), { cause: error });
  }
  const flags = command.opts<Flags>();
  const { quick, rounds } = flags;
  return {
    plan: planOf(cases, flags),
    effort: { rounds, limitMs: quick ? QUICK_LIMIT_MS : LIMIT_MS },
    minutes: flags.minutes,
    json: flags.json,
    add: flags.add,
    quick,
    writeBaseline: flags.writeBaseline,
  };
}

function planOf(cases: readonly Case[], { only, sizes, large, quick }: Flags): BenchOptions['plan'] {
  const general = quick ? [QUICK_SIZE] : [...SIZES, ...(large ? [LARGE_SIZE] : [])];
  return cases
    .filter((one) => only?.includes(one.name) ?? (quick ? one.quick : large || one.large !== true))
    .map((found) => ({ found, sizes: found.sizes ?? sizes ?? general }));
}

function createCommand(cases: readonly Case[], print: (text: string) => void): Command {
  const names = cases.map(({ name }) => name);
  return new Command('npm run bench --')
    .description('Measures every part by itself and the whole, beside the client libraries in the same run.')
    .option('--only <cases>', `cases to run, of ${names.join(', ')}`, (text) => parseNames(text, names))
    .option('--sizes <series>', 'numbers of series, as 10k,1M (default: 10k,100k,1M)', parseSizes)
    .option('--rounds <count>', 'measured rounds (default: 3 to 15, as many as 10 s allow)', parsePositive)
    .option('--minutes <count>', 'how long ten-million is watched', parsePositive, 1)
    .option('--large', 'ten million series, too', false)
    .option('--quick', 'few cases at 20k series, compared with bench/baseline.json', false)
    .option('--json <file>', 'the report', 'report/bench.json')
    .option('--add', 'keeps the figures that the report has of cases not run now', false)
    .option('--write-baseline', 'keeps the ratios of this run as bench/baseline.json', false)
    .addHelpText(
      'after',
      `\nCases:\n${cases.map(({ name, summary }) => `  ${name.padEnd(18)}${summary}\n`).join('')}${EXAMPLES}`,
    )
    .configureOutput({ writeOut: print, writeErr: () => undefined })
    .allowExcessArguments(false)
    .exitOverride();
}

function parseNames(text: string, names: readonly string[]): string[] {
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(`There is no case ${unknown.join(', ')}; cases: ${names.join(', ')}.`);
  }
  return asked;
}

/** `10k,100000,1M` to numbers. */
function parseSizes(text: string): number[] {
  return text.split(',').map((part) => {
    const [, digits, unit = ''] = /^(\d+)([kM]?)$/.exec(part.trim()) ?? [];
    const size = Number(digits) * { '': 1, k: 1e3, M: 1e6 }[unit as '' | 'k' | 'M'];
    if (!(size >= 1)) throw new InvalidArgumentError('Sizes are whole numbers, as 10k,100000,1M.');
    return size;
  });
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('A whole number of at least 1 is needed.');
  return value;
}

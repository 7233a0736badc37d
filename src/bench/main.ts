/** The command `npm run bench`: parse, run one trial after the other, print, write the report. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { LyrebirdError } from '../util/errors.ts';
import { compare, createBaseline, type Baseline } from './baseline.ts';
import { budgets, judge } from './budgets.ts';
import { cases } from './cases.ts';
import { describeMachine, readVersions } from './machine.ts';
import { parseOptions, type BenchOptions } from './options.ts';
import type { Figure } from './figure.ts';
import { addToReport, type Failure, type Report, type Run } from './report.ts';
import { runJob } from './runner.ts';
import { formatComparisons, formatCount, formatFigures, formatVerdicts } from './table.ts';

const BASELINE = fileURLToPath(new URL('../../bench/baseline.json', import.meta.url));

/** A load average above which other work is in the figures. */
const BUSY_LOAD = 0.5;

process.exitCode = await main(process.argv.slice(2));

/** 0, or 1 when a trial failed, or 2 for wrong usage. Slow figures and regressions are information. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  const machine = describeMachine();
  if (machine.load > BUSY_LOAD) {
    console.error(
      `the machine is busy (load average ${machine.load}): figures will be too high, ratios will be rough`,
    );
  }
  const { figures, failures } = await runAll(options);

  const run: Run = {
    made: new Date().toISOString(),
    asked: ['npm run bench', ...(args.length === 0 ? [] : ['--', ...args])].join(' '),
    machine,
    versions: readVersions(),
    cases: options.plan.map(({ found: { name, summary } }) => ({ name, summary })),
  };
  const earlier = options.add ? readReport(options.json) : undefined;
  const contents = addToReport(run, { figures, failures }, earlier);
  const report: Report = { ...contents, verdicts: judge(budgets, contents.figures) };
  print(formatVerdicts(report.verdicts));
  if (options.quick) print(formatComparisons(compare(figures, readBaseline())));
  write(options.json, report);
  if (options.writeBaseline) write(BASELINE, createBaseline(figures));
  return failures.length === 0 ? 0 : 1;
}

function readOptions(args: readonly string[]): BenchOptions | number {
  try {
    return parseOptions(args, cases, (text) => process.stdout.write(text)) ?? 0;
  } catch (error) {
    if (!(error instanceof LyrebirdError)) throw error;
    console.error(`${error.message}\nnpm run bench -- --help shows what can be asked for.`);
    return 2;
  }
}

async function runAll({ plan, effort, minutes, quick }: BenchOptions) {
  const figures: Figure[] = [];
  const failures: Failure[] = [];
  for (const { found, sizes } of plan) {
    const ofCase: Figure[] = [];
    for (const series of sizes) {
      const setting = { series, minutes };
      for (const { name, library } of found.trials(setting)) {
        // A quick run looks at ratios alone.
        if (quick && library === undefined) continue;
        console.error(`${found.name}: ${name} at ${formatCount(series)} series`);
        try {
          ofCase.push(...(await runJob({ case: found.name, trial: name, setting, effort })));
        } catch (error) {
          const message = (error as Error).message;
          failures.push({ case: found.name, name, series, message });
          console.error(`${found.name}: ${name} at ${formatCount(series)} series failed: ${message}`);
        }
      }
    }
    if (ofCase.length > 0) print(`${found.name}\n${formatFigures(ofCase)}`);
    figures.push(...ofCase);
  }
  return { figures, failures };
}

/** `undefined` where there is none yet. */
function readReport(file: string): Report | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined;
}

function readBaseline(): Baseline {
  return JSON.parse(readFileSync(BASELINE, 'utf8')) as Baseline;
}

function print(text: string): void {
  if (text !== '') console.log(text);
}

function write(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
  console.error(`written: ${file}`);
}

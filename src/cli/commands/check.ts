/** `lyrebird check`: every mistake of every file. */
import type { Command } from 'commander';

import { loadConfig } from '../../config/load.ts';
import { planOf } from '../../simulation/plan.ts';
import { ConfigError, LyrebirdError, type Problem } from '../../util/errors.ts';
import { formatCount } from '../format.ts';

export function defineCheck(command: Command): void {
  command
    .description('Check files and name every mistake with its position. Exits 2 if there is any.')
    .argument('<file...>', 'The files to check.')
    .addHelpText('after', '\nExample:\n  lyrebird check configs/*.yaml')
    .action(check);
}

function check(files: readonly string[]): void {
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      const { totals } = planOf(loadConfig(file, { env: process.env }).config);
      const families = formatCount(totals.metrics, 'family', 'families');
      process.stdout.write(`${file}: ok (${families}, ${formatCount(totals.series, 'series', 'series')})\n`);
    } catch (error) {
      problems.push(...problemsOf(error, file));
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

function problemsOf(error: unknown, file: string): readonly Problem[] {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof LyrebirdError) return [{ place: file, message: error.message }];
  throw error;
}

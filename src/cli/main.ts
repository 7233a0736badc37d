#!/usr/bin/env node
/** The command line: a map of commands, and how each of them ends. */
import { Command } from 'commander';

import { defineCheck } from './commands/check.ts';
import { defineCtl } from './commands/ctl.ts';
import { defineJoin } from './commands/join.ts';
import { defineLearn } from './commands/learn.ts';
import { definePlan } from './commands/plan.ts';
import { defineReceive } from './commands/receive.ts';
import { defineRender } from './commands/render.ts';
import { defineReplay } from './commands/replay.ts';
import { defineRun } from './commands/run.ts';
import { describeFailure, exitCodeOf, type ExitCode } from './failure.ts';
import { VERSION } from './version.ts';

/** Every command, in the order of the help; each file gives its options and what it does. */
const COMMANDS = {
  run: defineRun,
  check: defineCheck,
  plan: definePlan,
  render: defineRender,
  replay: defineReplay,
  join: defineJoin,
  learn: defineLearn,
  receive: defineReceive,
  ctl: defineCtl,
} as const;

async function main(args: readonly string[]): Promise<ExitCode> {
  const program = new Command('lyrebird')
    .description('A load generator for metric backends that knows the right answer.')
    .version(VERSION, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print this help.')
    .helpCommand(false)
    .exitOverride();
  for (const [name, define] of Object.entries(COMMANDS)) define(program.command(name));
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    const text = describeFailure(error);
    if (text !== undefined) process.stderr.write(`${text}\n`);
    return exitCodeOf(error);
  }
}

/** A reader that has gone away (`lyrebird render ... | head`) is no failure; commands end when they notice. */
function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

process.stdout.on('error', ignoreGoneReader);
process.stderr.on('error', ignoreGoneReader);
const code = await main(process.argv.slice(2));
// What a library holds open does not hold a command that is done.
process.stdout.write('', () => process.exit(code));

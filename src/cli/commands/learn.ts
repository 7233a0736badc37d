/** `lyrebird learn`: a configuration from samples. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

import { addFiles } from '../../learn/files.ts';
import { createHistory } from '../../learn/history.ts';
import { learn as learnFrom, type Replicas } from '../../learn/learnt.ts';
import { formatNumber } from '../format.ts';
import { parseDuration } from '../options.ts';

interface LearnOptions {
  readonly output?: string;
  /** Milliseconds. */
  readonly interval?: number;
  readonly replicate?: Replicas;
}

/** Notes that are printed; the rest is counted. */
const NOTES_SHOWN = 20;

export function defineLearn(command: Command): void {
  command
    .description('Learn a configuration from pages: what they hold, and how it moves from one to the next.')
    .argument('<sources...>', '.prom files, and directories of them; read in the order of their names.')
    .option('-o, --output <file>', 'Where to write the configuration. Default: standard output.')
    .option(
      '--interval <duration>',
      'Time between files, when neither samples nor names nor mtimes tell.',
      parseDuration,
    )
    .option('--replicate <label=from-to>', 'Make a fleet of the target: instance=1-1000.', parseReplicas)
    .addHelpText(
      'after',
      '\nExample:\n  lyrebird learn samples/ --interval 5m -o learned.yaml && lyrebird run -c learned.yaml',
    )
    .action(learn);
}

async function learn(
  sources: readonly string[],
  { output, interval, replicate }: LearnOptions,
): Promise<void> {
  const history = createHistory();
  await addFiles(history, sources, { intervalMs: interval });
  const { text, series, guessed, factors, notes } = learnFrom(history, { replicas: replicate });
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
  const lines = [
    ...notes.slice(0, NOTES_SHOWN),
    ...(notes.length > NOTES_SHOWN ? [`... and ${formatNumber(notes.length - NOTES_SHOWN)} more`] : []),
    ...(guessed > 0 ? [`${formatNumber(guessed)} series are only a guess: give more samples of them`] : []),
    `learnt ${formatNumber(series)} series and ${factors} shared factors from ${formatNumber(history.pages)} pages`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}

function parseReplicas(text: string): Replicas {
  const [, label, from, to] = /^([a-zA-Z][a-zA-Z0-9_]*)=(\d+)-(\d+)$/.exec(text) ?? [];
  if (label !== undefined && Number(from) <= Number(to)) return { label, from: Number(from), to: Number(to) };
  throw new InvalidArgumentError('It needs label=from-to, such as instance=1-1000.');
}

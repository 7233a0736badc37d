/** `lyrebird learn`: a configuration from samples. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

import { fidelityPage, seriesName, worstFirst } from '../../learn/fidelity-page.ts';
import { roomText, type Fidelity } from '../../learn/fidelity.ts';
import { addFiles } from '../../learn/files.ts';
import { createHistory, type History } from '../../learn/history.ts';
import { learn as learnFrom, type Replicas } from '../../learn/learnt.ts';
import { LyrebirdError } from '../../util/errors.ts';
import { fidelityOf } from '../../verify/fidelity.ts';
import { UsageError } from '../failure.ts';
import { formatNumber, formatTable } from '../format.ts';
import { parseDuration } from '../options.ts';
import { createProgress, type Progress } from '../progress.ts';

interface LearnOptions {
  readonly output?: string;
  /** Milliseconds. */
  readonly interval?: number;
  readonly replicate?: Replicas;
  /** Where to write the page of the report; `true` for none. */
  readonly report?: string | true;
  readonly prometheus?: string;
}

/** Notes that are printed; the rest is counted. */
const NOTES_SHOWN = 20;
/** Series of a report that are printed; its page has more. */
const SERIES_SHOWN = 15;

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
    .option(
      '--report [file.html]',
      'Learn from one half, generate, and compare with the other half; the exit code is 1 when they are not alike. Prints a table, and writes a page with plots.',
    )
    .option(
      '--prometheus <path>',
      'A prometheus with its promtool beside it, or a promtool: the report has bytes per sample once stored, too.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  lyrebird learn samples/ --interval 5m -o learned.yaml && lyrebird run -c learned.yaml\n' +
        '  lyrebird learn samples/ --interval 15s --report fidelity.html --prometheus /usr/bin/prometheus',
    )
    .action(learn);
}

async function learn(
  sources: readonly string[],
  { output, interval, replicate, report, prometheus }: LearnOptions,
): Promise<void> {
  if (prometheus !== undefined && report === undefined)
    throw new UsageError('--prometheus is for the report: give --report, too');
  const history = createHistory();
  await withProgress('file', (tell) => addFiles(history, sources, { intervalMs: interval, onFile: tell }));
  if (report === undefined || output !== undefined) write(history, output, replicate);
  if (report !== undefined) await compareHalves(history, report, prometheus);
}

/** Tells how far something is that takes long. */
async function withProgress<T>(
  step: string,
  work: (tell: (done: number, of: number) => void) => T | Promise<T>,
): Promise<T> {
  let progress: Progress | undefined;
  try {
    return await work((done, of) => (progress ??= createProgress(of, step)).tell(done));
  } finally {
    progress?.end();
  }
}

function write(history: History, output: string | undefined, replicate: Replicas | undefined): void {
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

/** Throws when what is generated is not like what was held back. */
async function compareHalves(
  history: History,
  report: string | true,
  prometheus: string | undefined,
): Promise<void> {
  const fidelity = await withProgress('generated page', (tell) =>
    fidelityOf(history, { prometheus, onProgress: tell }),
  );
  process.stdout.write(`${describe(fidelity)}\n`);
  if (report !== true) writeFileSync(report, fidelityPage(fidelity));
  if (!fidelity.holds)
    throw new LyrebirdError(
      'not_alike',
      'what is generated is not like what was held back: see the rules that fail',
    );
}

function describe({ rules, compared, pages, series, stored }: Fidelity): string {
  const rows = worstFirst(compared)
    .slice(0, SERIES_SHOWN)
    .map((one) => {
      const { held, generated } = one.figures;
      const pair = (figure: keyof typeof held): string =>
        `${Number(held[figure].toPrecision(4))} / ${Number(generated[figure].toPrecision(4))}`;
      return [
        seriesName(one),
        `${one.distance.toFixed(3)} (${one.trainedDistance.toFixed(3)})`,
        pair('mean'),
        pair('spread'),
        pair('lagOne'),
        pair('zeroShare'),
      ];
    });
  const head = ['series', 'distance (of learnt)', 'mean', 'spread', 'lag-1', 'zero share'];
  return [
    `${formatNumber(compared.length)} of ${formatNumber(series)} series move over ${formatNumber(pages)} pages; held back / generated, the ${rows.length} least alike first:`,
    formatTable(head, rows),
    ...(stored === undefined ? [] : [roomText(stored)]),
    ...rules.map(({ text, holds }) => `${holds ? 'holds' : 'FAILS'}: ${text}`),
  ].join('\n');
}

function parseReplicas(text: string): Replicas {
  const [, label, from, to] = /^([a-zA-Z][a-zA-Z0-9_]*)=(\d+)-(\d+)$/.exec(text) ?? [];
  if (label !== undefined && Number(from) <= Number(to)) return { label, from: Number(from), to: Number(to) };
  throw new InvalidArgumentError('It needs label=from-to, such as instance=1-1000.');
}

/** `lyrebird learn`: a configuration from samples. */
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

import { fidelityPage, seriesName, worstFirst } from '../../learn/fidelity-page.ts';
import { roomText, type Fidelity } from '../../learn/fidelity.ts';
import type { History } from '../../learn/history.ts';
import { learn as learnFrom, type Replicas } from '../../learn/learnt.ts';
import { formatDuration } from '../../util/duration.ts';
import { LyrebirdError } from '../../util/errors.ts';
import { fidelityOf } from '../../verify/fidelity.ts';
import { addAccess } from '../access.ts';
import { UsageError } from '../failure.ts';
import { formatNumber, formatTable } from '../format.ts';
import { DEFAULTS, type SourceOptions } from '../learn/options.ts';
import { readSources } from '../learn/sources.ts';
import { collect, parseDuration, parseTime, parseWhole } from '../options.ts';
import { withProgress } from '../progress.ts';

interface LearnOptions extends SourceOptions {
  readonly output?: string;
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
  const described = command
    .description('Learn a configuration from pages: what they hold, and how it moves from one to the next.')
    .argument(
      '[sources...]',
      '.prom files and directories of them, read in the order of their names; or addresses of live pages, http://host:port/metrics.',
    )
    .option('-o, --output <file>', 'Where to write the configuration. Default: standard output.')
    .option(
      '--interval <duration>',
      'Time between files, when neither samples nor names nor mtimes tell.',
      parseDuration,
    )
    .option(
      '--every <duration>',
      `Time between scrapes of live pages. Default: ${formatDuration(DEFAULTS.everyMs)}.`,
      parseDuration,
    )
    .option(
      '--for <duration>',
      `Time from the first scrape to the last. Default: ${formatDuration(DEFAULTS.forMs)}.`,
      parseDuration,
    )
    .option('--keep <directory>', 'Keep live pages as .prom files, to be learnt from again.')
    .option('--from <address>', 'Learn from what a Prometheus has stored.')
    .option('--match <selector>', `Of these series, as '{job="node"}'; may be given several times.`, collect)
    .option(
      '--range <duration>',
      `Of this long. Default: ${formatDuration(DEFAULTS.rangeMs)}.`,
      parseDuration,
    )
    .option('--to <time>', 'Up to this time. Default: now.', parseTime)
    .option('--step <duration>', 'Values so far apart, in place of the samples themselves.', parseDuration)
    .option(
      '--drop-labels <names>',
      'Leave labels out, with commas, or none. Default: instance and job where all series have the same one.',
      parseNames,
    )
    .option(
      '--max-samples <count>',
      `Most samples of live pages, or stored ones, to hold. Default: ${formatNumber(DEFAULTS.maxSamples)}.`,
      parseWhole(1),
    )
    .option('--replicate <label=from-to>', 'Make a fleet of the target: instance=1-1000.', parseReplicas)
    .option(
      '--report [file.html]',
      'Learn from one half, generate, and compare with the other half; the exit code is 1 when they are not alike. Prints a table, and writes a page with plots.',
    )
    .option(
      '--prometheus <path>',
      'A prometheus with its promtool beside it, or a promtool: the report has bytes per sample once stored, too.',
    );
  addAccess(described, { timeoutMs: 10_000 })
    .option('--header <name:value>', 'Sent with each request; may be given several times.', collect)
    .addHelpText('after', EXAMPLES)
    .action(learn);
}

const EXAMPLES = `
Credentials and files for TLS that are not given come from the environment: LYREBIRD_LEARN_TOKEN, LYREBIRD_LEARN_USER
(name:password), LYREBIRD_LEARN_CA, LYREBIRD_LEARN_CERT, LYREBIRD_LEARN_KEY.

Example:
  lyrebird learn samples/ --interval 5m -o learned.yaml && lyrebird run -c learned.yaml
  lyrebird learn http://127.0.0.1:9100/metrics --every 15s --for 10m --keep samples -o learned.yaml
  lyrebird learn --from http://127.0.0.1:9090 --match '{job="node"}' --range 6h -o learned.yaml
  lyrebird learn samples/ --interval 15s --report fidelity.html --prometheus /usr/bin/prometheus`;

async function learn(sources: readonly string[], options: LearnOptions): Promise<void> {
  const { output, replicate, report, prometheus } = options;
  if (prometheus !== undefined && report === undefined)
    throw new UsageError('--prometheus is for the report: give --report, too');
  if (output !== undefined) checkWritable('--output', output);
  if (typeof report === 'string') checkWritable('--report', report);
  const history = await readSources(sources, options);
  if (report === undefined || output !== undefined) write(history, output, replicate);
  if (report !== undefined) await compareHalves(history, report, prometheus);
}

/** Before what may take long. */
function checkWritable(option: string, file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw new UsageError(`${option} ${file} cannot be written: ${(error as NodeJS.ErrnoException).code}`);
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

function parseNames(text: string): readonly string[] {
  return text === 'none' ? [] : text.split(',').map((name) => name.trim());
}

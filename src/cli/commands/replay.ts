/** `lyrebird replay`: the page of a tick of a recorded run, or what the record says. */
import { Option, type Command } from 'commander';

import type { AnswerTo } from '../../simulation/actions.ts';
import { readRecord, type RunRecord } from '../../simulation/journal/record.ts';
import { replayPage } from '../../simulation/replay.ts';
import { createProgress } from '../progress.ts';
import { parseWhole } from '../options.ts';
import { writeOut } from '../output.ts';
import { VERSION } from '../version.ts';

interface ReplayOptions {
  readonly tick?: number;
  readonly format: 'text' | 'openmetrics';
  readonly workers?: number;
}

export function defineReplay(command: Command): void {
  command
    .description('Print the page of a tick of a run that kept a journal, byte for byte as it was served.')
    .argument('<file>', 'The journal of the run (run --journal).')
    .option('--tick <n>', 'The tick; without it, say what the journal holds.', parseWhole(0))
    .addOption(
      new Option('--format <format>', 'Of the page: text is 0.0.4.')
        .choices(['text', 'openmetrics'])
        .default('text'),
    )
    .option('--workers <n>', 'Advance series on n threads; the page is the same.', parseWhole(1, 64))
    .addHelpText('after', '\nExample:\n  lyrebird replay run.ndjson --tick 100 | diff - scraped.txt')
    .action(replay);
}

async function replay(file: string, { tick, format, workers }: ReplayOptions): Promise<void> {
  const record = readRecord(file);
  for (const warning of [...record.warnings, ...differencesOf(record, tick)])
    process.stderr.write(`warning: ${warning}\n`);
  if (tick === undefined) {
    process.stdout.write(`${describe(record).join('\n')}\n`);
    return;
  }
  const progress = createProgress(tick);
  for await (const chunk of replayPage(record, { tick, format, workers, onProgress: progress.tell })) {
    progress.end();
    if (!(await writeOut(chunk))) return;
  }
}

/** What may keep a page from being that of the run. */
function differencesOf({ header, end, lastTick }: RunRecord, tick: number | undefined): string[] {
  const major = (version: string): string | undefined => version.split('.', 1)[0];
  const here = { lyrebird: VERSION, node: process.version, arch: process.arch };
  const warnings: string[] = [];
  if (header.lyrebird !== here.lyrebird)
    warnings.push(`the run was made with Lyrebird ${header.lyrebird}, this is ${here.lyrebird}`);
  if (major(header.node) !== major(here.node) || header.arch !== here.arch)
    warnings.push(
      `the run was made with Node.js ${header.node} on ${header.arch}, this is ${here.node} on ${here.arch}: last digits may differ`,
    );
  if (tick !== undefined && end === undefined && tick > lastTick)
    warnings.push(
      `the journal has no end and says nothing after tick ${lastTick}: whether tick ${tick} was run is unknown`,
    );
  return warnings;
}

function describe({ header, start, actions, gaps, end, counts, lastTick }: RunRecord): string[] {
  const left = gaps.reduce((sum, gap) => sum + gap.to_tick - gap.from_tick + 1, 0);
  const refused = actions.filter((action) => action.refused !== undefined).length;
  const shard = header.shard === null ? '' : `, shard ${header.shard.index}/${header.shard.count}`;
  return [
    `file      ${header.file ?? 'none'}, seed ${header.seed}${shard}, config ${header.config_sha256.slice(0, 12)}`,
    `made by   Lyrebird ${header.lyrebird}, Node.js ${header.node}, ${header.arch}`,
    `start     ${start === undefined ? 'never' : new Date(start.model_start_ms).toISOString()}`,
    `end       ${end === undefined ? `not recorded; alive at tick ${lastTick}` : `${end.state} at tick ${end.tick}${end.failure === null ? '' : `: ${end.failure}`}`}`,
    `actions   ${actions.length}${refused > 0 ? `, ${refused} of them refused` : ''}`,
    `left out  ${left} ticks in ${gaps.length} gaps`,
    `scrapes   ${counts.get('scrape') ?? 0}`,
    ...actions.map(
      (line) =>
        `  tick ${line.tick}: ${shorten(describeAction(line))}${line.refused === undefined ? '' : ` refused: ${line.refused}`}`,
    ),
  ];
}

/** The action as it was asked for; of another configuration, what it came to. */
function describeAction({ action, answer }: RunRecord['actions'][number]): string {
  if (action.do !== 'configure' || answer === undefined) return JSON.stringify(action);
  const { outcomes } = answer as AnswerTo<typeof action>;
  const others = Object.entries(outcomes).filter(([, outcome]) => outcome !== 'same');
  return `configure: ${others.map(([name, outcome]) => `${name} ${outcome}`).join(', ') || 'the same metrics'}`;
}

/** A line of the summary holds so many characters of an action; the journal has all of it. */
const MAX_ACTION_CHARACTERS = 200;

function shorten(text: string): string {
  return text.length <= MAX_ACTION_CHARACTERS ? text : `${text.slice(0, MAX_ACTION_CHARACTERS)}...`;
}

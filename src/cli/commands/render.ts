/** `lyrebird render`: the page of a tick, computed without waiting for a clock. */
import { Option, type Command } from 'commander';

import { loadConfig } from '../../config/load.ts';
import type { Shard } from '../../simulation/plant.ts';
import { renderPage } from '../../simulation/render.ts';
import { formatNumber } from '../format.ts';
import { collect, parseShard, parseTime, parseWhole } from '../options.ts';
import { writeOut } from '../output.ts';
import { createTerminal } from '../terminal.ts';

interface RenderOptions {
  readonly config: string;
  readonly set?: readonly string[];
  readonly tick: number;
  readonly format: 'text' | 'openmetrics';
  /** Milliseconds since the Unix epoch. */
  readonly start?: number;
  readonly shard?: Shard;
}

/** Progress is told when it takes longer than this, and as often. */
const PROGRESS_MS = 2000;

export function defineRender(command: Command): void {
  command
    .description('Print the page as it is at a tick. The same file, tick and start print the same bytes.')
    .requiredOption('-c, --config <file>', 'The file to render.')
    .requiredOption('--tick <n>', 'The tick; 0 is birth.', parseWhole(0))
    .addOption(
      new Option('--format <format>', 'Of the page: text is 0.0.4.')
        .choices(['text', 'openmetrics'])
        .default('text'),
    )
    .option(
      '--start <time>',
      'Time of tick 0, over global.start_time (else 2026-01-01T00:00:00Z).',
      parseTime,
    )
    .option('--shard <i/n>', 'Only part i (from 0) of n; `lyrebird join` puts them together.', parseShard)
    .option('--set <key=value>', 'Replace a value of the file; repeatable.', collect)
    .addHelpText(
      'after',
      '\nExample:\n  lyrebird render -c configs/production-sim.yaml --tick 100 | sha256sum',
    )
    .action(render);
}

async function render({ config: file, set, tick, format, start, shard }: RenderOptions): Promise<void> {
  const { config } = loadConfig(file, { env: process.env, sets: set ?? [] });
  const terminal = createTerminal(process.stderr);
  let toldMs = performance.now();
  const onProgress = (done: number): void => {
    if (performance.now() - toldMs < PROGRESS_MS) return;
    toldMs = performance.now();
    const text = `tick ${formatNumber(done)} of ${formatNumber(tick)} (${Math.floor((done / tick) * 100)} %)`;
    if (terminal.isLive) terminal.status(text);
    else terminal.print(text);
  };
  for await (const chunk of renderPage(config, { tick, format, startMs: start, shard, onProgress })) {
    terminal.status('');
    if (!(await writeOut(chunk))) return;
  }
}

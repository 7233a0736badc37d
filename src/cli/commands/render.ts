/** `lyrebird render`: the page of a tick, computed without waiting for a clock. */
import { Option, type Command } from 'commander';

import { loadConfig } from '../../config/load.ts';
import type { Shard } from '../../simulation/plant.ts';
import { renderPage } from '../../simulation/render.ts';
import { collect, parseShard, parseTime, parseWhole } from '../options.ts';
import { writeOut } from '../output.ts';
import { createProgress } from '../progress.ts';

interface RenderOptions {
  readonly config: string;
  readonly set?: readonly string[];
  readonly tick: number;
  readonly format: 'text' | 'openmetrics';
  /** Milliseconds since the Unix epoch. */
  readonly start?: number;
  readonly shard?: Shard;
}

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
  const progress = createProgress(tick);
  for await (const chunk of renderPage(config, {
    tick,
    format,
    startMs: start,
    shard,
    onProgress: progress.tell,
  })) {
    progress.end();
    if (!(await writeOut(chunk))) return;
  }
}

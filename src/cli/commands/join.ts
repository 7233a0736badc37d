/** `lyrebird join`: the page of a whole run from the rendered pages of its shards. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';

import { joinPages } from '../../wire/join.ts';
import { UsageError } from '../failure.ts';
import { writeOut } from '../output.ts';

export function defineJoin(command: Command): void {
  command
    .description('Join pages that `render --shard i/n` wrote into the page of the whole, byte for byte.')
    .argument('<pages...>', 'The pages of shards 0 to n - 1, in this order.')
    .addHelpText(
      'after',
      `
Example:
  for i in 0 1 2; do lyrebird render -c configs/baseline.yaml --tick 100 --shard $i/3 > page-$i.prom; done
  lyrebird join page-0.prom page-1.prom page-2.prom | sha256sum`,
    )
    .action(join);
}

async function join(files: readonly string[]): Promise<void> {
  const pages = await Promise.all(files.map(readPage));
  for (const part of joinPages(pages)) if (!(await writeOut(part))) return;
}

async function readPage(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`cannot read the page ${file}: ${(error as Error).message}`);
  }
}

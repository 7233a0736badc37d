/** Entry of the fresh process that measures one trial. */
import { setTimeout as sleep } from 'node:timers/promises';

import { consumed } from './consume.ts';
import { findCase } from './cases.ts';
import { measure } from './measure.ts';
import { figuresOf, type Figure } from './figure.ts';
import type { Job, JobReply } from './runner.ts';

/** Unless so many are asked for: as many as there is time for, within these. */
const ROUNDS = { least: 3, most: 15 };

/** A contender is warm when it has run twice and for so long. */
const WARM_UP = { rounds: 2, limitMs: 300 };

/** A cautious guess: a gigabyte takes half a second. */
const SWEPT_BYTES_PER_MS = 2e6;

// Without a reference to its parent it would end before it is asked.
process.channel?.ref();
process.once('message', (job: Job) => {
  void answer(job).then((reply) => process.send?.(reply, undefined, undefined, () => process.disconnect()));
});

async function answer(job: Job): Promise<JobReply> {
  try {
    return { figures: await run(job), checksum: consumed() };
  } catch (error) {
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function run({ case: name, trial: trialName, setting, effort }: Job): Promise<Figure[]> {
  const found = findCase(name);
  const trial = found.trials(setting).find((candidate) => candidate.name === trialName);
  if (trial === undefined) throw new RangeError(`${name} has no trial ${trialName}`);
  const { direct, library, fresh } = trial;
  const rounds = effort.rounds ?? fresh?.rounds;
  const measured = await measure(library === undefined ? [direct] : [direct, library], {
    rounds: rounds === undefined ? ROUNDS : { least: rounds, most: rounds },
    warmUp: fresh === undefined ? WARM_UP : { rounds: 0, limitMs: 0 },
    limitMs: effort.limitMs,
    nowMs: () => performance.now(),
    collectGarbage,
  });
  return figuresOf(found, trial, setting, measured);
}

/** Threads of the engine go on sweeping what was collected, and a round of milliseconds would share its processors with them. */
async function collectGarbage(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error('needs node --expose-gc');
  globalThis.gc();
  await sleep(10 + process.memoryUsage().heapUsed / SWEPT_BYTES_PER_MS);
}

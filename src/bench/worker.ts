/** Entry of the fresh process that measures one trial. */
import { consumed } from './consume.ts';
import { findCase } from './cases.ts';
import { measure } from './measure.ts';
import { figuresOf, type Figure } from './report.ts';
import type { Job, JobReply } from './runner.ts';

/** A contender is warm when it has run twice and for so long. */
const WARM_UP = { rounds: 2, limitMs: 300 };

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
  const measured = await measure(library === undefined ? [direct] : [direct, library], {
    rounds: fresh === undefined ? effort.rounds : { least: fresh.rounds, most: fresh.rounds },
    warmUp: fresh === undefined ? WARM_UP : { rounds: 0, limitMs: 0 },
    limitMs: effort.limitMs,
    nowMs: () => performance.now(),
    collectGarbage,
  });
  return figuresOf(found, trial, setting, measured);
}

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('needs node --expose-gc');
  globalThis.gc();
}

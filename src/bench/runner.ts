/** Trials in fresh processes, one after the other: no heap and no compiled code of one is there for the next. */
import { fork } from 'node:child_process';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

import type { Setting } from './case.ts';
import type { Figure } from './figure.ts';

/** How much is measured. */
export interface Effort {
  /** Exactly so many rounds; `undefined` leaves it to the trial and the time. */
  readonly rounds: number | undefined;
  /** How long the rounds of a trial may take, unless they are fewer than the least. */
  readonly limitMs: number;
}

/** What a fresh process is asked to measure. */
export interface Job {
  readonly case: string;
  readonly trial: string;
  readonly setting: Setting;
  readonly effort: Effort;
}

export type JobReply =
  | { readonly figures: readonly Figure[]; readonly checksum: number }
  | { readonly failed: string };

/** The libraries need gigabytes for what is measured here; the default heap ends at two or four. */
const HEAP_MB = Math.floor((totalmem() / 2 ** 20) * 0.75);

const NODE_ARGUMENTS = [
  '--expose-gc',
  `--max-old-space-size=${HEAP_MB}`,
  '--import',
  new URL('./tether.js', import.meta.url).href,
];

/** Measures a trial. Rejects with what went wrong there. */
export function runJob(job: Job): Promise<readonly Figure[]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), [], {
      execArgv: [...process.execArgv, ...NODE_ARGUMENTS],
    });
    let reply: JobReply | undefined;
    child.on('message', (message: JobReply) => {
      reply = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (reply === undefined)
        reject(new Error(`the process ended by ${signal ?? `exit code ${code}`} without an answer`));
      else if ('failed' in reply) reject(new Error(reply.failed));
      else resolve(reply.figures);
    });
    child.send(job);
  });
}

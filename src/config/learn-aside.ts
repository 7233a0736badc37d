/** Learning in a thread of its own, while a run goes on. */
import { Worker } from 'node:worker_threads';
import { rememberLearnt, type LearntEntries } from './learned.ts';
import type { LoadOptions } from './load.ts';

/** What the thread is given. */
export interface LearnRequest {
  readonly file: string;
  readonly options: LoadOptions;
}

/**
 * Learns what a file names where samples have changed, so that `loadConfig` of the same file finds it learnt. Mistakes are left to that:
 * they are told with their places then. Never rejects.
 */
export function learnAside(request: LearnRequest): Promise<void> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: request });
    worker.once('message', (entries: LearntEntries) => {
      rememberLearnt(entries);
    });
    worker.once('error', () => resolve());
    worker.once('exit', () => resolve());
  });
}

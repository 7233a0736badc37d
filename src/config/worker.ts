/** Entry of the thread that learns: sends what it has learnt, or ends without. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LearnRequest } from './learn-aside.ts';
import { learntEntries } from './learned.ts';
import { loadConfig } from './load.ts';

const { file, options } = workerData as LearnRequest;
try {
  loadConfig(file, options);
} catch {
  // What was learnt before a mistake is of use all the same.
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(learntEntries());

/** Entry of a worker thread: the same sources as on the event loop, over its memory. */
import type { Config } from '../config/schema.ts';
import { serveWorker } from '../workers/loop.ts';
import { createPlant, type Shard } from './plant.ts';

/** What `createWorkerPool` is given to build from. */
export interface WorkerModel {
  readonly config: Config;
  readonly shard: Shard | undefined;
  /** Names of the metrics to build the sources of; all without. */
  readonly only?: readonly string[] | undefined;
}

serveWorker((model, known) => {
  const { config, shard, only } = model as WorkerModel;
  return createPlant(config, shard, only, known).sources;
});

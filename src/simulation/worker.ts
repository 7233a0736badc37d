/** Entry of a worker thread: the same sources as on the event loop, over its memory. */
import type { Config } from '../config/schema.ts';
import { serveWorker } from '../workers/loop.ts';
import { stepPlant, type Shard } from './plant.ts';

/** What `createWorkerPool` is given to build from. */
export interface WorkerModel {
  readonly config: Config;
  readonly shard: Shard | undefined;
  /** Names of the metrics to build the sources of; all without. */
  readonly only?: readonly string[] | undefined;
}

serveWorker(function* (model, known) {
  const { config, shard, only } = model as WorkerModel;
  const { sources } = yield* stepPlant(config, shard, only, known);
  return sources;
});

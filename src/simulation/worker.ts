/** Entry of a worker thread: the same sources as on the event loop, over its memory. */
import type { Config } from '../config/schema.ts';
import { serveWorker } from '../workers/loop.ts';
import { createPlant, type Shard } from './plant.ts';

serveWorker<{ readonly config: Config; readonly shard: Shard | undefined }>(
  ({ config, shard }) => createPlant(config, shard).sources,
);

/**
 * What generates, without a clock and without sinks: families, their sources, ticks, and whatever changes them. A live run,
 * `render` and `replay` use it alike, so that a page can be had again from a configuration and the actions taken.
 */
import type { Config } from '../config/schema.ts';
import { createEffects } from '../engine/effects.ts';
import { createLocalExecutor, type Executor } from '../engine/executor.ts';
import { createTicker, type Ticker } from '../engine/ticker.ts';
import { withBuffers } from '../series/allocate.ts';
import type { Family } from '../series/family.ts';
import type { Source } from '../series/source.ts';
import { yieldNow } from '../util/mutex.ts';
import { createSharedMemory, createWorkerPool } from '../workers/pool.ts';
import type { Parts, PreparedAction } from './action.ts';
import { prepareAction, type Action, type AnswerTo } from './actions.ts';
import { createEffectControl, type EffectContext } from './effects.ts';
import { createPlant, type Plant, type Shard } from './plant.ts';
import { createSpikes } from './spikes.ts';
import { intervalMsOf } from './times.ts';
import type { WorkerModel } from './worker.ts';

export interface WorldOptions {
  /** The part of every family that is generated. */
  readonly shard?: Shard | undefined;
  /** t_0; else the wall time of birth. */
  readonly startMs?: number | undefined;
  /** Worker threads that advance the series; none advances them on the event loop. */
  readonly workers?: number | undefined;
  /** What keeps the running clients from showing a fault in a family, in words; none without clients. */
  readonly obstacle?: EffectContext['obstacle'];
}

/** Families and what belongs to them are those of the tick to come: ask again rather than keep them. */
export interface World extends Parts {
  readonly config: Config;
  readonly families: readonly Family[];
  /** One for each family, in the same order. */
  readonly sources: readonly Source[];
  readonly ticker: Ticker;
  /** Gets an action ready while ticks go on; its `commit` is called between two ticks. Throws a LyrebirdError. */
  prepare<A extends Action>(action: A): Promise<PreparedAction<AnswerTo<A>>>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** Builds everything that generates, and starts the workers. Nothing is born yet. */
export async function createWorld(config: Config, options: WorldOptions = {}): Promise<World> {
  const intervalMs = intervalMsOf(config);
  const { plant, allocate, createExecutor } = preparePlant(config, options);
  const { families, sources } = plant;
  const taken = createEffects(allocate);
  const executor = await createExecutor();
  const parts: Parts = {
    effects: createEffectControl(taken, () => families, intervalMs, {
      obstacle: options.obstacle,
      generatorsOf: (family) => sources.find((source) => source.family === family)?.generators ?? [],
    }),
    spikes: createSpikes(taken, () => families, intervalMs),
  };
  return {
    ...parts,
    config,
    families,
    sources,
    ticker: createTicker({ sources, executor, effects: taken, startMs: options.startMs, intervalMs }),
    prepare: (action) => prepareAction(action, parts),
    close: () => executor.close(),
  };
}

/** The sources, over shared memory when workers advance them, and the executor to come. */
function preparePlant(
  config: Config,
  { workers = 0, shard }: WorldOptions,
): {
  readonly plant: Plant;
  /** Memory that whoever advances the sources can read. */
  allocate(bytes: number): ArrayBufferLike;
  createExecutor(): Promise<Executor>;
} {
  if (workers === 0) {
    const plant = createPlant(config, shard);
    return {
      plant,
      allocate: (bytes) => new ArrayBuffer(bytes),
      createExecutor: () => Promise.resolve(createLocalExecutor(plant.sources, yieldNow)),
    };
  }
  const memory = createSharedMemory();
  const plant = withBuffers(memory.supply, () => createPlant(config, shard));
  const entry = new URL('./worker.js', import.meta.url);
  return {
    plant,
    allocate: (bytes) => new SharedArrayBuffer(bytes),
    createExecutor: () =>
      createWorkerPool(
        entry,
        {
          model: { config, shard } satisfies WorkerModel,
          buffers: memory.buffers,
          sources: plant.sources,
        },
        workers,
      ),
  };
}

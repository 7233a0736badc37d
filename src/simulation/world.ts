/**
 * What generates, without a clock and without sinks: families, their sources, ticks, and whatever changes them. A live run,
 * `render` and `replay` use it alike, so that a page can be had again from a configuration and the actions taken.
 */
import { createFamilies, type ConfiguredFamily } from '../config/families.ts';
import type { Config } from '../config/schema.ts';
import { createEffects } from '../engine/effects.ts';
import { createLocalExecutor, type Blueprint, type Executor } from '../engine/executor.ts';
import { createTicker, type Ticker } from '../engine/ticker.ts';
import { withBuffers } from '../series/allocate.ts';
import type { Family } from '../series/family.ts';
import type { Source } from '../series/source.ts';
import { yieldNow } from '../util/mutex.ts';
import { createSharedMemory, createWorkerPool } from '../workers/pool.ts';
import type { Parts, PreparedAction } from './action.ts';
import { prepareAction, type Action, type AnswerTo } from './actions.ts';
import { createEffectControl, type EffectContext } from './effects.ts';
import { createFamilyControl } from './families.ts';
import { createSources, type Shard } from './plant.ts';
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
  /** Says what shows the families, so that they change into none that cannot be shown. Before birth. */
  attach(clients: Clients): void;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** What the world must know of those that its frames are shown to. */
interface Clients {
  /** Throws a LyrebirdError when one cannot show these families, or cannot follow a change at all. */
  admit(families: readonly Family[]): void;
  /** Whether histograms must keep each tick's observations, for clients that record them one by one. */
  readonly needObservations: boolean;
}

/** Builds everything that generates, and starts the workers. Nothing is born yet. */
export async function createWorld(config: Config, options: WorldOptions = {}): Promise<World> {
  const { shard, startMs } = options;
  const intervalMs = intervalMsOf(config);
  const foundry = createFoundry(options);
  const configured = createFamilies(config, shard);
  const initial = foundry.make(config, configured, []);
  const taken = createEffects(foundry.allocate);
  const executor = await foundry.createExecutor(initial);
  const ticker = createTicker({ sources: initial.sources, executor, effects: taken, startMs, intervalMs });
  let admit: Clients['admit'] = () => {};
  let isRecorded = false;
  const make = (of: Config, families: readonly ConfiguredFamily[]): Blueprint => {
    const blueprint = foundry.make(of, families, ticker.sources);
    if (isRecorded) recordObservations(blueprint.sources);
    return blueprint;
  };
  const lineUp = createFamilyControl({
    before: { config, configured },
    shard,
    ticker,
    make,
    admit: (others) => admit(others),
    effects: taken,
  });
  const parts: Parts = {
    lineUp,
    effects: createEffectControl(taken, () => lineUp.families, intervalMs, {
      obstacle: options.obstacle,
      generatorsOf: (family) => lineUp.sources.find((source) => source.family === family)?.generators ?? [],
    }),
    spikes: createSpikes(taken, () => lineUp.families, intervalMs),
  };
  return {
    ...parts,
    get config() {
      return lineUp.config;
    },
    get families() {
      return lineUp.families;
    },
    get sources() {
      return lineUp.sources;
    },
    ticker,
    attach(clients) {
      admit = clients.admit;
      isRecorded = clients.needObservations;
      if (isRecorded) recordObservations(lineUp.sources);
    },
    prepare: (action) => prepareAction(action, parts),
    close: () => executor.close(),
  };
}

/** Makes sources over memory that whoever advances them can read. */
interface Foundry {
  /** `known` are sources that those to come may follow from. */
  make(config: Config, configured: readonly ConfiguredFamily[], known: readonly Source[]): Blueprint;
  allocate(bytes: number): ArrayBufferLike;
  createExecutor(initial: Blueprint): Promise<Executor>;
}

function createFoundry({ workers = 0, shard }: WorldOptions): Foundry {
  if (workers === 0) {
    return {
      make: (_, configured, known) => ({
        sources: createSources(configured, known),
        model: undefined,
        buffers: [],
      }),
      allocate: (bytes) => new ArrayBuffer(bytes),
      createExecutor: ({ sources }) => Promise.resolve(createLocalExecutor(sources, yieldNow)),
    };
  }
  const entry = new URL('./worker.js', import.meta.url);
  return {
    make(config, configured, known) {
      const { buffers, supply } = createSharedMemory();
      const sources = withBuffers(supply, () => createSources(configured, known));
      const only = configured.map(({ metric }) => metric.name);
      return { sources, model: { config, shard, only } satisfies WorkerModel, buffers };
    },
    allocate: (bytes) => new SharedArrayBuffer(bytes),
    createExecutor: (initial) => createWorkerPool(entry, initial, workers),
  };
}

/** Has histograms keep each tick's observations, for clients that record them one by one. */
function recordObservations(sources: readonly Source[]): void {
  for (const { column, family } of sources) {
    if (column.kind !== 'histogram' || !family.rawObservations) continue;
    column.observations = { ends: new Uint32Array(family.size), values: new Float64Array(family.size * 2) };
  }
}

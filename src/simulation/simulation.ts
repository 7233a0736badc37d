/** The composition root: config -> families, sources, sinks, engine. */
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { realClock, type Clock } from '../engine/clock.ts';
import { createEffects } from '../engine/effects.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import { createLocalExecutor, type Executor } from '../engine/executor.ts';
import type { Stats } from '../engine/stats.ts';
import { createTicker } from '../engine/ticker.ts';
import { withBuffers } from '../series/allocate.ts';
import type { Family } from '../series/family.ts';
import type { Sink, SinkContext } from '../sinks/sink.ts';
import { LyrebirdError } from '../util/errors.ts';
import { yieldNow } from '../util/mutex.ts';
import { createSharedMemory, createWorkerPool } from '../workers/pool.ts';
import type { Counters, Simulation } from './contract.ts';
import { describeRun } from './describe.ts';
import { chooseDestinations, createDestinations } from './destinations.ts';
import { createEffectControl } from './effects.ts';
import { embedReceiver } from './embedded.ts';
import { createPlant, type Plant, type Shard } from './plant.ts';
import { createSpikes } from './spikes.ts';
import { healthOf, statusOf } from './status.ts';
import { intervalMsOf, joinTickOf, startMsOf } from './times.ts';
import type { WorkerModel } from './worker.ts';

export interface SimulationOptions {
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** Where the config came from, for `/status` and the start-up lines. */
  readonly file?: string | undefined;
  /** Ends after this tick. */
  readonly lastTick?: number | undefined;
  /** Keeps serving the last tick until stopped. */
  readonly hold?: boolean | undefined;
  /** Worker threads that advance the series; none advances them on the event loop. */
  readonly workers?: number | undefined;
  /** The part of every family that this process owns. */
  readonly shard?: Shard | undefined;
  /** Further sinks, such as a registry or a meter of a library user's own. */
  readonly sinks?: readonly ((context: SinkContext) => Sink)[] | undefined;
}

/**
 * Builds everything and opens nothing but workers and the embedded receiver, which close when `run` ends (at once after a
 * `stop` before it). Throws a LyrebirdError for what cannot be run, and leaves nothing open.
 */
export async function createSimulation(config: Config, options: SimulationOptions): Promise<Simulation> {
  const { logger, clock = realClock } = options;
  refuseDriftingShard(config, options.shard);
  const intervalMs = intervalMsOf(config);
  const { plant, allocate, createExecutor } = preparePlant(config, options);
  const { families, sources } = plant;
  const chosen = chooseDestinations(config, families, options.workers);
  // A sink of the caller's own may need them, too.
  const isRecorded =
    (options.sinks ?? []).length > 0 ||
    chosen.some(({ definition }) => definition.capabilities.needsObservations);
  if (isRecorded) recordObservations(plant);

  const context: SinkContext = {
    logger,
    read: (use) => engine.read(use),
    yieldNow,
    nowMs: clock.nowMs,
    intervalMs,
    shard: options.shard,
  };
  const embedded = await embedReceiver(config, families, context);
  const createParts = async () => {
    const destinations = createDestinations(embedded?.config ?? config, chosen, context);
    const sinks = [
      ...destinations.map(({ sink }) => sink),
      ...(options.sinks ?? []).map((create) => create(context)),
    ];
    const watch = embedded?.createSink(destinations);
    if (watch !== undefined) sinks.push(watch);
    return { destinations, sinks, executor: await createExecutor() };
  };
  const { destinations, sinks, executor } = await createParts().catch(async (error: unknown) => {
    await embedded?.close();
    throw error;
  });

  const effects = createEffects(allocate);
  const control = createEffectControl(effects, families, intervalMs);
  const spikes = createSpikes(effects, families, intervalMs);
  const times = timesOf(config, clock);
  const ticker = createTicker({ sources, executor, effects, startMs: times.startMs, intervalMs });
  const engine: Engine = createEngine({
    ticker,
    sinks,
    clock,
    schedule: { intervalMs, maxLag: config.global.max_lag, late: config.global.late },
    wallStartMs: times.wallStartMs,
    joinTick: times.joinTick,
    lastTick: options.lastTick,
    hold: options.hold,
    logger,
  });
  const bornAtMs = clock.nowMs();
  const lastTick = (): number => ticker.frame.tick;
  /** Takes an action between two ticks; refuses it when there is no next one, so that none is taken in vain. */
  const beforeNextTick = <T>(act: () => T): Promise<T> =>
    engine.read(() => {
      const { phase } = engine;
      if (phase === 'starting' || phase === 'running') return act();
      throw new LyrebirdError('not_running', `the run is ${phase}: no further tick comes`);
    });

  return {
    config,
    families,
    stats: engine.stats,
    async run() {
      try {
        await engine.run();
      } finally {
        await embedded?.close();
        await executor.close();
      }
    },
    stop: engine.stop,
    spike: (request) => beforeNextTick(() => spikes.start(request, lastTick())),
    cancelSpike: (id) => beforeNextTick(() => spikes.cancel(id, lastTick())),
    async setEffect(request) {
      const prepared = await control.prepare(request);
      return beforeNextTick(() => control.set(prepared, ticker.frame));
    },
    cancelEffect: (id) => beforeNextTick(() => control.cancel(id, lastTick())),
    effect: (id) => control.find(id, lastTick()),
    status: () =>
      statusOf({
        config,
        file: options.file,
        families,
        destinations,
        engine,
        frame: ticker.frame,
        spikes: spikes.active(lastTick()),
        effects: control.active(lastTick()),
        parity: embedded?.report(),
        uptimeMs: clock.nowMs() - bornAtMs,
      }),
    health: () => healthOf(engine, intervalMs),
    ready: () => engine.phase === 'running' || engine.phase === 'holding',
    describe: () =>
      describeRun({
        config,
        file: options.file,
        families,
        destinations,
        shard: options.shard,
        workers: options.workers,
      }),
    read: engine.read,
    counters: () => countersOf(families, framesShown(ticker.frame.tick, engine.stats)),
  };
}

/** The sources, over shared memory when workers advance them, and the executor to come. */
function preparePlant(
  config: Config,
  { workers = 0, shard }: SimulationOptions,
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
      createWorkerPool(entry, { config, shard } satisfies WorkerModel, memory.buffers, workers),
  };
}

/** Has histograms keep each tick's observations, for clients that record them one by one. */
function recordObservations({ sources }: Plant): void {
  for (const { column, family } of sources) {
    if (column.kind !== 'histogram' || !family.rawObservations) continue;
    column.observations = { ends: new Uint32Array(family.size), values: new Float64Array(family.size * 2) };
  }
}

interface Times {
  /** t_0; with none it is when the run begins. */
  readonly startMs: number | undefined;
  readonly wallStartMs: number | undefined;
  readonly joinTick: number | undefined;
}

/** What is fixed of tick 0. With a shared epoch model and wall time are one, and the run joins at the newest due tick. */
function timesOf(config: Config, clock: Clock): Times {
  const startMs = startMsOf(config);
  const joinTick = joinTickOf(config, clock.wallMs());
  return { startMs, wallStartMs: joinTick === undefined ? undefined : startMs, joinTick };
}

/** Frames shown: birth, and every tick done since. */
function framesShown(tick: number, { ticks }: Stats): number {
  return tick < 0 ? 0 : ticks + 1;
}

function countersOf(families: readonly Family[], frames: number): Counters {
  return {
    points: new Map(families.map(({ name, size }) => [name, size * frames])),
    series: new Map(families.map(({ name, size }) => [name, frames === 0 ? 0 : size])),
  };
}

/** Shards that count ticks from their own starts would be parts of different runs. */
function refuseDriftingShard(config: Config, shard: Shard | undefined): void {
  if (shard === undefined || shard.count === 1 || config.global.epoch === 'wall') return;
  throw new LyrebirdError(
    'shard_without_epoch',
    'global.epoch: a shard needs wall, and global.start_time, so that all shards share their ticks; it is start',
  );
}

/** The composition root: config -> families, sources, sinks, engine. */
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { redactConfig } from '../config/write.ts';
import type { MetricChanges } from '../config/state.ts';
import { realClock, type Clock } from '../engine/clock.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import type { Family } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import type { Sink, SinkContext } from '../sinks/sink.ts';
import { LyrebirdError } from '../util/errors.ts';
import { yieldNow } from '../util/turns.ts';
import { recordOf, type Action, type AnswerTo } from './actions.ts';
import type { Simulation } from './contract.ts';
import { findObstacle } from './clients.ts';
import { describeRun } from './describe.ts';
import {
  admitChange,
  chooseDestinations,
  clientsOf,
  createDestinations,
  refuseUnshowable,
  type Destination,
} from './destinations.ts';
import { STRANGERS_TEST_LIMIT_MS } from './effects.ts';
import { embedReceiver, type Embedded } from './embedded.ts';
import type { Shard } from './plant.ts';
import { finalTickOf } from './finite.ts';
import { sha256Of, type Journal } from './journal/journal.ts';
import type { AccountLine, HeaderLine } from './journal/lines.ts';
import { recordTicks } from './journal/ticks.ts';
import { createReconfigurable, type RereadConfig } from './reconfigure.ts';
import { exporterStatus, healthOf, statusOf } from './status.ts';
import { createTally } from './tally.ts';
import { intervalMsOf, joinTickOf, startMsOf, startTickOf } from './times.ts';
import { createWorld, type World } from './world.ts';

export interface SimulationOptions {
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** Where the config came from, for `/status` and the start-up lines. */
  readonly file?: string | undefined;
  /** Ends after this tick, or after the last one of a finite configuration. */
  readonly lastTick?: number | undefined;
  /** Keeps serving the last tick until stopped. */
  readonly hold?: boolean | undefined;
  /** Worker threads that advance the series; none advances them on the event loop. */
  readonly workers?: number | undefined;
  /** The part of every family that this process owns. */
  readonly shard?: Shard | undefined;
  /** Keeps the record of the run; it is closed when `run` ends. */
  readonly journal?: Journal | undefined;
  /** The configuration of the file, where other metrics were put over it (`withChanges`). */
  readonly fileConfig?: Config | undefined;
  /** Reads the file again, for `reload`; without it there is no file to read. */
  readonly reread?: (() => RereadConfig | Promise<RereadConfig>) | undefined;
  /** Keeps what metrics have become over the API; throws when it cannot, and then nothing changes. */
  readonly saveChanges?: ((changes: MetricChanges) => void) | undefined;
  /** Told of each configuration that takes the place of another. */
  readonly onConfig?: ((config: Config) => void) | undefined;
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
  const times = timesOf(config, clock);
  const { shard, workers, journal } = options;
  const now = (): string => new Date(clock.wallMs()).toISOString();
  const world = await createWorld(config, {
    shard,
    workers,
    startMs: times.startMs,
    obstacle: (fault, family) => findObstacle(fault, family, clientsOf(destinations, sinks)),
    onFailure: (message) => logger.warn(message),
  });
  const context: SinkContext = {
    logger,
    read: (use) => engine.read(use),
    yieldNow,
    nowMs: clock.nowMs,
    intervalMs,
    shard,
    faults: world.faults,
    ...(journal && { served: (page) => journal.write({ line: 'scrape', at: now(), ...page }) }),
  };
  const { embedded, destinations, sinks } = await createParts(world, options, context).catch(
    async (error: unknown) => {
      await world.close();
      throw error;
    },
  );
  world.faults.attach({
    ways: new Set([
      ...(sinks.some(({ url }) => url !== undefined) ? (['scrape'] as const) : []),
      ...(sinks.some(({ account }) => account !== undefined) ? (['push'] as const) : []),
    ]),
    onSpoilt: (spoilt) => journal?.write({ line: 'fault', at: now(), ...spoilt }),
  });
  const accounts = (): AccountLine['exporters'] =>
    destinations.map(exporterStatus).map(({ name, points, reasons, scrapes }) => ({
      name,
      points,
      reasons,
      scrapes,
    }));
  journal?.write(headerOf(world.config, options, destinations, journal.version));
  const ticker =
    journal === undefined
      ? world.ticker
      : recordTicks(world.ticker, journal, { accounts, wallMs: clock.wallMs });
  const tally = createTally();
  const engine: Engine = createEngine({
    ticker,
    sinks: [tally, ...sinks],
    clock,
    schedule: { intervalMs, maxLag: config.global.max_lag, late: config.global.late },
    wallStartMs: times.wallStartMs,
    joinTick: times.joinTick,
    lastTick: firstOf(options.lastTick, finalTickOf(config)),
    hold: options.hold,
    logger,
  });
  const bornAtMs = clock.nowMs();
  const lastTick = (): number => ticker.frame.tick;
  const act = async <A extends Action>(action: A, beforeTick?: number): Promise<AnswerTo<A>> => {
    const prepared = await world.prepare(action, { testLimitMs: STRANGERS_TEST_LIMIT_MS });
    const take = async (frame: Frame): Promise<AnswerTo<A>> => {
      const { phase } = engine;
      if (phase !== 'starting' && phase !== 'running')
        throw new LyrebirdError('not_running', `the run is ${phase}: no further tick comes`);
      const line = { line: 'action', tick: frame.tick + 1, action: recordOf(action) } as const;
      try {
        const answer = await prepared.commit(frame);
        journal?.write({ ...line, answer });
        return answer;
      } catch (error) {
        journal?.write({ ...line, refused: error instanceof LyrebirdError ? error.code : 'internal' });
        throw error;
      }
    };
    return beforeTick === undefined ? engine.read(take) : engine.readBefore(beforeTick, take);
  };
  const endJournal = async (): Promise<void> => {
    journal?.write({
      line: 'end',
      at: now(),
      tick: lastTick(),
      state: engine.failure === undefined ? 'stopped' : 'failed',
      failure: engine.failure?.message ?? null,
      ticks: engine.stats.ticks,
      skipped_ticks: engine.stats.skippedTicks,
      exporters: accounts(),
    });
    await journal?.close();
  };

  const reconfigurable = createReconfigurable({
    ...options,
    config,
    lineUp: world.lineUp,
    tickOf: (at) =>
      engine.read((frame) => ({
        tick: startTickOf(at, frame, intervalMs, 'invalid_reload'),
        lastTick: frame.tick,
      })),
    intervalMs,
    take: (next, beforeTick) => act({ do: 'configure', config: next }, beforeTick),
  });

  return {
    get config() {
      return reconfigurable.config;
    },
    get families() {
      return world.families;
    },
    stats: engine.stats,
    async run() {
      try {
        await engine.run();
      } finally {
        await embedded?.close();
        await world.close();
        await endJournal();
      }
    },
    stop: engine.stop,
    act: (action) => act(action),
    spike: (request) => act({ do: 'spike', ...request }),
    cancelSpike: (id) => act({ do: 'cancel_spike', id }),
    setEffect: (request) => act({ do: 'set_effect', ...request }),
    cancelEffect: (id) => act({ do: 'cancel_effect', id }),
    reload: reconfigurable.reload,
    editMetrics: reconfigurable.edit,
    effect: (id) => world.effects.find(id, lastTick()),
    setFault: (request) => act({ do: 'set_fault', ...request }),
    cancelFault: (id) => act({ do: 'cancel_fault', id }),
    fault: (id) => world.faults.find(id, lastTick()),
    explosion: (id) => world.explosions.find(id, lastTick()),
    churn: (id) => world.churns.find(id, lastTick()),
    scenarios: () => world.scenarios.list(lastTick()),
    status: () =>
      statusOf({
        config: world.config,
        file: options.file,
        families: world.families,
        shown: tally.totals,
        destinations,
        engine,
        frame: ticker.frame,
        spikes: world.spikes.active(lastTick()),
        effects: world.effects.active(lastTick()),
        faults: world.faults.active(lastTick()),
        scenarios: world.scenarios.active(lastTick()),
        explosions: world.explosions.active(lastTick()),
        churns: world.churns.active(lastTick()),
        parity: embedded?.report(),
        uptimeMs: clock.nowMs() - bornAtMs,
      }),
    health: () => healthOf(engine, intervalMs),
    ready: () => engine.phase === 'running' || engine.phase === 'holding',
    describe: () =>
      describeRun({
        config: world.config,
        file: options.file,
        families: world.families,
        destinations,
        shard,
        workers,
      }),
    read: engine.read,
    counters: () => ({
      points: withAll(tally.points, world.families),
      series: withAll(tally.series, world.families),
      faults: world.faults.totals,
    }),
  };
}

/** What the run is made from, without its secrets. */
function headerOf(
  config: Config,
  { file, shard, workers }: SimulationOptions,
  destinations: readonly Destination[],
  version: string,
): HeaderLine {
  const shown = redactConfig(config);
  const page = destinations.find(({ definition }) => definition.protocol === 'prometheus');
  return {
    line: 'header',
    journal: 1,
    lyrebird: version,
    node: process.version,
    arch: process.arch,
    file: file ?? null,
    seed: config.global.seed,
    shard: shard ?? null,
    workers: workers ?? 0,
    page_client: page?.definition.client ?? null,
    config_sha256: sha256Of(JSON.stringify(shown)),
    config: shown,
  };
}

/** The sinks that the config enables and those of the caller, with the receiver that some of them push to. */
async function createParts(
  world: World,
  options: SimulationOptions,
  context: SinkContext,
): Promise<{
  readonly embedded: Embedded | undefined;
  readonly destinations: readonly Destination[];
  readonly sinks: readonly Sink[];
}> {
  const { config, families } = world;
  const chosen = chooseDestinations(config, families, options.workers);
  const own = options.sinks ?? [];
  // A sink of the caller's own may need them, too.
  const needObservations =
    own.length > 0 || chosen.some(({ definition }) => definition.capabilities.needsObservations);
  const sinks: Sink[] = [];
  world.attach({ admit: (others) => admitChange(chosen, sinks, others), needObservations });
  const embedded = await embedReceiver(config, families, context, world.faults);
  try {
    const destinations = createDestinations(embedded?.config ?? config, chosen, context);
    const brought = own.map((create) => create(context));
    for (const sink of brought) refuseUnshowable(config, families, sink, options.workers);
    sinks.push(...destinations.map(({ sink }) => sink), ...brought);
    const watch = embedded?.createSink(destinations);
    if (watch !== undefined) sinks.push(watch);
    return { embedded, destinations, sinks };
  } catch (error) {
    await embedded?.close();
    throw error;
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

/** Nothing of families that were not shown yet. */
function withAll(counts: ReadonlyMap<string, number>, families: readonly Family[]): Map<string, number> {
  return new Map([...families.map(({ name }): [string, number] => [name, 0]), ...counts]);
}

/** Shards that count ticks from their own starts would be parts of different runs. */
function refuseDriftingShard(config: Config, shard: Shard | undefined): void {
  if (shard === undefined || shard.count === 1 || config.global.epoch === 'wall') return;
  throw new LyrebirdError(
    'shard_without_epoch',
    'global.epoch: a shard needs wall, and global.start_time, so that all shards share their ticks; it is start',
  );
}

/** The earlier of two ticks that may not be there. */
function firstOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/**
 * What generates, without a clock and without sinks: families, their sources, ticks, and whatever changes them. A live run,
 * `render` and `replay` use it alike, so that a page can be had again from a configuration and the actions taken.
 */
import { fillKeys, stepFamilies, type ConfiguredFamily } from '../config/families.ts';
import type { Config } from '../config/schema.ts';
import type { EffectRequest } from '../control/effect.ts';
import { onStartAction } from '../control/on-start.ts';
import { isScenarioId } from '../control/scenario.ts';
import { SLICING } from '../engine/clock.ts';
import { createEffects } from '../engine/effects.ts';
import { createLocalExecutor, type Blueprint, type Executor } from '../engine/executor.ts';
import { createTicker, type Ticker } from '../engine/ticker.ts';
import { ownMemory, stepWithBuffers } from '../series/allocate.ts';
import type { Family } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import type { Source } from '../series/source.ts';
import { inPlace, LyrebirdError } from '../util/errors.ts';
import { yieldFirst } from '../util/turns.ts';
import { inSlices } from '../util/slices.ts';
import { createSharedMemory, createWorkerPool } from '../workers/pool.ts';
import type { Parts } from './action.ts';
import { prepareAction, type Action, type AnswerTo } from './actions.ts';
import { lookAhead } from './ahead.ts';
import { createChurns } from './churns.ts';
import { createEffectControl, type EffectContext } from './effects.ts';
import { createExplosions } from './explosions.ts';
import { createFaultControl } from './faults.ts';
import { createFamilyControl, type FamilyControl } from './families.ts';
import { stepSources, type Shard } from './plant.ts';
import type { PreparedAction } from './prepared.ts';
import { retestEffects } from './rebind.ts';
import { createScenarios } from './scenarios.ts';
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
  /** Told of what the run goes on without: a step of a scenario that could not begin, an effect whose series are gone. */
  readonly onFailure?: ((message: string) => void) | undefined;
}

/** Families and what belongs to them are those of the tick to come: ask again rather than keep them. */
export interface World extends Parts {
  readonly config: Config;
  readonly families: readonly Family[];
  /** One for each family, in the same order. */
  readonly sources: readonly Source[];
  readonly ticker: Ticker;
  /** Gets an action ready while ticks go on; its `commit` is called between two ticks. Throws a LyrebirdError. */
  prepare<A extends Action>(
    action: A,
    options?: { readonly testLimitMs?: number },
  ): Promise<PreparedAction<AnswerTo<A>>>;
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
  const { shard, startMs, onFailure = () => undefined } = options;
  const intervalMs = intervalMsOf(config);
  const foundry = createFoundry(options);
  const configured = await inSlices(stepFamilies(config, shard), SLICING);
  const initial = await inSlices(foundry.make(config, configured, []), SLICING);
  const taken = createEffects(foundry.allocate);
  const executor = await foundry.createExecutor(initial);
  const ticker = createTicker({
    sources: initial.sources,
    executor,
    effects: taken,
    startMs,
    intervalMs,
    onTurned: (turned, tick) => retestEffects(taken, turned, lineUp.families, tick, generatorsOf),
  });
  const generatorsOf = (family: Family) =>
    lineUp.sources.find((source) => source.family === family)?.generators ?? [];
  let admit: Clients['admit'] = () => {};
  let isRecorded = false;
  function* make(of: Config, families: readonly ConfiguredFamily[]): Generator<void, Blueprint> {
    const blueprint = yield* foundry.make(of, families, ticker.sources);
    if (isRecorded) recordObservations(blueprint.sources);
    return blueprint;
  }
  const lineUp: FamilyControl = createFamilyControl({
    before: { config, configured },
    shard,
    ticker,
    make,
    executor,
    admit: (others) => admit(others),
    effects: taken,
    slicing: SLICING,
    following: ({ profiles }) => {
      const { tick } = ticker.frame;
      const { churns } = parts.churns.follow(lineUp.config.profiles, profiles, tick);
      return { explosions: parts.explosions.at(tick + 1), churns };
    },
    onLoss: onFailure,
  });
  const parts: Parts = {
    lineUp,
    effects: createEffectControl(taken, () => lineUp.families, intervalMs, {
      obstacle: options.obstacle,
      generatorsOf,
    }),
    spikes: createSpikes(taken, () => lineUp.families, intervalMs),
    explosions: createExplosions(() => lineUp.config, shard, intervalMs),
    churns: createChurns(() => lineUp.config, intervalMs),
    scenarios: createScenarios({
      scenarios: () => lineUp.config.scenarios,
      families: () => lineUp.families,
      intervalMs,
      prepareStep: (action) => prepareAction(action, parts),
      onFailure,
    }),
    faults: createFaultControl(config.global.seed, intervalMs),
  };
  /** Families that the next ticks need are made while others go by. */
  const makeAhead = (tick: number): void => {
    const amended = lookAhead({ ...parts, intervalMs }, tick);
    if (amended !== undefined) void lineUp.expect(amended);
  };
  /** Takes the actions at the start; none any more when it has. */
  let begin: ((now: Frame) => Promise<void>) | undefined;
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
    ticker: {
      frame: ticker.frame,
      get sources() {
        return ticker.sources;
      },
      async birth(wallMs) {
        begin = await prepareStart(config, parts);
        parts.faults.follow(config.faults, { tick: -1, modelMs: (startMs ?? wallMs) - intervalMs }).take();
        await ticker.birth(wallMs);
      },
      change: ticker.change,
      async advance(wallMs, tick = ticker.frame.tick + 1) {
        await begin?.(ticker.frame);
        begin = undefined;
        await parts.scenarios.advance(tick, ticker.frame);
        const { explosions, churns } = parts;
        await lineUp.amend({ explosions: explosions.at(tick), churns: churns.at(tick) });
        const change = await ticker.advance(wallMs, tick);
        makeAhead(tick);
        return change;
      },
    },
    attach(clients) {
      admit = clients.admit;
      isRecorded = clients.needObservations;
      if (isRecorded) recordObservations(lineUp.sources);
    },
    async prepare(action, { testLimitMs } = {}) {
      refuseReserved(action);
      const { effects } = parts;
      const limited = {
        ...effects,
        prepare: (request: EffectRequest) => effects.prepare(request, testLimitMs),
      };
      const { commit } = await prepareAction(action, { ...parts, effects: limited });
      return {
        async commit(now) {
          const answer = await commit(now);
          makeAhead(now.tick);
          return answer;
        },
      };
    },
    close: () => executor.close(),
  };
}

/** The actions that a run begins with, ready to be taken. Throws what they are refused with, with their place. */
async function prepareStart({ runtime }: Config, parts: Parts): Promise<(now: Frame) => Promise<void>> {
  const placeOf = (index: number): string => `runtime.on_start[${index}]`;
  const actions: readonly PreparedAction<unknown>[] = await Promise.all(
    runtime.on_start.map((entry, index) =>
      prepareAction(onStartAction(entry), parts).catch((error: unknown) => {
        throw inPlace(placeOf(index), error);
      }),
    ),
  );
  return async (now) => {
    for (const [index, { commit }] of actions.entries()) {
      try {
        await commit(now);
      } catch (error) {
        throw inPlace(placeOf(index), error);
      }
    }
  };
}

/** Names that scenarios give are theirs: nobody else makes something that is called so. */
function refuseReserved(action: Action): void {
  if (!('id' in action) || action.id === undefined || action.do.startsWith('cancel')) return;
  if (!isScenarioId(action.id)) return;
  throw new LyrebirdError(
    'effect_id_reserved',
    `${action.id} is a name that scenarios give; choose another id`,
  );
}

/** Makes sources over memory that whoever advances them can read; what takes long about it is done in steps. */
interface Foundry {
  /** `known` are sources that those to come may follow from. */
  make(
    config: Config,
    configured: readonly ConfiguredFamily[],
    known: readonly Source[],
  ): Generator<void, Blueprint>;
  allocate(bytes: number): ArrayBufferLike;
  createExecutor(initial: Blueprint): Promise<Executor>;
}

function createFoundry({ workers = 0, shard }: WorldOptions): Foundry {
  if (workers === 0) {
    return {
      *make(_, configured, known) {
        const sources = yield* stepWithBuffers(ownMemory, stepSources(configured, known), 'filled');
        yield* fillKeys(configured);
        return { sources, known, model: undefined, buffers: [] };
      },
      allocate: (bytes) => new ArrayBuffer(bytes),
      createExecutor: ({ sources }) => Promise.resolve(createLocalExecutor(sources, yieldFirst)),
    };
  }
  const entry = new URL('./worker.js', import.meta.url);
  return {
    *make(config, configured, known) {
      const { buffers, supply } = createSharedMemory();
      const sources = yield* stepWithBuffers(supply, stepSources(configured, known), 'filled');
      yield* fillKeys(configured);
      const only = configured.map(({ metric }) => metric.name);
      return { sources, known, model: { config, shard, only } satisfies WorkerModel, buffers };
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

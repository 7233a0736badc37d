/** The families of a run, and how others take their place. */
import type { ConfiguredFamily, Shard } from '../config/families.ts';
import { amend, amendAlike, type Amendments } from '../config/amend.ts';
import type { Config } from '../config/schema.ts';
import type { Effects } from '../engine/effects.ts';
import type { Blueprint, Executor } from '../engine/executor.ts';
import type { Ticker } from '../engine/ticker.ts';
import type { Family } from '../series/family.ts';
import type { Source } from '../series/source.ts';
import { inSlices, type Slicing } from '../util/slices.ts';
import { planChange, type ChangePlan, type LineUp } from './change.ts';
import { rebindEffects, type Rebound } from './rebind.ts';

/** Families of another configuration, ready to take their place. */
export interface PreparedFamilies {
  readonly plan: ChangePlan;
  /** What the plan was made from: another change may be taken first. */
  readonly before: LineUp;
  /** What was asked for; the rest is what there is when it is taken. */
  readonly asked: Asked;
  readonly blueprint: Blueprint;
  /** What of the amendments cannot be, and why, in words. */
  readonly leftOut: readonly string[];
}

interface Asked {
  readonly config?: Config;
  readonly amendments?: Amendments;
}

/** What a change comes to. */
export interface AppliedChange {
  /** What becomes of each metric, by name. */
  readonly outcomes: ChangePlan['outcomes'];
  /** What becomes of effects. */
  readonly effects: Rebound;
}

export interface FamilyControl {
  /** The configuration that families are of from the next tick on. */
  readonly config: Config;
  readonly families: readonly Family[];
  /** One for each family, in the same order. */
  readonly sources: readonly Source[];
  /** What a configuration would change, without making anything. Throws as `prepare` does. */
  plan(config: Config): Promise<{ readonly plan: ChangePlan; readonly before: LineUp }>;
  /**
   * Makes what a configuration needs beside what there is, while ticks go on. Of the configuration, profiles, metrics and their
   * factors are looked at alone. Changes nothing. Throws `client_cannot_express` when a running client cannot follow.
   */
  prepare(config: Config): Promise<PreparedFamilies>;
  /** What is amended at the tick to come, as of now. */
  readonly amendments: Amendments;
  /** Makes what `amend` will probably be asked for, while ticks go on. Never throws. */
  expect(amendments: Amendments): Promise<void>;
  /** Has the next tick change the families where other things are amended than before. `config` stays as it is. */
  amend(amendments: Amendments): Promise<void>;
  /** Throws `client_cannot_express` when a running client cannot follow families that change. */
  admitChange(): void;
  /** Has the next tick change the families; called between two ticks. */
  change(prepared: PreparedFamilies): Promise<AppliedChange>;
}

export interface FamilyControlOptions {
  readonly before: LineUp;
  readonly shard: Shard | undefined;
  readonly ticker: Ticker;
  /** Sources of families, over memory that whoever advances them can read. In steps. */
  make(config: Config, families: readonly ConfiguredFamily[]): Generator<void, Blueprint>;
  /** Has the threads that advance them make the same. */
  readonly executor: Pick<Executor, 'prepare' | 'release'>;
  readonly slicing: Slicing;
  /** What is amended at the next tick when it has another configuration. Throws what that is refused with. */
  following(config: Config): Amendments;
  /** Throws when a running client cannot show these families, or that they change. */
  admit(families: readonly Family[]): void;
  readonly effects: Effects;
  /** Told of what a change that nobody asked for just now leaves behind. */
  readonly onLoss: (message: string) => void;
}

/** Each may be as large as what runs. */
const MAX_EXPECTED = 2;

export function createFamilyControl(options: FamilyControlOptions): FamilyControl {
  const { shard, ticker, make, executor, admit, effects, slicing, following, onLoss } = options;
  let now = options.before;
  let amendments: Amendments = { explosions: [], churns: [] };
  let leftOut: readonly string[] = [];
  /** What is made for amendments to come from the families that there are, the last asked for at the end. */
  let expected: readonly {
    readonly wanted: Amendments;
    readonly prepared: Promise<PreparedFamilies | undefined>;
  }[] = [];

  /** What other threads hold ready. */
  const ready = new Set<PreparedFamilies>();
  const discard = (prepared: PreparedFamilies): void => {
    ready.delete(prepared);
    // A thread that fails at it fails at the next tick.
    executor.release(prepared.blueprint).catch(() => undefined);
  };

  /** `plan.config` is the configuration without what is amended. */
  const planFrom = async (before: LineUp, config: Config, amended: Config): Promise<ChangePlan> => {
    const plan = { ...(await inSlices(planChange(before, amended, shard), slicing)), config };
    if (changesFamilies(before, plan)) admit(plan.change.families);
    return plan;
  };
  const prepare = async (asked: Asked): Promise<PreparedFamilies> => {
    const before = now;
    const config = asked.config ?? before.config;
    const amended = amend(config, asked.amendments ?? amendments);
    await slicing.yieldNow();
    const plan = await planFrom(before, config, amended.config);
    const blueprint = await inSlices(make(amended.config, plan.made), slicing);
    const prepared = { plan, before, asked, blueprint, leftOut: amended.leftOut };
    ready.add(prepared);
    await executor.prepare(blueprint).catch((error: unknown) => {
      // What it is made beside may be gone by now, and then it is of no use.
      if (before === now) throw error;
    });
    if (before !== now) discard(prepared);
    return prepared;
  };
  const change = async (prepared: PreparedFamilies): Promise<AppliedChange> => {
    const current = prepared.before === now ? prepared : await prepare(prepared.asked);
    const { plan, blueprint, before } = current;
    amendments = prepared.asked.amendments ?? amendments;
    now = plan;
    expected = [];
    ready.delete(current);
    for (const other of ready) discard(other);
    for (const message of current.leftOut) if (!leftOut.includes(message)) onLoss(message);
    leftOut = current.leftOut;
    if (!changesFamilies(before, plan)) {
      discard(current);
      return { outcomes: plan.outcomes, effects: { ended: [], lost: [] } };
    }
    const sources = new Map(
      [...ticker.sources, ...blueprint.sources].map((source) => [source.family, source]),
    );
    ticker.change({
      sources: plan.change.families.map((family) => sources.get(family) as Source),
      blueprints: [blueprint],
      change: plan.change,
    });
    const rebound = await rebindEffects(
      effects,
      plan,
      ticker.frame.tick + 1,
      (family) => sources.get(family)?.generators ?? [],
    );
    return { outcomes: plan.outcomes, effects: rebound };
  };
  return {
    get config() {
      return now.config;
    },
    get families() {
      return now.configured.map(({ family }) => family);
    },
    get sources() {
      return ticker.sources;
    },
    async plan(config) {
      const before = now;
      const amended = amend(config, following(config));
      return { plan: await planFrom(before, config, amended.config), before };
    },
    prepare: async (config) => prepare({ config, amendments: following(config) }),
    get amendments() {
      return amendments;
    },
    async expect(wanted) {
      if (amendAlike(wanted, amendments)) return;
      const known = expected.find((one) => amendAlike(one.wanted, wanted));
      // What goes wrong is told when it is asked for.
      const prepared = known?.prepared ?? prepare({ amendments: wanted }).catch(() => undefined);
      if (known === undefined) {
        const kept = expected.slice(1 - MAX_EXPECTED);
        for (const one of expected)
          if (!kept.includes(one)) void one.prepared.then((late) => late && discard(late));
        expected = [...kept, { wanted, prepared }];
      }
      await prepared;
    },
    async amend(wanted) {
      if (amendAlike(wanted, amendments)) return;
      const made = await expected.find((one) => amendAlike(one.wanted, wanted))?.prepared;
      const { ended, lost } = (await change(made ?? (await prepare({ amendments: wanted })))).effects;
      for (const id of ended) onLoss(`effect ${id} ends: none of its series is left`);
      for (const { effect, metric, why } of lost)
        onLoss(`effect ${effect} changes ${metric} no longer: ${why}`);
    },
    admitChange: () => admit(now.configured.map(({ family }) => family)),
    change,
  };
}

/** Whether families are others, or in another order, rather than what is beside them. */
function changesFamilies(before: LineUp, { configured }: LineUp): boolean {
  return (
    before.configured.length !== configured.length ||
    before.configured.some((entry, index) => entry !== configured[index])
  );
}

/** The families of a run, and how others take their place. */
import type { ConfiguredFamily, Shard } from '../config/families.ts';
import { amend, type Amendments } from '../config/amend.ts';
import type { Config } from '../config/schema.ts';
import type { Effects } from '../engine/effects.ts';
import type { Blueprint } from '../engine/executor.ts';
import type { Ticker } from '../engine/ticker.ts';
import type { Family } from '../series/family.ts';
import type { Source } from '../series/source.ts';
import { yieldNow } from '../util/mutex.ts';
import { planChange, type ChangePlan, type LineUp } from './change.ts';
import { rebindEffects } from './rebind.ts';

/** Families of another configuration, ready to take their place. */
export interface PreparedFamilies {
  readonly plan: ChangePlan;
  /** What the plan was made from: another change may be taken first. */
  readonly before: LineUp;
  /** What was asked for; the rest is what there is when it is taken. */
  readonly asked: Asked;
  readonly blueprint: Blueprint;
}

interface Asked {
  readonly config?: Config;
  readonly amendments?: Amendments;
}

/** What a change comes to. */
export interface AppliedChange {
  /** What becomes of each metric, by name. */
  readonly outcomes: ChangePlan['outcomes'];
  /** Ids of effects that end, since none of their series is left. */
  readonly endedEffects: readonly string[];
}

export interface FamilyControl {
  /** The configuration that families are of from the next tick on. */
  readonly config: Config;
  readonly families: readonly Family[];
  /** One for each family, in the same order. */
  readonly sources: readonly Source[];
  /** What a configuration would change, without making anything. Throws as `prepare` does. */
  plan(config: Config): { readonly plan: ChangePlan; readonly before: LineUp };
  /**
   * Makes what a configuration needs beside what there is, while ticks go on. Of the configuration, profiles, metrics and their
   * factors are looked at alone. Changes nothing. Throws `client_cannot_express` when a running client cannot follow.
   */
  prepare(config: Config): Promise<PreparedFamilies>;
  /** The same for an explosion beside what is amended already. */
  prepareExplosion(explosion: Amendments['explosions'][number]): Promise<PreparedFamilies>;
  /** Says what `amend` will probably be asked for. */
  expect(prepared: PreparedFamilies): void;
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
  /** Sources of families, over memory that whoever advances them can read. */
  make(config: Config, families: readonly ConfiguredFamily[]): Blueprint;
  /** Throws when a running client cannot show these families, or that they change. */
  admit(families: readonly Family[]): void;
  readonly effects: Effects;
}

export function createFamilyControl(options: FamilyControlOptions): FamilyControl {
  const { shard, ticker, make, admit, effects } = options;
  let now = options.before;
  let amendments: Amendments = { explosions: [], churns: [] };
  let expected: PreparedFamilies | undefined;

  /** `plan.config` is the configuration without what is amended. */
  const planFrom = (before: LineUp, config: Config, amended: Config): ChangePlan => {
    const plan = { ...planChange(before, amended, shard), config };
    admit(plan.change.families);
    return plan;
  };
  const prepare = async (asked: Asked): Promise<PreparedFamilies> => {
    await yieldNow();
    const before = now;
    const config = asked.config ?? before.config;
    const amended = amend(config, asked.amendments ?? amendments);
    const plan = planFrom(before, config, amended);
    await yieldNow();
    return { plan, before, asked, blueprint: make(amended, plan.made) };
  };
  const change = async (prepared: PreparedFamilies): Promise<AppliedChange> => {
    const { plan, blueprint } = prepared.before === now ? prepared : await prepare(prepared.asked);
    amendments = prepared.asked.amendments ?? amendments;
    const sources = new Map(
      [...ticker.sources, ...blueprint.sources].map((source) => [source.family, source]),
    );
    ticker.change({
      sources: plan.change.families.map((family) => sources.get(family) as Source),
      blueprints: [blueprint],
      change: plan.change,
    });
    now = plan;
    const endedEffects = await rebindEffects(
      effects,
      plan,
      ticker.frame.tick + 1,
      (family) => sources.get(family)?.generators ?? [],
    );
    return { outcomes: plan.outcomes, endedEffects };
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
    plan: (config) => ({ plan: planFrom(now, config, amend(config, amendments)), before: now }),
    prepare: (config) => prepare({ config }),
    prepareExplosion({ metric, label, values }) {
      const { explosions, churns } = amendments;
      return prepare({ amendments: { explosions: [...explosions, { metric, label, values }], churns } });
    },
    expect(prepared) {
      expected = prepared;
    },
    async amend(wanted) {
      if (isEqual(wanted, amendments)) return;
      const isExpected = expected !== undefined && isEqual(expected.asked.amendments, wanted);
      const prepared = isExpected ? (expected as PreparedFamilies) : await prepare({ amendments: wanted });
      expected = undefined;
      await change(prepared);
    },
    admitChange: () => admit(now.configured.map(({ family }) => family)),
    change,
  };
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

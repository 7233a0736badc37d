/** Effects follow the series that they were asked for when families change. */
import { takesOptions } from '../control/effect-rules.ts';
import { mayHave, type Effect, type Effects } from '../engine/effects.ts';
import { parseMatchers, type Matcher } from '../labels/matchers.ts';
import { selectSlots, type Selection } from '../labels/selection.ts';
import type { LabelSpace } from '../labels/space.ts';
import { declaredType, isMeasured, withArticle, type Family } from '../series/family.ts';
import type { GeneratorSpec } from '../series/source.ts';
import { LyrebirdError } from '../util/errors.ts';
import { yieldNow } from '../util/turns.ts';
import { bindFamily, createBound, type Bound } from './bind.ts';
import type { ChangePlan, Outcome } from './change.ts';
import { changeableOf } from './effects.ts';
import { findUnmovable } from './error-rate.ts';
import { checkOptions } from './params.ts';

/** What becomes of a metric that leaves its slots and their labels where they are. */
const SETTLED = new Set<Outcome | undefined>(['same', 'kept', undefined]);

const NONE_MATCH = 'none of its series match';

type GeneratorsOf = (family: Family) => readonly GeneratorSpec[];

/** A metric that an effect does not change any longer. */
export interface LostTarget {
  readonly effect: string;
  readonly metric: string;
  readonly why: string;
}

export interface Rebound {
  /** Ids of effects that end, since none of their series is left. */
  readonly ended: readonly string[];
  /** Of effects that go on. */
  readonly lost: readonly LostTarget[];
}

/**
 * Finds the series of effects anew in metrics that a change touches. A metric that is gone, or of which no series match any more, is no
 * target any longer, unless later ones may. Effects that have none left end with tick `next`.
 */
export async function rebindEffects(
  effects: Effects,
  { outcomes, change }: ChangePlan,
  next: number,
  generatorsOf: GeneratorsOf,
): Promise<Rebound> {
  const families = new Map(change.families.map((family) => [family.name, family]));
  const ended: string[] = [];
  const lost: LostTarget[] = [];
  for (const effect of effects.activeAt(next)) {
    if (effect.targets.every(({ family }) => SETTLED.has(outcomes.get(family)))) continue;
    const matchers = effect.series === '' ? [] : parseMatchers(effect.series);
    const bound = createBound();
    const others = effects.activeAt(next).filter(({ id }) => id !== effect.id);
    const missed: LostTarget[] = [];
    for (const { family: name } of effect.targets) {
      const family = families.get(name);
      const why =
        family === undefined
          ? 'there is no such metric any more'
          : (whyNotTaken(effect, others, family, generatorsOf(family)) ??
            (await bind(family, generatorsOf(family), matchers, effect, bound)));
      if (why === NONE_MATCH && family !== undefined && isAskedForTurning(family, matchers))
        keep(family, bound);
      else if (why !== undefined) missed.push({ effect: effect.id, metric: name, why });
    }
    if (bound.targets.length > 0) {
      effects.set({ ...effect, targets: bound.targets }, bound.members, bound);
      lost.push(...missed);
    } else {
      effects.cancel(effect.id, next);
      ended.push(effect.id);
    }
  }
  return { ended, lost };
}

/**
 * Finds the series of effects anew in families whose labels have turned over, where the effect asks for the label that does. A metric
 * stays a target when none of its series match any longer, since later ones may.
 */
export async function retestEffects(
  effects: Effects,
  turned: readonly Family[],
  families: readonly Family[],
  tick: number,
  generatorsOf: GeneratorsOf,
): Promise<void> {
  const names = new Set(turned.map(({ name }) => name));
  for (const effect of effects.activeAt(tick)) {
    if (effect.series === '') continue;
    const matchers = parseMatchers(effect.series);
    const targets = families.filter(({ name }) => effect.targets.some((target) => target.family === name));
    if (!targets.some((family) => names.has(family.name) && isAskedForTurning(family, matchers))) continue;
    const bound = createBound();
    for (const family of targets)
      if ((await bind(family, generatorsOf(family), matchers, effect, bound)) !== undefined)
        keep(family, bound);
    effects.set({ ...effect, targets: bound.targets }, bound.members, bound);
  }
}

/** Whether matchers ask for the label that turns over. */
function isAskedForTurning({ labels }: Family, matchers: readonly Matcher[]): boolean {
  const turning = labels.names[labels.turnover?.dimension ?? -1];
  return matchers.some(({ name }) => name === turning);
}

/** Keeps a family as a target of which no series match now. */
function keep({ name, size }: Family, { targets, members }: Bound): void {
  members.set(name, new Uint8Array(size));
  targets.push({ family: name, series: 0, of: size });
}

/** Why the family is no target, in words: no series match, or those that they would move increments to are gone. */
async function bind(
  family: Family,
  generators: readonly GeneratorSpec[],
  matchers: readonly Matcher[],
  { errorRate }: Effect,
  bound: Bound,
): Promise<string | undefined> {
  const before = bound.targets.length;
  const isMovable = errorRate !== undefined && findUnmovable(family, generators) === undefined;
  try {
    await bindFamily(family, matchers, isMovable ? errorRate : undefined, bound, select);
  } catch (error) {
    if (!(error instanceof LyrebirdError)) throw error;
    return error.message;
  }
  return bound.targets.length > before ? undefined : NONE_MATCH;
}

/** Why a family, whose algorithm may be another one now, does not take what an effect asks of it, in words. */
function whyNotTaken(
  effect: Effect,
  others: readonly Effect[],
  family: Family,
  generators: readonly GeneratorSpec[],
): string | undefined {
  const { errorRate, params, situation, faults = [], rate, scale, offset } = effect;
  const { type } = family;
  const changeable = changeableOf(family, generators);
  const unmovable = errorRate && findUnmovable(family, generators);
  const names = Object.keys(params ?? {});
  const untaken =
    names.length > 0 && !takesOptions(names, changeable)
      ? `its algorithm has no numeric options ${names.join(', ')}`
      : undefined;
  const unknown =
    situation !== undefined && !changeable.situations.includes(situation)
      ? `it knows no situation ${situation}`
      : undefined;
  const takesNumbers =
    (type !== 'gauge' && rate !== 1) || (type !== 'counter' && (scale !== 1 || offset !== 0));
  const isTaken =
    faults.some((fault) => mayHave(fault, family)) ||
    (isMeasured(family) && takesNumbers) ||
    (errorRate !== undefined && unmovable === undefined) ||
    (params !== undefined && untaken === undefined) ||
    (situation !== undefined && unknown === undefined);
  if (!isTaken && !asksForNothing(effect))
    return unmovable ?? untaken ?? unknown ?? `it changes nothing of ${withArticle(declaredType(family))}`;
  try {
    checkOptions(effect, others, family, generators);
    return undefined;
  } catch (error) {
    if (error instanceof LyrebirdError) return error.message;
    throw error;
  }
}

function asksForNothing({ rate, scale, offset, params, faults = [], errorRate, situation }: Effect): boolean {
  const asked = [params, errorRate, situation, ...faults];
  return rate === 1 && scale === 1 && offset === 0 && asked.every((change) => change === undefined);
}

/** Patterns were found to be quick enough when the effect was taken. */
function select(space: LabelSpace, matchers: readonly Matcher[]): Promise<Selection> {
  return selectSlots(space, matchers, { yieldNow, limit: (work) => work() });
}

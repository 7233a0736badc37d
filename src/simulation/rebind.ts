/** Effects follow the series that they were asked for when families change. */
import { takesOptions } from '../control/effect-rules.ts';
import type { Effect, Effects } from '../engine/effects.ts';
import { parseMatchers, type Matcher } from '../labels/matchers.ts';
import { selectSlots, type Selection } from '../labels/selection.ts';
import type { LabelSpace } from '../labels/space.ts';
import type { Family } from '../series/family.ts';
import type { GeneratorSpec } from '../series/source.ts';
import { LyrebirdError } from '../util/errors.ts';
import { yieldNow } from '../util/mutex.ts';
import { bindFamily, createBound, type Bound } from './bind.ts';
import type { ChangePlan, Outcome } from './change.ts';
import { changeableOf } from './effects.ts';
import { findUnmovable } from './error-rate.ts';
import { checkOptions } from './params.ts';

/** What becomes of a metric that leaves its slots and their labels where they are. */
const SETTLED = new Set<Outcome | undefined>(['same', 'kept', undefined]);

/**
 * Finds the series of effects anew in metrics that a change touches. A metric that is gone, or of which no series match any more, is no
 * target any longer. Gives the ids of effects that have none left, which end with tick `next`.
 */
export async function rebindEffects(
  effects: Effects,
  { outcomes, change }: ChangePlan,
  next: number,
  generatorsOf: (family: Family) => readonly GeneratorSpec[],
): Promise<string[]> {
  const families = new Map(change.families.map((family) => [family.name, family]));
  const ended: string[] = [];
  for (const effect of effects.activeAt(next)) {
    if (effect.targets.every(({ family }) => SETTLED.has(outcomes.get(family)))) continue;
    const matchers = effect.series === '' ? [] : parseMatchers(effect.series);
    const bound = createBound();
    const others = effects.activeAt(next).filter(({ id }) => id !== effect.id);
    for (const { family: name } of effect.targets) {
      const family = families.get(name);
      if (family === undefined || !isStillTaken(effect, others, family, generatorsOf(family))) continue;
      await bind(family, matchers, effect, bound);
    }
    if (bound.targets.length > 0) {
      effects.set({ ...effect, targets: bound.targets }, bound.members, bound);
    } else {
      effects.cancel(effect.id, next);
      ended.push(effect.id);
    }
  }
  return ended;
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
): Promise<void> {
  const labels = new Map(
    turned.map(({ name, labels: space }) => [name, space.names[space.turnover?.dimension ?? -1]]),
  );
  for (const effect of effects.activeAt(tick)) {
    if (effect.series === '') continue;
    const matchers = parseMatchers(effect.series);
    const asked = new Set(matchers.map(({ name }) => name));
    if (!effect.targets.some(({ family }) => asked.has(labels.get(family) ?? ''))) continue;
    const bound = createBound();
    for (const target of effect.targets) {
      const family = families.find(({ name }) => name === target.family);
      if (family !== undefined && (await bind(family, matchers, effect, bound))) continue;
      if (family !== undefined) bound.members.set(family.name, new Uint8Array(family.size));
      bound.targets.push({ ...target, series: 0 });
    }
    effects.set({ ...effect, targets: bound.targets }, bound.members, bound);
  }
}

/** False when the family is no target: no series match, or those that they would move increments to are gone. */
async function bind(
  family: Family,
  matchers: readonly Matcher[],
  { errorRate }: Effect,
  bound: Bound,
): Promise<boolean> {
  const before = bound.targets.length;
  try {
    await bindFamily(family, matchers, errorRate, bound, select);
  } catch (error) {
    if (!(error instanceof LyrebirdError)) throw error;
  }
  return bound.targets.length > before;
}

/** Whether the algorithm of a family, which may be another one now, takes what an effect asks of it. */
function isStillTaken(
  effect: Effect,
  others: readonly Effect[],
  family: Family,
  generators: readonly GeneratorSpec[],
): boolean {
  if (effect.errorRate !== undefined && findUnmovable(family, generators) !== undefined) return false;
  const changeable = changeableOf(family, generators);
  if (effect.situation !== undefined && !changeable.situations.includes(effect.situation)) return false;
  if (effect.params === undefined) return true;
  if (!takesOptions(Object.keys(effect.params), changeable)) return false;
  try {
    checkOptions(effect, others, family, generators);
    return true;
  } catch (error) {
    if (error instanceof LyrebirdError) return false;
    throw error;
  }
}

/** Patterns were found to be quick enough when the effect was taken. */
function select(space: LabelSpace, matchers: readonly Matcher[]): Promise<Selection> {
  return selectSlots(space, matchers, { yieldNow, limit: (work) => work() });
}

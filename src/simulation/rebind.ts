/** Effects follow the series that they were asked for when families change. */
import type { Effects, Target } from '../engine/effects.ts';
import { parseMatchers } from '../labels/matchers.ts';
import { selectSlots } from '../labels/selection.ts';
import type { Family } from '../series/family.ts';
import { yieldNow } from '../util/mutex.ts';
import type { ChangePlan, Outcome } from './change.ts';

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
): Promise<string[]> {
  const families = new Map(change.families.map((family) => [family.name, family]));
  const ended: string[] = [];
  for (const effect of effects.activeAt(next)) {
    if (effect.targets.every(({ family }) => SETTLED.has(outcomes.get(family)))) continue;
    const members = new Map<string, Uint8Array>();
    const targets: Target[] = [];
    for (const { family: name } of effect.targets) {
      const family = families.get(name);
      const target = family && (await find(family, effect.series, members));
      if (target !== undefined) targets.push(target);
    }
    if (targets.length > 0) {
      effects.set({ ...effect, targets }, members);
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
    const asked = new Set(parseMatchers(effect.series).map(({ name }) => name));
    if (!effect.targets.some(({ family }) => asked.has(labels.get(family) ?? ''))) continue;
    const members = new Map<string, Uint8Array>();
    const targets: Target[] = [];
    for (const target of effect.targets) {
      const family = families.find(({ name }) => name === target.family);
      const found = family && (await find(family, effect.series, members));
      if (family !== undefined && found === undefined) members.set(family.name, new Uint8Array(family.size));
      targets.push(found ?? { ...target, series: 0 });
    }
    effects.set({ ...effect, targets }, members);
  }
}

async function find(
  { name, size, labels }: Family,
  series: string,
  members: Map<string, Uint8Array>,
): Promise<Target | undefined> {
  if (series === '') return { family: name, series: size, of: size };
  // Its patterns were found to be quick enough when the effect was taken.
  const selection = await selectSlots(labels, parseMatchers(series), { yieldNow, limit: (work) => work() });
  if (selection.count === 0) return undefined;
  if (selection.count < size) members.set(name, selection.members);
  return { family: name, series: selection.count, of: size };
}

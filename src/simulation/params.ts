/** Changes of numeric options, by several effects at once: whether algorithms take what comes of it at any strength. */
import { refuseOptions } from '../config/options.ts';
import { strengthsOf } from '../control/effect-rules.ts';
import { foldOptions, type Effect } from '../engine/effects.ts';
import type { Family } from '../series/family.ts';
import type { GeneratorSpec } from '../series/source.ts';
import { LyrebirdError } from '../util/errors.ts';

/** All combinations of so many effects that overlap are tried. */
const MAX_OVERLAPPING = 10;

/**
 * Throws when the options of a family are refused at some strength of an effect, alone or with others that overlap it. What
 * several make of an option is linear in the strength of each, so full strengths and none bound all that there is between them.
 */
export function checkOptions(
  effect: Effect,
  others: readonly Effect[],
  { name, type }: Family,
  generators: readonly GeneratorSpec[],
): void {
  if (effect.params === undefined) return;
  const overlapping = others.filter(
    (other) =>
      other.params !== undefined &&
      other.targets.some(({ family }) => family === name) &&
      other.fromTick < effect.untilTick &&
      effect.fromTick < other.untilTick,
  );
  if (overlapping.length >= MAX_OVERLAPPING)
    throw invalid(`params: at most ${MAX_OVERLAPPING} effects that overlap may change options of ${name}`);
  const all = [effect, ...overlapping].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (let chosen = 0; chosen < 2 ** all.length; chosen++) {
    const together = all.filter((one, i) => one === effect || (chosen & (1 << i)) !== 0);
    for (const strength of strengthsOf(true)) {
      const active = together.map((one) => ({ effect: one, strength: hasRamp(one) ? strength : 1 }));
      const ids = together.map(({ id }) => id);
      const whom = ids.length > 1 ? `${name} with ${ids.join(', ')} together` : name;
      const refused = refuseOptions(foldOptions(active) ?? {}, type, generators, whom);
      if (refused !== undefined) throw invalid(refused);
    }
  }
}

function hasRamp({ upTicks, downTicks }: Effect): boolean {
  return upTicks + downTicks > 0;
}

function invalid(message: string): LyrebirdError {
  return new LyrebirdError('invalid_effect', message);
}

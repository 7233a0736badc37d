/** Changes of numeric options: which algorithms take them, and whether they take what comes of it at any strength. */
import { parsePart, type Finding } from '../config/problems.ts';
import type { EffectRequest } from '../control/effect.ts';
import { foldOptions, type Effect } from '../engine/effects.ts';
import { changedOptions, cornersOf, findGenerator, numericOptions } from '../generators/registry.ts';
import { algorithmTypeOf, type Family, type MetricType } from '../series/family.ts';
import type { OptionChanges } from '../series/modulation.ts';
import type { GeneratorSpec } from '../series/source.ts';
import { LyrebirdError } from '../util/errors.ts';

/** All combinations of so many effects that overlap are tried. */
const MAX_OVERLAPPING = 10;
/** A strength on the way that is no round number, so that an option of whole numbers does not take it by chance. */
const ON_THE_WAY = (Math.sqrt(5) - 1) / 2;

/** What a request makes of options at full strength; `undefined` when it changes none. */
export function paramsOf({ params = {} }: EffectRequest): OptionChanges | undefined {
  const changes = Object.entries(params).map(([name, change]): [string, OptionChanges[string]] => [
    name,
    typeof change === 'number'
      ? { scale: 0, offset: change }
      : { scale: change.scale ?? 1, offset: change.add ?? 0 },
  ]);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** Whether a family has every option of some names as a number, in one of its generators at least. */
export function takesOptions(
  names: readonly string[],
  type: MetricType,
  generators: readonly GeneratorSpec[],
): boolean {
  const known = new Set(generators.flatMap((generator) => numericOptions(type, generator)));
  return names.length > 0 && names.every((name) => known.has(name));
}

/** Throws when a request changes options that none of some families has, naming those that they have. */
export function refuseParams(
  { params = {} }: EffectRequest,
  families: readonly Family[],
  generatorsOf: (family: Family) => readonly GeneratorSpec[],
): void {
  const names = Object.keys(params);
  if (names.length === 0) return;
  const known = families.map((family) => {
    const options = new Set(
      generatorsOf(family).flatMap((generator) => numericOptions(algorithmTypeOf(family), generator)),
    );
    const algorithms = new Set(generatorsOf(family).map(({ algorithm }) => algorithm));
    return `${family.name} (${[...algorithms].join(', ')}) has ${[...options].join(', ') || 'none'}`;
  });
  throw invalid(`params: ${names.join(', ')}: not all are numeric options; ${known.join('; ')}`);
}

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
    for (const strength of [1, ON_THE_WAY]) {
      const active = together.map((one) => ({ effect: one, strength: hasRamp(one) ? strength : 1 }));
      tryOptions(foldOptions(active) ?? {}, together, name, type, generators);
    }
  }
}

function hasRamp({ upTicks, downTicks }: Effect): boolean {
  return upTicks + downTicks > 0;
}

function tryOptions(
  changes: OptionChanges,
  effects: readonly Effect[],
  family: string,
  type: MetricType,
  generators: readonly GeneratorSpec[],
): void {
  const atEnds = generators.flatMap(({ algorithm, options }) =>
    cornersOf(options).map((corner): GeneratorSpec => ({ algorithm, options: corner })),
  );
  for (const generator of atEnds) {
    const definition = findGenerator(type, generator.algorithm);
    if (definition === undefined) continue;
    const changed = changedOptions(type, generator, changes);
    const unset = Object.keys(changes).find((name) => Number.isNaN(changed[name]));
    if (unset !== undefined)
      throw invalid(`params.${unset}: ${family} has no number there; give one, without a ramp`);
    const findings: Finding[] = [];
    parsePart(definition.options, changed, ['params'], findings);
    const [finding] = findings;
    if (finding === undefined) continue;
    const option = String(finding.path[1] ?? '');
    const value = changed[option];
    const ids = effects.map(({ id }) => id);
    throw invalid(
      `params.${option}: would be ${typeof value === 'number' ? value : 'other'} for ${family}${ids.length > 1 ? ` with ${ids.join(', ')} together` : ''}: ${finding.message}`,
    );
  }
}

function invalid(message: string): LyrebirdError {
  return new LyrebirdError('invalid_effect', message);
}

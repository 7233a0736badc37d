/**
 * Effects: time-limited changes of what is generated (invariant 3). They start and end on ticks, and what a family
 * is asked for at a tick is a pure function of the effects taken, so a run can be recomputed from its record.
 */
import { declaredType, type Family, type MetricType } from '../series/family.ts';
import type { Factor, Mix, Modulation, OptionChanges, Variants } from '../series/modulation.ts';
import { createGroups, type Groups } from './groups.ts';
import { createMoving, type Links } from './moving.ts';
import { strengthAt, type Course } from './ramp.ts';

/** The part of a family that an effect changes. */
export interface Target {
  /** Name of the family. */
  readonly family: string;
  /** How many of its slots, and of how many. */
  readonly series: number;
  readonly of: number;
}

/** What an effect does to what is shown of series, and not to what is generated; `reset` begins them anew, once. */
export const FAULTS = ['freeze', 'nan', 'drop', 'reset'] as const;
export type Fault = (typeof FAULTS)[number];

export interface Effect extends Course {
  readonly id: string;
  /** At least one slot of each; all slots of a family unless the effect is taken with its members. */
  readonly targets: readonly Target[];
  /** Label matchers that chose the slots, as they were asked for; empty for none. */
  readonly series: string;
  /** At full strength: multiplies arrivals and increments. Never negative. */
  readonly rate: number;
  /** At full strength: levels and observations become `x * scale + offset`. */
  readonly scale: number;
  readonly offset: number;
  /** At full strength: numeric options of the generator become `x * scale + offset`. */
  readonly params?: OptionChanges | undefined;
  /** At full strength: the situation that series are in. */
  readonly situation?: string | undefined;
  /** What it does while it is there, at any strength. */
  readonly faults?: readonly Fault[] | undefined;
  /** Moves a share, at full strength, of the increments of series with some labels to those that differ in these labels alone. */
  readonly errorRate?:
    | {
        readonly from: Readonly<Record<string, string>>;
        readonly to: Readonly<Record<string, string>>;
        readonly share: number;
      }
    | undefined;
}

/** Whether series of a type can have it: NaN is for gauges, and a gauge has nothing to begin anew. */
export function mayHave(fault: Fault, family: Pick<Family, 'type' | 'declared'>): boolean {
  if (fault === 'nan') return family.type === 'gauge' && ['gauge', 'unknown'].includes(declaredType(family));
  return fault !== 'reset' || family.type !== 'gauge';
}

/** Slots of a family, ascending, by what is done to them at a tick. A slot may be in several. */
export type FaultySlots = Readonly<Record<Fault, Uint32Array>>;

const NO_SLOTS = new Uint32Array(0);
export const NO_FAULTS: FaultySlots = { freeze: NO_SLOTS, nan: NO_SLOTS, drop: NO_SLOTS, reset: NO_SLOTS };

/** By family, 1 for each slot that an effect changes. Read during the call, not kept. */
export type Members = ReadonlyMap<string, Uint8Array>;

/** What an effect needs to know besides, by family. */
export interface Reach {
  /** Which increments it moves where. */
  readonly links?: ReadonlyMap<string, Links> | undefined;
  /** Of families whose slots are a part of a space: 1 for each slot of the whole space that it changes. */
  readonly everywhere?: Members | undefined;
}

export interface Effects {
  /**
   * Adds an effect, or replaces the one with its id. Of families in `members` it changes those slots only. Where a family has another number of
   * slots than before, effects that were set before no longer change it: all of them are set anew.
   */
  set(effect: Effect, members?: Members, reach?: Reach): void;
  /** Takes an effect back from the given tick on; false when there is none by this id, or it is over. */
  cancel(id: string, tick: number): boolean;
  /** Those not over at a tick, in order of id. */
  activeAt(tick: number): readonly Effect[];
  /**
   * Writes what a family is asked for at a tick into `out`: the product of rates and of scales and the sum of offsets, each
   * folded in order of id. Arrays are lent until effects come or go, and are the same ones while nothing changes.
   */
  modulate(family: Family, tick: number, out: Modulation): void;
  /** What is done to slots of a family at a tick; `undefined` when nothing is. The same object while it stays the same. */
  faultsAt(family: Family, tick: number): FaultySlots | undefined;
  /** What an effect moves where, by family; `undefined` when it moves nothing. */
  linksOf(id: string): Reach['links'];
  /** Drops those that are over at a tick; asks for earlier ticks no longer know them. */
  forget(tick: number): void;
}

/** What a spike changes: the rate of a counter; the level of a gauge; the observations of the others. */
export function spikeChange(type: MetricType): 'rate' | 'value' {
  return type === 'counter' ? 'rate' : 'value';
}

/** `allocate` gives the memory of arrays, which must be shared where worker threads read them. */
export function createEffects(
  allocate: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
): Effects {
  const byId = new Map<string, Effect>();
  let ordered: readonly Effect[] = [];
  const plans = new Map<string, FamilyPlan>();
  const linksById = new Map<string, Reach['links']>();
  const put = (effect: Effect): void => {
    byId.set(effect.id, effect);
    ordered = [...byId.values()].toSorted((a, b) => compareIds(a.id, b.id));
  };
  const drop = (id: string): void => {
    for (const { family } of byId.get(id)?.targets ?? []) {
      const plan = plans.get(family);
      plan?.remove(id);
      if (plan?.isEmpty() === true) plans.delete(family);
    }
    byId.delete(id);
    linksById.delete(id);
    ordered = ordered.filter((effect) => effect.id !== id);
  };

  return {
    set(effect, members, reach) {
      drop(effect.id);
      put(effect);
      linksById.set(effect.id, reach?.links);
      for (const { family, of } of effect.targets) {
        const known = plans.get(family);
        const plan = known?.size === of ? known : createFamilyPlan(of, allocate);
        plans.set(family, plan);
        plan.add(effect.id, members?.get(family), reach?.everywhere?.get(family));
        const links = reach?.links?.get(family);
        if (links !== undefined) plan.move(effect.id, links);
      }
    },
    cancel(id, tick) {
      const effect = byId.get(id);
      if (effect === undefined || effect.untilTick <= tick) return false;
      // One that has not begun leaves no trace; one under way ends before the given tick.
      if (effect.fromTick >= tick) drop(id);
      else put({ ...effect, untilTick: tick });
      return true;
    },
    activeAt: (tick) => ordered.filter((effect) => tick < effect.untilTick),
    modulate(family, tick, out) {
      out.rate = 1;
      out.level = 1;
      out.scale = 1;
      out.offset = 0;
      out.variants = undefined;
      out.moves = undefined;
      plans.get(family.name)?.modulate(ordered, tick, out);
    },
    faultsAt: (family, tick) => plans.get(family.name)?.faultsAt(ordered, tick, family),
    linksOf: (id) => linksById.get(id),
    forget(tick) {
      for (const { id, untilTick } of ordered) if (untilTick <= tick) drop(id);
    },
  };
}

/** The effects of one family, and the slots that they change. */
interface FamilyPlan {
  readonly size: number;
  add(id: string, members: Uint8Array | undefined, everywhere: Uint8Array | undefined): void;
  move(id: string, links: Links): void;
  remove(id: string): void;
  isEmpty(): boolean;
  modulate(ordered: readonly Effect[], tick: number, out: Modulation): void;
  faultsAt(ordered: readonly Effect[], tick: number, family: Family): FaultySlots | undefined;
}

/** The factors that effects change, with their neutral value. */
const NEUTRAL_VALUES = { rate: 1, scale: 1, offset: 0 } as const;
type Name = keyof typeof NEUTRAL_VALUES;
type Asked = Pick<Modulation, Name | 'variants' | 'moves'>;

function createFamilyPlan(size: number, allocate: (bytes: number) => ArrayBufferLike): FamilyPlan {
  /** Ids of effects on the whole family, and on a part of it. */
  const whole = new Set<string>();
  const partial = new Set<string>();
  /** Slots, and behind them the sources of moves that other shards have. */
  let reach = size;
  const moving = createMoving(size, allocate);
  /** Of effects on a part: members in the whole space, where this family has but a part of it. */
  const everywhere = new Map<string, Uint8Array>();
  let groups: Groups | undefined;
  /** What the factors were worked out for, and what they are since; none when groups are others now. */
  let last: { readonly active: readonly ActiveEffect[]; readonly asked: Asked } | undefined;
  let lastFaults: { readonly active: readonly Effect[]; readonly slots: FaultySlots } | undefined;

  const hasFault = ({ id }: Effect, own: ReadonlySet<string>): boolean => whole.has(id) || own.has(id);
  const slotsWith = (fault: Fault, active: readonly Effect[]): Uint32Array => {
    const causes = active.filter(({ faults }) => faults?.includes(fault));
    const isHit = (groups?.effects ?? [whole]).map((own) => causes.some((effect) => hasFault(effect, own)));
    if (!isHit.includes(true)) return NO_SLOTS;
    const slots = new Uint32Array(size);
    let count = 0;
    for (let slot = 0; slot < size; slot++) if (isHit[groups?.of[slot] ?? 0] === true) slots[count++] = slot;
    return slots.slice(0, count);
  };

  /** The factor of a name, by group where groups differ. */
  const factorOf = (active: readonly ActiveEffect[], name: Name): Factor => {
    if (active.every(({ effect }) => effect[name] === NEUTRAL_VALUES[name])) return NEUTRAL_VALUES[name];
    const byGroup = Float64Array.from(groups?.effects ?? [whole], (own) => {
      let factor: number = NEUTRAL_VALUES[name];
      for (const { effect, strength } of active) {
        if (!whole.has(effect.id) && !own.has(effect.id)) continue;
        if (name === 'offset') factor += effect.offset * strength;
        else factor *= scaled(effect[name], strength);
      }
      return factor;
    });
    const first = byGroup[0] as number;
    if (groups === undefined || byGroup.every((factor) => factor === first)) return first;
    return { of: groups.of, byGroup };
  };

  /** The changes of options, by group where groups differ. */
  const variantsOf = (active: readonly ActiveEffect[]): Variants | undefined => {
    const changing = active.filter(
      ({ effect }) => effect.params !== undefined || effect.situation !== undefined,
    );
    if (changing.length === 0) return undefined;
    const byGroup = (groups?.effects ?? [whole]).map((own) =>
      changing.filter(({ effect }) => whole.has(effect.id) || own.has(effect.id)),
    );
    const isLed = changing.some(({ effect }) => effect.situation !== undefined);
    return {
      of: groups?.of,
      changes: byGroup.map(foldOptions),
      ...(isLed && { mixes: byGroup.map(foldSituations) }),
    };
  };

  /** The members among slots and foreign sources, given those among slots. */
  const extend = (id: string, members: Uint8Array): Uint8Array => {
    const foreign = moving.foreign();
    if (foreign.length === 0) return members;
    const extended = new Uint8Array(reach);
    extended.set(members.subarray(0, size));
    const known = everywhere.get(id);
    for (let i = 0; i < foreign.length; i++) extended[size + i] = known?.[foreign[i] as number] ?? 0;
    return extended;
  };
  /** Moves have come or gone, and with them sources that other shards have. */
  const reshape = (): void => {
    const before = groups;
    if (moving.foreign().length === 0 && reach === size) return;
    reach = size + moving.foreign().length;
    if (before === undefined) return;
    groups = createGroups(reach, allocate);
    for (const id of partial) {
      const hit = before.effects.map((own) => Number(own.has(id)));
      groups.split(
        id,
        extend(
          id,
          Uint8Array.from({ length: size }, (_, slot) => hit[before.of[slot] as number] ?? 0),
        ),
      );
    }
  };

  return {
    size,
    add(id, members, inWhole) {
      last = undefined;
      lastFaults = undefined;
      if (members === undefined) {
        whole.add(id);
        return;
      }
      partial.add(id);
      if (inWhole !== undefined) everywhere.set(id, inWhole);
      groups ??= createGroups(reach, allocate);
      groups.split(id, extend(id, members));
    },
    move(id, links) {
      last = undefined;
      moving.add(id, links);
      reshape();
    },
    remove(id) {
      last = undefined;
      lastFaults = undefined;
      everywhere.delete(id);
      if (moving.remove(id)) reshape();
      whole.delete(id);
      if (!partial.delete(id)) return;
      groups?.join(id);
      if (partial.size === 0) groups = undefined;
    },
    isEmpty: () => whole.size + partial.size === 0,
    modulate(ordered, tick, out) {
      const active: ActiveEffect[] = [];
      for (const effect of ordered) {
        if (!whole.has(effect.id) && !partial.has(effect.id)) continue;
        const strength = strengthAt(effect, tick);
        if (strength > 0) active.push({ effect, strength });
      }
      if (last === undefined || !areSame(active, last.active)) {
        last = {
          active,
          asked: {
            rate: factorOf(active, 'rate'),
            scale: factorOf(active, 'scale'),
            offset: factorOf(active, 'offset'),
            variants: variantsOf(active),
            moves: moving.at((id) => {
              const found = active.find(({ effect }) => effect.id === id);
              return found === undefined ? 0 : (found.effect.errorRate?.share ?? 0) * found.strength;
            }),
          },
        };
      }
      Object.assign(out, last.asked);
    },
    faultsAt(ordered, tick, family) {
      const active = ordered.filter(
        (effect) =>
          effect.faults !== undefined &&
          (whole.has(effect.id) || partial.has(effect.id)) &&
          (strengthAt(effect, tick) > 0 || isOverdue(effect, tick)),
      );
      if (active.length === 0) return undefined;
      if (
        lastFaults?.active.length !== active.length ||
        active.some((effect, i) => effect !== lastFaults?.active[i])
      ) {
        const [freeze, nan, drop, reset] = FAULTS.map((fault) =>
          mayHave(fault, family) ? slotsWith(fault, active) : NO_SLOTS,
        );
        lastFaults = { active, slots: { freeze, nan, drop, reset } as FaultySlots };
      }
      return lastFaults.slots;
    },
  };
}

interface ActiveEffect {
  readonly effect: Effect;
  readonly strength: number;
}

function areSame(some: readonly ActiveEffect[], others: readonly ActiveEffect[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ effect, strength }, i) => effect === others[i]?.effect && strength === others[i]?.strength)
  );
}

/** A reset whose tick was left out comes with the next one. */
function isOverdue({ faults, untilTick }: Effect, tick: number): boolean {
  return faults?.includes('reset') === true && untilTick <= tick;
}

/** What effects together make of options, one after the other; `undefined` when there are none. */
export function foldOptions(
  active: readonly { readonly effect: Pick<Effect, 'params'>; readonly strength: number }[],
): OptionChanges | undefined {
  const folded: Record<string, { scale: number; offset: number }> = {};
  for (const { effect, strength } of active) {
    for (const [name, full] of Object.entries(effect.params ?? {})) {
      const before = folded[name] ?? { scale: 1, offset: 0 };
      const scale = scaled(full.scale, strength);
      folded[name] = { scale: before.scale * scale, offset: before.offset * scale + full.offset * strength };
    }
  }
  return Object.keys(folded).length === 0 ? undefined : folded;
}

/**
 * Where effects together have led series: each from where those that began before it have led them. Unlike other changes they fold in
 * order of their beginnings, since the one that was asked for last is the one that is meant. `undefined` where none leads anywhere.
 */
function foldSituations(active: readonly Pick<ActiveEffect, 'effect' | 'strength'>[]): Mix | undefined {
  const leading = active
    .filter(({ effect }) => effect.situation !== undefined)
    .toSorted((a, b) => a.effect.fromTick - b.effect.fromTick || compareIds(a.effect.id, b.effect.id));
  if (leading.length === 0) return undefined;
  let mix = new Map<string, number>();
  for (const { effect, strength } of leading) {
    mix = new Map([...mix].map(([name, share]) => [name, share * (1 - strength)]));
    mix.set(effect.situation as string, (mix.get(effect.situation as string) ?? 0) + strength);
  }
  return Object.fromEntries([...mix].filter(([, share]) => share > 0));
}

/** A multiplier at a strength; at full strength it is the very number that was asked for. */
function scaled(multiplier: number, strength: number): number {
  return strength === 1 ? multiplier : 1 + (multiplier - 1) * strength;
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

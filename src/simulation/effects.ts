/** Effects as they are asked for: which series of which metrics, what changes, when. Checked here, folded in the engine. */
import { optionsOf } from '../config/options.ts';
import type { EffectRequest } from '../control/effect.ts';
import {
  changes,
  faultsOf,
  findEffectMistakes,
  MAX_RATE,
  MAX_VALUE,
  paramsOf,
  whyUnchanged,
} from '../control/effect-rules.ts';
import type { Changeable } from '../control/step.ts';
import { mayHave, type Effect, type Effects, type Fault } from '../engine/effects.ts';
import { strengthAt, type Shape } from '../engine/ramp.ts';
import { formatMatcher, parseMatchers, type Matcher } from '../labels/matchers.ts';
import { situationsOf } from '../generators/registry.ts';
import { selectSlots, type Selection } from '../labels/selection.ts';
import type { LabelSpace } from '../labels/space.ts';
import { algorithmTypeOf, type Family } from '../series/family.ts';
import type { GeneratorSpec } from '../series/source.ts';
import type { Frame } from '../series/frame.ts';
import { LyrebirdError, nearest } from '../util/errors.ts';
import { globOf, isGlob } from '../util/glob.ts';
import { yieldNow } from '../util/turns.ts';
import { runWithin } from '../util/within.ts';
import { bindFamily, createBound, type Bound } from './bind.ts';
import { checkShares, findUnmovable, matchersOf } from './error-rate.ts';
import { checkOptions } from './params.ts';
import type { CancelRequest } from './register.ts';
import type { EffectAnswer, EffectStatus } from './status.ts';
import { startTickOf, ticksIn } from './times.ts';
import { unknownMetric } from './unknown.ts';

/** An effect whose series are found; ticks are not yet given. */
interface Prepared {
  readonly request: EffectRequest;
  readonly bound: Bound;
  /** What series were looked for in. */
  readonly among: readonly Searched[];
}

/** A family, with the version of its labels. */
interface Searched {
  readonly family: Family;
  readonly version: number | undefined;
}

/** The tick last done. */
type Now = Pick<Frame, 'tick' | 'modelMs'>;

export interface EffectControl {
  /**
   * Finds what a request is about, in slices, while ticks go on. Testing patterns may take so long a slice; without a limit what comes of
   * it depends on the request alone, as it must where nobody asks: in a scenario, or in a replay. Throws `metric_not_found`, `invalid_matcher`, `no_series`
   * or `invalid_effect`.
   */
  prepare(request: EffectRequest, testLimitMs?: number): Promise<Prepared>;
  /** The same, or prepared again when families or their labels are others since. Throws as `prepare` does. */
  renew(prepared: Prepared): Promise<Prepared>;
  /** Takes the effect, or leaves the one that there is when the same is asked for again. Throws `tick_past` or `invalid_effect`. */
  set(prepared: Prepared, now: Now): EffectAnswer;
  /** Ends an effect. Throws `effect_not_found`, `tick_past` or `invalid_effect`. */
  cancel(request: CancelRequest, now: Now): EffectStatus;
  /** Throws `effect_not_found`. */
  find(id: string, tick: number): EffectStatus;
  /** Those not over once tick + 1 is done, in order of id. */
  active(tick: number): readonly EffectStatus[];
}

/** For `EffectControl.prepare`: patterns that strangers ask for may hold up the run no longer. */
export const STRANGERS_TEST_LIMIT_MS = 500;

/** Ids of spikes, which are effects that `POST /control/spike` names. */
export function isSpikeId(id: string): boolean {
  return /^spike-\d+$/.test(id);
}

/** An effect that is cancelled, with the ticks that it has then. */
export function endedAt(effect: Effect, tick: number): Effect {
  return { ...effect, untilTick: Math.max(effect.fromTick, Math.min(effect.untilTick, tick)) };
}

export interface EffectContext {
  /** What the numbers of a family come from; none knows no options. */
  readonly generatorsOf?: ((family: Family) => readonly GeneratorSpec[]) | undefined;
  /** What keeps the running clients from showing a fault in a family, in words. */
  readonly obstacle?: ((fault: Fault, family: Family) => string | undefined) | undefined;
}

export function createEffectControl(
  effects: Effects,
  familiesNow: () => readonly Family[],
  intervalMs: number,
  { generatorsOf = () => [], obstacle = () => undefined }: EffectContext = {},
): EffectControl {
  /** What was asked for by id, to know the same request again. */
  const asked = new Map<string, string>();
  let count = 0;

  const find = (id: string, tick: number): Effect => {
    const active = effects.activeAt(tick + 1);
    const effect = active.find((candidate) => candidate.id === id);
    if (effect !== undefined) return effect;
    const ids = active.map((candidate) => candidate.id);
    throw new LyrebirdError(
      'effect_not_found',
      `no effect ${id} is active or to come; there are: ${ids.join(', ') || 'none'}`,
      { details: { active: ids } },
    );
  };
  const nextId = (tick: number): string => {
    const taken = new Set(effects.activeAt(tick + 1).map(({ id }) => id));
    do count += 1;
    while (taken.has(`effect-${count}`));
    return `effect-${count}`;
  };

  const searched = (): Searched[] =>
    familiesNow().map((family) => ({ family, version: family.labels.turnover?.version }));

  const prepare: EffectControl['prepare'] = async (request, testLimitMs) => {
    const select = selectWithin(testLimitMs);
    const { id, series = '' } = request;
    if (id !== undefined) checkId(id);
    for (const { message } of findEffectMistakes(request)) throw invalid(message);
    const among = searched();
    const chosen = chooseFamilies(request, familiesNow(), generatorsOf);
    for (const family of chosen) {
      for (const fault of faultsOf(request).filter((one) => mayHave(one, family))) {
        const reason = obstacle(fault, family);
        if (reason !== undefined) throw new LyrebirdError('client_cannot_express', `${fault}: ${reason}`);
      }
    }
    const matchers = series === '' ? [] : parseMatchers(series);
    refuseStates(chosen, matchers);
    const bound = createBound();
    for (const family of chosen) {
      // Where nothing can be moved it is there for what else it asks for.
      const isMovable = findUnmovable(family, generatorsOf(family)) === undefined;
      await bindFamily(family, matchers, isMovable ? request.errorRate : undefined, bound, select);
    }
    if (bound.targets.length === 0) {
      const all = [
        ...matchers,
        ...(request.errorRate === undefined ? [] : matchersOf(request.errorRate.from)),
      ];
      throw await noSeries(select, chosen, all, `{${all.map(formatMatcher).join(',')}}`);
    }
    return { request, bound, among };
  };

  return {
    prepare,
    async renew(prepared) {
      const now = searched();
      const isCurrent =
        now.length === prepared.among.length &&
        now.every(({ family, version }, index) => {
          const then = prepared.among[index];
          return then?.family === family && then.version === version;
        });
      return isCurrent ? prepared : prepare(prepared.request);
    },
    set({ request, bound }, now) {
      const { targets, members, links } = bound;
      const id = request.id ?? nextId(now.tick);
      const key = JSON.stringify({ ...request, id });
      const before = effects.activeAt(now.tick + 1).find((candidate) => candidate.id === id);
      if (before !== undefined && asked.get(id) === key)
        return { outcome: 'unchanged', effect: statusOf(before, now.tick, intervalMs) };
      const effect: Effect = {
        id,
        targets,
        series: request.series ?? '',
        rate: request.rate ?? 1,
        scale: request.value?.scale ?? 1,
        offset: request.value?.offset ?? 0,
        params: paramsOf(request),
        faults: faultsOf(request),
        errorRate: request.errorRate,
        situation: request.situation,
        ...courseOf(request, now, intervalMs),
      };
      const others = effects.activeAt(now.tick + 1).filter((other) => other.id !== id);
      checkTogether([effect, ...others.filter((other) => !isSpikeId(other.id))]);
      const families = familiesNow();
      for (const { family: name } of targets) {
        const family = families.find((one) => one.name === name);
        if (family !== undefined) checkOptions(effect, others, family, generatorsOf(family));
        checkShares(effect, others, name, (one) => (one === id ? links : effects.linksOf(one))?.get(name));
      }
      effects.set(effect, members, bound);
      for (const other of others) {
        if (!isLeftBehind(other, effect)) continue;
        effects.set({ ...other, untilTick: Math.min(other.untilTick, arrivalOf(effect)) });
      }
      for (const known of asked.keys()) {
        if (!effects.activeAt(now.tick + 1).some((active) => active.id === known)) {
          asked.delete(known);
        }
      }
      asked.set(id, key);
      return {
        outcome: before === undefined ? 'created' : 'replaced',
        effect: statusOf(effect, now.tick, intervalMs),
      };
    },
    cancel({ id, at }, now) {
      const effect = find(id, now.tick);
      const tick = startTickOf(at, now, intervalMs, 'invalid_effect');
      effects.cancel(id, tick);
      // Asked for again, it is to last as it was asked for.
      asked.delete(id);
      return statusOf(endedAt(effect, tick), now.tick, intervalMs);
    },
    find: (id, tick) => statusOf(find(id, tick), tick, intervalMs),
    active: (tick) => effects.activeAt(tick + 1).map((effect) => statusOf(effect, tick, intervalMs)),
  };
}

/** The first tick at which an effect is there in full. */
function arrivalOf({ fromTick, upTicks }: Effect): number {
  return fromTick + Math.max(1, upTicks) - 1;
}

/** Whether an effect leads to a situation that nothing is left of once another one, which has no end, is there in full. */
function isLeftBehind(effect: Effect, by: Effect): boolean {
  if (by.situation === undefined || by.untilTick !== Number.POSITIVE_INFINITY || by.series !== '')
    return false;
  if (effect.series !== '' || effect.fromTick > by.fromTick) return false;
  const led = new Set(by.targets.map(({ family }) => family));
  return (
    effect.situation !== undefined &&
    isNothingElse(effect) &&
    effect.targets.every(({ family }) => led.has(family))
  );
}

/** Whether an effect changes no more than the situation. */
function isNothingElse({ rate, scale, offset, params, faults = [], errorRate }: Effect): boolean {
  return (
    rate === 1 &&
    scale === 1 &&
    offset === 0 &&
    params === undefined &&
    faults.length === 0 &&
    errorRate === undefined
  );
}

/** `tick` is the last one done. */
function statusOf(effect: Effect, tick: number, intervalMs: number): EffectStatus {
  const { id, targets, series, rate, scale, offset, shape, fromTick, untilTick } = effect;
  const seconds = (ticks: number): number => (ticks * intervalMs) / 1000;
  const isOpen = untilTick === Number.POSITIVE_INFINITY;
  const hasFault = (fault: Fault): boolean => effect.faults?.includes(fault) === true;
  return {
    id,
    metrics: targets.map(({ family }) => family),
    series,
    rate,
    value: { scale, offset },
    params: Object.fromEntries(
      Object.entries(effect.params ?? {}).map(([name, change]) => [
        name,
        { scale: change.scale, add: change.offset },
      ]),
    ),
    error_rate: effect.errorRate ?? null,
    situation: effect.situation ?? null,
    freeze: hasFault('freeze'),
    nan: hasFault('nan'),
    drop: hasFault('drop'),
    reset: hasFault('reset'),
    duration_s: isOpen ? null : seconds(untilTick - fromTick),
    ramp_up_s: seconds(effect.upTicks),
    ramp_down_s: seconds(effect.downTicks),
    shape,
    from_tick: fromTick,
    until_tick: isOpen ? null : untilTick,
    remaining_seconds: isOpen ? null : seconds(Math.max(0, untilTick - Math.max(tick + 1, fromTick))),
    strength: strengthAt(effect, tick),
    targets: targets.map(({ family, series: selected, of }) => ({ metric: family, series: selected, of })),
  };
}

function invalid(message: string): LyrebirdError {
  return new LyrebirdError('invalid_effect', message);
}

function checkId(id: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id))
    throw invalid(
      `id is ${JSON.stringify(id)}; allowed: up to 64 letters, digits, ., _ and -, not one of the last three first`,
    );
  if (isSpikeId(id))
    throw new LyrebirdError(
      'effect_id_reserved',
      `${id} is a name of POST /control/spike; choose another id`,
    );
}

/** The families that a request names and whose kind of numbers it changes. */
function chooseFamilies(
  request: EffectRequest,
  families: readonly Family[],
  generatorsOf: (family: Family) => readonly GeneratorSpec[],
): Family[] {
  const names = families.map(({ name }) => name);
  const chosen = new Set<Family>();
  for (const wanted of request.metrics) {
    const found = families.filter(({ name }) =>
      isGlob(wanted) ? globOf(wanted).test(name) : name === wanted,
    );
    if (found.length === 0) throw unknownMetric(wanted, names);
    const of = (family: Family) => changeableOf(family, generatorsOf(family));
    const changed = found.filter((family) => changes(request, of(family)));
    if (changed.length === 0) throw invalid(whyUnchanged(request, found.map(of)).message);
    for (const family of changed) chosen.add(family);
  }
  if (chosen.size === 0) throw invalid('metrics: needs a name, or a pattern such as http_*');
  return families.filter((family) => chosen.has(family));
}

/** A family as the rules of effects see it; what takes a look at its generators is found when it is asked for. */
export function changeableOf(family: Family, generators: readonly GeneratorSpec[]): Changeable {
  const { name, type, declared } = family;
  return {
    name,
    type,
    declared,
    algorithms: [...new Set(generators.map(({ algorithm }) => algorithm))],
    get options() {
      return optionsOf(algorithmTypeOf(family), generators);
    },
    get situations() {
      return generators.flatMap((generator) => situationsOf(algorithmTypeOf(family), generator));
    },
    get unmovable() {
      return findUnmovable(family, generators);
    },
  };
}

/** The states of a series are one thing: alone, one could stand still while another begins. */
function refuseStates(families: readonly Family[], matchers: readonly Matcher[]): void {
  for (const { name, states } of families) {
    if (!matchers.some((matcher) => matcher.name === states?.label)) continue;
    throw invalid(
      `series: ${states?.label} tells the states of ${name}, which change together; match its other labels`,
    );
  }
}

type Select = (space: LabelSpace, matchers: readonly Matcher[]) => Promise<Selection>;

function selectWithin(limitMs: number | undefined): Select {
  return (space, matchers) =>
    selectSlots(space, matchers, {
      yieldNow,
      // Comparing texts takes no longer than it takes, on whatever machine.
      limit: (work) =>
        limitMs === undefined || !matchers.some(isPattern)
          ? work()
          : runWithin(limitMs, work, () => tooSlow(matchers)),
    });
}

function isPattern({ operator }: Matcher): boolean {
  return operator.endsWith('~');
}

function tooSlow(matchers: readonly Matcher[]): LyrebirdError {
  const patterns = matchers.filter(isPattern).map(formatMatcher);
  return new LyrebirdError(
    'invalid_matcher',
    `series: ${patterns.join(', ')} takes too long to be tested: repetitions within repetitions try every way`,
  );
}

/** With the number of series that each matcher alone selects, which shows the one that is wrong. */
async function noSeries(
  select: Select,
  families: readonly Family[],
  matchers: readonly Matcher[],
  series: string,
): Promise<LyrebirdError> {
  const metrics = families.map(({ name, size }) => ({ metric: name, series: size }));
  const alone = [];
  for (const matcher of matchers) {
    let selected = 0;
    for (const family of families) selected += (await select(family.labels, [matcher])).count;
    alone.push({ matcher: formatMatcher(matcher), series: selected });
  }
  const total = metrics.reduce((sum, one) => sum + one.series, 0);
  const labels = new Set(families.flatMap((family) => family.labels.names));
  const hints = matchers
    .filter(({ name }) => !labels.has(name))
    .map(({ name }) => {
      const close = nearest(name, labels);
      return `; there is no label ${name}${close === undefined ? '' : `, did you mean ${close}?`}`;
    });
  return new LyrebirdError(
    'no_series',
    `series: ${series} matches none of the ${total} series of ${metrics.map(({ metric }) => metric).join(', ')}; ` +
      `alone ${alone.map(({ matcher, series: selected }) => `${matcher} matches ${selected}`).join(', ')}${hints.join('')}`,
    { details: { metrics, matchers: alone } },
  );
}

/** When an effect is there, in ticks. */
function courseOf(
  { at, durationS, rampUpS = 0, rampDownS = 0, shape, reset }: EffectRequest,
  { tick, modelMs }: Now,
  intervalMs: number,
): Pick<Effect, 'fromTick' | 'untilTick' | 'shape' | 'upTicks' | 'downFromTick' | 'downTicks'> {
  const fromTick = startTickOf(at, { tick, modelMs }, intervalMs, 'invalid_effect');
  if (reset === true) {
    const downFromTick = Number.POSITIVE_INFINITY;
    return { fromTick, untilTick: fromTick + 1, shape: 'step', upTicks: 0, downFromTick, downTicks: 0 };
  }
  const untilTick =
    fromTick + (durationS === undefined ? Number.POSITIVE_INFINITY : ticksIn(durationS, intervalMs));
  if (durationS !== undefined && !Number.isSafeInteger(untilTick))
    throw invalid(`duration_s is ${durationS}; that is more ticks than can be counted`);
  const downTicks = rampDownS > 0 ? ticksIn(rampDownS, intervalMs) : 0;
  const upTicks = rampUpS > 0 ? ticksIn(rampUpS, intervalMs) : 0;
  const usual: Shape = upTicks + downTicks > 0 ? 'linear' : 'step';
  return {
    fromTick,
    untilTick,
    shape: shape ?? usual,
    upTicks,
    downFromTick: downTicks === 0 ? Number.POSITIVE_INFINITY : untilTick - downTicks,
    downTicks,
  };
}

/** Refuses what would multiply to more than can be drawn or shown. */
function checkTogether(effects: readonly Effect[]): void {
  const [first] = effects;
  for (const { family } of first?.targets ?? []) {
    const own = effects.filter(({ targets }) => targets.some((target) => target.family === family));
    const together = (value: (effect: Effect) => number): number =>
      own.reduce((product, effect) => product * Math.max(1, Math.abs(value(effect))), 1);
    const ids = own.map(({ id }) => id).join(', ');
    if (together(({ rate }) => rate) > MAX_RATE)
      throw invalid(`rates of ${ids} multiply to more than ${MAX_RATE} for ${family}`);
    if (together(({ scale }) => scale) > MAX_VALUE)
      throw invalid(`scales of ${ids} multiply to more than ${MAX_VALUE} for ${family}`);
  }
}

/** What an effect may ask for, and of which metrics: what can be told from the request and the metrics alone. */
import { FAULTS, foldOptions, mayHave, type Fault } from '../engine/effects.ts';
import { declaredType, isMeasured, withArticle } from '../series/family.ts';
import type { OptionChanges } from '../series/modulation.ts';
import { nearest } from '../util/errors.ts';
import type { EffectRequest, ErrorRate } from './effect.ts';
import type { Changeable, Mistake } from './step.ts';

/** Effects of one family together multiply its rate at most so often: arrivals may be drawn one by one. */
export const MAX_RATE = 1e6;
/** The same for scales, and for what offsets add: products stay finite. */
export const MAX_VALUE = 1e100;
/** A strength on the way that is no round number, so that an option of whole numbers does not take it by chance. */
const ON_THE_WAY = (Math.sqrt(5) - 1) / 2;

export function faultsOf(request: EffectRequest): Fault[] {
  return FAULTS.filter((fault) => request[fault] === true);
}

/** What a request makes of options at full strength; `undefined` when it changes none. */
export function paramsOf({ params = {} }: Pick<EffectRequest, 'params'>): OptionChanges | undefined {
  const changes = Object.entries(params).map(([name, change]): [string, OptionChanges[string]] => [
    name,
    typeof change === 'number'
      ? { scale: 0, offset: change }
      : { scale: change.scale ?? 1, offset: change.add ?? 0 },
  ]);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** Strengths that bound all those that an effect goes through. */
export function strengthsOf(hasRamp: boolean): readonly number[] {
  return hasRamp ? [1, ON_THE_WAY] : [1];
}

/** What a request makes of options, at each of the strengths that bound all others. */
export function optionChangesOf(request: EffectRequest): OptionChanges[] {
  const params = paramsOf(request);
  if (params === undefined) return [];
  const { rampUpS = 0, rampDownS = 0 } = request;
  return strengthsOf(rampUpS + rampDownS > 0).map(
    (strength) => foldOptions([{ effect: { params }, strength }]) ?? params,
  );
}

/** Mistakes of a request by itself, one after the other; the first says enough. Messages name the key. */
export function* findEffectMistakes(request: EffectRequest): Generator<Mistake> {
  const { rate, value, params = {}, errorRate, situation } = request;
  const { durationS, rampUpS = 0, rampDownS = 0, shape } = request;
  const { scale, offset } = value ?? {};
  const faults = faultsOf(request);
  const asked = [rate, scale, offset, ...Object.keys(params), ...faults, errorRate, situation];
  if (asked.every((change) => change === undefined))
    yield {
      path: [],
      message: `nothing changes: rate, value.scale, value.offset, params, error_rate, situation or one of ${FAULTS.join(', ')} is needed`,
    };
  if (errorRate !== undefined) yield* findErrorRateMistakes(errorRate);
  if (faults.length > 0 && rampUpS + rampDownS > 0)
    yield {
      path: faults.slice(0, 1),
      message: `${faults.join(', ')}: is there or not, so it has no ramps; ask for ramps in another effect`,
    };
  if (request.reset === true) yield* findResetMistakes(request);
  if (rate !== undefined && !(rate >= 0 && rate <= MAX_RATE))
    yield { path: ['rate'], message: `rate is ${rate}; allowed: 0 to ${MAX_RATE}` };
  for (const [name, number = 0] of Object.entries({ scale, offset })) {
    if (!(Math.abs(number) <= MAX_VALUE))
      yield { path: ['value', name], message: `value.${name} is ${number}; allowed: -1e100 to 1e100` };
  }
  if (durationS !== undefined && !(durationS > 0 && Number.isFinite(durationS)))
    yield {
      path: [],
      message: `duration_s is ${durationS}; allowed: a finite number above 0, or none for an effect without end`,
    };
  for (const [name, ramp] of Object.entries({ ramp_up_s: rampUpS, ramp_down_s: rampDownS })) {
    if (!(ramp >= 0 && Number.isFinite(ramp)))
      yield { path: [name], message: `${name} is ${ramp}; allowed: a finite number from 0` };
  }
  if (rampDownS > 0 && durationS === undefined)
    yield {
      path: ['ramp_down_s'],
      message:
        'ramp_down_s needs a duration_s: an effect without end has no ramp down, and is cancelled at once',
    };
  if (rampUpS + rampDownS > (durationS ?? Number.POSITIVE_INFINITY))
    yield {
      path: [rampDownS > 0 ? 'ramp_down_s' : 'ramp_up_s'],
      message: `ramps of ${rampUpS} s and ${rampDownS} s do not fit into duration_s, which is ${durationS}`,
    };
  const hasRamp = rampUpS + rampDownS > 0;
  if (shape !== undefined && (shape === 'step') === hasRamp)
    yield {
      path: ['shape'],
      message: hasRamp
        ? 'shape: a step has no ramps; allowed with ramps: linear, sine, exponential'
        : `shape: ${shape} needs ramp_up_s or ramp_down_s`,
    };
}

function* findResetMistakes(request: EffectRequest): Generator<Mistake> {
  const others = Object.entries({
    ...request,
    id: undefined,
    series: undefined,
    at: undefined,
    shape: undefined,
  })
    .filter(([name, given]) => given !== undefined && !['metrics', 'reset', 'durationS'].includes(name))
    .map(([name]) => name);
  if (others.length > 0)
    yield {
      path: ['reset'],
      message: `reset: happens once, so it stands alone; ask for ${others.join(', ')} in another effect`,
    };
  if (request.durationS !== undefined)
    yield { path: ['reset'], message: 'reset: happens once, so it has no duration_s' };
}

/** What of an error rate cannot be any family's. */
function* findErrorRateMistakes({ from, to, share }: ErrorRate): Generator<Mistake> {
  const path = ['error_rate'];
  const [names, others] = [from, to].map((labels) => Object.keys(labels).toSorted().join(', '));
  if (names !== others || names === '')
    yield {
      path,
      message: `error_rate: from has the labels (${names}), to has (${others}); both need the same, and one at least`,
    };
  else if (Object.entries(from).every(([name, value]) => to[name] === value))
    yield { path, message: 'error_rate: from and to are the same series' };
  if (!(share > 0 && share <= 1))
    yield {
      path: [...path, 'share'],
      message: `error_rate.share is ${share}; allowed: above 0, up to 1`,
    };
}

/** Whether a metric has something of what a request changes. */
export function changes(request: EffectRequest, metric: Changeable): boolean {
  const { rate, value, params = {}, errorRate, situation } = request;
  if (faultsOf(request).some((fault) => mayHave(fault, metric))) return true;
  const { type } = metric;
  return (
    isMeasured(metric) &&
    ((rate !== undefined && type !== 'gauge') ||
      (value !== undefined && type !== 'counter') ||
      takesOptions(Object.keys(params), metric) ||
      (situation !== undefined && metric.situations.includes(situation)) ||
      (errorRate !== undefined && metric.unmovable === undefined))
  );
}

/** Whether a metric has every option of some names as a number, in one of its algorithms at least. */
export function takesOptions(names: readonly string[], { options }: Pick<Changeable, 'options'>): boolean {
  return names.length > 0 && names.every((name) => options.includes(name));
}

/** Why a request changes nothing of some metrics, of which it changes none. */
export function whyUnchanged(request: EffectRequest, metrics: readonly Changeable[]): Mistake {
  const { situation } = request;
  if (situation !== undefined) {
    const known = new Set(metrics.flatMap(({ situations }) => situations));
    const message = `situation is ${situation}, which no metric knows${nearSituations(situation, known)}`;
    return { path: ['situation'], message };
  }
  const params = Object.keys(request.params ?? {});
  if (params.length > 0) {
    const known = metrics.map(
      ({ name, algorithms, options }) =>
        `${name} (${algorithms.join(', ')}) has ${options.join(', ') || 'none'}`,
    );
    const message = `params: ${params.join(', ')}: not all are numeric options; ${known.join('; ')}`;
    return { path: ['params'], message };
  }
  if (request.errorRate !== undefined) {
    const reasons = metrics.map(({ unmovable }) => unmovable);
    return { path: ['error_rate'], message: `error_rate: ${reasons.join('; ')}` };
  }
  const types = metrics.map((metric) => `${metric.name} is ${withArticle(declaredType(metric))}`).join(', ');
  return {
    path: ['metrics'],
    message:
      `metrics: ${types}: rate changes counters, histograms and summaries, value gauges, histograms and summaries; ` +
      'nan is for gauges, reset for those with totals; infos and state sets can only freeze or drop',
  };
}

/** The end of a sentence on a situation that is not known: what may be meant, and what there is. */
export function nearSituations(situation: string, known: ReadonlySet<string>): string {
  const close = nearest(situation, known);
  const hint = close === undefined ? '.' : `, did you mean ${close}?`;
  return `${hint} Situations: ${[...known].join(', ') || 'none'}`;
}

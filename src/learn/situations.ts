/** Targets learnt in several situations as one: the same series, with a model for each situation. */
import { identityOf } from '../labels/sets.ts';
import { metricOf, type LearntMetric } from './metrics.ts';
import type { LearntFamily, LearntSeries, LearntTarget, Model } from './target.ts';

export interface Situated {
  readonly name: string;
  readonly target: LearntTarget;
}

export interface Combined {
  readonly metrics: readonly LearntMetric[];
  readonly factors: LearntTarget['factors'];
  readonly notes: readonly string[];
}

/**
 * All families and series of all situations; the first situation is the one that a run begins in. In a situation that a series was
 * not seen in, although others of its family were, counters and observations rest; levels, and families that were not seen at
 * all, are there as they were in the first of the others.
 */
export function combine(situations: readonly Situated[]): Combined {
  const notes: string[] = [];
  const names = new Set(situations.flatMap(({ target }) => target.families.map(({ name }) => name)));
  const metrics = Array.from(names, (name) => {
    const seen = situations.flatMap(({ name: situation, target }) => {
      const family = target.families.find((one) => one.name === name);
      return family === undefined ? [] : [{ situation, family }];
    });
    const counts = seen.some(({ family }) => family.isUnknown && family.type === 'counter');
    return combineFamily(
      situations,
      counts ? seen.map((one) => ({ ...one, family: asTotal(one.family) })) : seen,
      notes,
    );
  });
  return {
    metrics,
    factors: Object.assign({}, ...situations.map(({ target }) => target.factors)) as LearntTarget['factors'],
    notes: [...situations.flatMap(({ target }) => target.notes), ...notes],
  };
}

interface Seen {
  readonly situation: string;
  readonly family: LearntFamily;
}

function combineFamily(situations: readonly Situated[], all: readonly Seen[], notes: string[]): LearntMetric {
  const { situation: first, family } = all[0] as Seen;
  const seen = all.filter((one) => one.family.type === family.type);
  for (const { situation, family: other } of all) {
    if (other.type !== family.type)
      notes.push(
        `${family.name} is a ${other.type} in ${situation}, which is left out: in ${first} it is a ${family.type}`,
      );
    else if (String(other.points) !== String(family.points))
      notes.push(
        `${family.name} has other buckets or quantiles in ${situation} than in ${first}; it is shown with those of all situations`,
      );
  }
  const series = new Map<string, LearntSeries>();
  for (const one of seen.flatMap((each) => each.family.series)) {
    const identity = identityOf(one.labels);
    if (!series.has(identity)) series.set(identity, one);
  }
  const isExact = seen.every((one) => one.family.decimals !== undefined);
  const decimals = isExact ? Math.max(...seen.map((one) => one.family.decimals as number)) : undefined;
  const modelsIn = (situation: string): Model[] => {
    const own = seen.find((one) => one.situation === situation)?.family;
    const known = new Map(own?.series.map((one) => [identityOf(one.labels), one.model]));
    return Array.from(series, ([identity, { model }]) => {
      const found = known.get(identity);
      if (found !== undefined) return found;
      return own === undefined || family.type === 'gauge' ? model : resting(model, family);
    });
  };
  const [base, ...others] = situations.map(({ name }) => ({ name, models: modelsIn(name) }));
  const models = base?.models ?? [];
  return {
    ...metricOf({
      ...family,
      points: [...new Set(seen.flatMap((one) => one.family.points))].toSorted((a, b) => a - b),
      decimals,
      series: Array.from(series.values(), (one, i) => ({ ...one, model: models[i] as Model })),
    }),
    ...(others.length > 0 && {
      situation: base?.name ?? first,
      situations: Object.fromEntries(others.map((one) => [one.name, one.models])),
    }),
  };
}

/** What is of unknown type and only stays the same in a situation may count in another: then it is a total that rests. */
function asTotal(family: LearntFamily): LearntFamily {
  if (!family.isUnknown || family.type === 'counter') return family;
  const series = family.series.flatMap((one) => {
    const [level, ...others] = (one.model['values'] ?? []) as readonly number[];
    return level === undefined || level < 0 || others.length > 0
      ? []
      : [{ ...one, model: { start: level, rates: [0] } }];
  });
  return series.length < family.series.length ? family : { ...family, type: 'counter', series };
}

/** A model that counts nothing. */
function resting(model: Model, { type }: LearntFamily): Model {
  return { ...model, rates: [0], ...(type === 'counter' && { start: 0 }) };
}

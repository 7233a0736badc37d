/**
 * Which series a run must show at a tick, worked out from its configuration and from what was done to it: without label
 * spaces, families and the ticks before. Knows labels with values and ranges, and a cap that keeps the first.
 */
import type { Config } from '../../src/config/schema.ts';
import type { Metric } from '../../src/config/metric.ts';
import { stepProcess } from '../../src/labels/churn/kinds.ts';
import { stepVariation } from '../../src/labels/churn/variation.ts';
import type { ChurnStatus } from '../../src/simulation/churns.ts';
import type { ExplosionStatus } from '../../src/simulation/explosions.ts';
import type { TimedStatus } from '../../src/simulation/register.ts';
import type { Status } from '../../src/simulation/status.ts';
import { atOnce } from '../../src/util/slices.ts';
import { labelKey } from '../conformance/seen.ts';

type LabelSet = Readonly<Record<string, string>>;

/** The series of a metric. */
export interface ExpectedMetric {
  /** Series go on while this stays what it is; when it is another one, all of them begin anew. */
  readonly identity: string;
  /** Those that are there, by `labelKey`. */
  readonly series: ReadonlyMap<string, ExpectedSeries>;
  /** The algorithm itself may leave series out. */
  readonly hasGaps: boolean;
}

interface ExpectedSeries {
  readonly labels: LabelSet;
  /** How often it has begun; more means that it begins anew. */
  readonly births: number;
}

/** By name of the metric. */
export type ExpectedRun = ReadonlyMap<string, ExpectedMetric>;

// ---- What was done

interface Spell<Status> {
  readonly status: Status;
  readonly fromTick: number;
  /** The first tick that it is over. */
  untilTick: number;
}

interface Deeds {
  /** Takes what a run says of itself, after each action and each tick. */
  note(status: Pick<Status, 'tick' | 'active_churn' | 'active_explosions'>): void;
  /** Takes another configuration of the run, after a tick: churn of its file takes the place of that before. */
  follow(config: Config, tick: number): void;
  /** Every churn of a profile that there has been. */
  churnsOf(profile: string): readonly TimedChurn[];
  explosionsAt(tick: number): readonly ExplosionStatus[];
}

export function createDeeds(first: Config): Deeds {
  const churns = new Map<string, Spell<ChurnStatus>>();
  let config = first;
  const ofFile = new Map(
    Object.entries(first.profiles).map(([name, { churn }]): [string, readonly TimedChurn[]] => [
      name,
      churn === undefined ? [] : [{ churn, fromTick: 0, untilTick: Infinity }],
    ]),
  );
  const explosions = new Map<string, Spell<ExplosionStatus>>();
  return {
    note({ tick, active_churn: churn, active_explosions: exploding }) {
      keepSpells(churns, churn, tick);
      keepSpells(explosions, exploding, tick);
    },
    follow(next, tick) {
      for (const [name, { churn }] of Object.entries(next.profiles)) {
        if (JSON.stringify(churn) === JSON.stringify(config.profiles[name]?.churn)) continue;
        const ended = (ofFile.get(name) ?? []).map((one) => ({
          ...one,
          untilTick: Math.min(one.untilTick, tick + 1),
        }));
        const begun = churn === undefined ? [] : [{ churn, fromTick: tick + 1, untilTick: Infinity }];
        ofFile.set(name, [...ended.filter(({ fromTick, untilTick }) => fromTick < untilTick), ...begun]);
      }
      config = next;
    },
    churnsOf: (profile) => [
      ...(ofFile.get(profile) ?? []),
      ...[...churns.values()].flatMap(({ status, fromTick, untilTick }) =>
        status.profile === profile ? [{ churn: status.churn, fromTick, untilTick }] : [],
      ),
    ],
    explosionsAt: (tick) =>
      [...explosions.values()]
        .filter(({ fromTick, untilTick }) => fromTick <= tick && tick < untilTick)
        .map(({ status }) => status),
  };
}

/** What is told of no longer, and was not over by itself, has ended with the next tick; or has never been. */
function keepSpells<One extends TimedStatus>(
  spells: Map<string, Spell<One>>,
  active: readonly One[],
  tick: number,
): void {
  const keys = new Set<string>();
  for (const status of active) {
    const key = `${status.id} ${status.from_tick}`;
    keys.add(key);
    spells.set(key, { status, fromTick: status.from_tick, untilTick: status.until_tick ?? Infinity });
  }
  for (const [key, spell] of spells) {
    if (keys.has(key) || spell.untilTick <= tick + 1) continue;
    if (spell.fromTick > tick) spells.delete(key);
    else spell.untilTick = tick + 1;
  }
}

// ---- What follows from it

export function expectedRun(config: Config, deeds: Deeds, tick: number): ExpectedRun {
  return new Map(config.metrics.map((metric) => [metric.name, expectedMetric(config, metric, deeds, tick)]));
}

/** What series of a metric go on by, without what explodes. */
export function identityOf(config: Config, metric: Metric, further: readonly string[] = []): string {
  const own = metric as Metric & Readonly<Record<string, unknown>>;
  const labels = new Set([
    ...Object.keys(declaredLabels(config, metric)),
    ...(metric.series ?? []).flatMap(({ labels: set }) => Object.keys(set)),
    ...further,
  ]);
  const names = ['type', 'like', 'unit', 'buckets', 'quantiles', 'states'];
  return JSON.stringify([...names.map((name) => own[name]), [...labels].sort()]);
}

/** A series before its label turns over. */
interface Slot {
  readonly labels: LabelSet;
  /** Of the value that turns over, among those that its label has; -1 for none. */
  readonly position: number;
}

function expectedMetric(config: Config, metric: Metric, deeds: Deeds, tick: number): ExpectedMetric {
  const profile = metric.profile === undefined ? undefined : config.profiles[metric.profile];
  const churns =
    metric.profile === undefined
      ? []
      : deeds.churnsOf(metric.profile).filter(({ churn }) => !Object.hasOwn(metric.labels, churn.label));
  const label = churns[0]?.churn.label;
  const declared = Object.entries(declaredLabels(config, metric));
  const listed = metric.series ?? [];
  let made: Slot[] = [{ labels: {}, position: -1 }];
  for (const [name, values] of declared)
    made = made.flatMap(({ labels, position }) =>
      values.map((value, at) => ({
        labels: { ...labels, [name]: value },
        position: name === label ? at : position,
      })),
    );
  made = listed.length > 0 && declared.length === 0 ? [] : made.slice(0, profile?.series_cap);
  const sets = [...made, ...listed.map(({ labels }) => ({ labels, position: -1 }))];
  // A label that some series have is empty in the others.
  const empty = Object.fromEntries(
    [...declared.map(([name]) => name), ...listed.flatMap(({ labels }) => Object.keys(labels))].map(
      (name) => [name, ''],
    ),
  );
  const ramp = profile?.ramp_series;
  const come = ramp === undefined ? sets.length : Math.floor(Math.min(1, tick / ramp) * sets.length);

  const exploding = deeds
    .explosionsAt(tick)
    .filter(({ metric: name }) => name === metric.name && canExplode(config, metric));
  const further = exploding.map(({ label: name, values }): readonly [string, readonly string[]] => [
    name,
    Array.from({ length: values }, (_, at) => String(at + 1)),
  ]);
  if (metric.type === 'stateset')
    further.push([metric.name, (metric as unknown as { states: readonly string[] }).states]);

  const values = label === undefined ? [] : (declared.find(([name]) => name === label)?.[1] ?? []);
  const lifeOf = createLives(config, metric, churns, values);
  const series = new Map<string, ExpectedSeries>();
  for (const { labels, position } of sets.slice(0, come)) {
    const life = lifeOf(position, tick);
    if (!life.alive) continue;
    const own = position < 0 || label === undefined ? labels : { ...labels, [label]: life.value };
    for (const more of product(further)) {
      const whole = { ...empty, ...own, ...more };
      series.set(keyOf(whole), { labels: whole, births: life.births });
    }
  }
  const identity = identityOf(
    config,
    metric,
    exploding.map(({ label: name }) => name),
  );
  return { identity, series, hasGaps: metric.algorithm === 'pattern' };
}

export function keyOf(labels: LabelSet): string {
  return labelKey(Object.entries(labels));
}

/** Values of the labels of profile and metric, in order. */
function declaredLabels(config: Config, metric: Metric): Readonly<Record<string, readonly string[]>> {
  const profile = metric.profile === undefined ? undefined : config.profiles[metric.profile];
  return Object.fromEntries(
    Object.entries({ ...profile?.labels, ...metric.labels }).map(([name, { values, range }]) => {
      const [first, last] = range ?? [1, 0];
      return [name, values ?? Array.from({ length: last - first + 1 }, (_, at) => String(first + at))];
    }),
  );
}

/** Metrics that follow from others, or that others follow from, need the labels that they have. */
function canExplode({ metrics }: Config, { name, algorithm }: Metric): boolean {
  const followers = metrics.filter((metric) => metric.algorithm === 'derived');
  const isFollowed = followers.some((metric) =>
    new RegExp(`\\b${name}\\b`).test((metric as unknown as { expression: string }).expression),
  );
  return algorithm !== 'derived' && !isFollowed;
}

type TimedChurn = Pick<ChurnStatus, 'churn'> & { readonly fromTick: number; readonly untilTick: number };

interface ExpectedLife {
  readonly alive: boolean;
  readonly value: string;
  readonly births: number;
}

/** The life of each value of the label that turns over; -1 is one that does not. */
function createLives(
  { global }: Config,
  { profile }: Metric,
  churns: readonly TimedChurn[],
  values: readonly string[],
): (position: number, tick: number) => ExpectedLife {
  const key = [global.seed, 'churn', profile, churns[0]?.churn.label].join('\u0000');
  const count = values.length;
  const used = Float64Array.from(values, (_value, at) => at);
  const vary = atOnce(stepVariation(key, { count, value: (at) => values[at] ?? '', isListed: true }));
  const processes = churns.map((churn) => ({
    ...churn,
    process: atOnce(stepProcess(churn.churn, { count, used, key })),
  }));
  return (position, tick) => {
    let [alive, generation, births] = [true, 0, 1];
    if (position < 0) return { alive, value: '', births };
    for (const { process, fromTick, untilTick } of processes) {
      if (tick < fromTick) continue;
      const life = { alive: true, generation: 0, births: 1 };
      process.lifeAt(position, (Math.min(tick, untilTick) - fromTick) * 1000, life);
      const isOver = tick >= untilTick;
      // What is away at its end comes back, as it would have later.
      const back = isOver && !life.alive;
      generation += life.generation + Number(back && process.renews);
      births += life.births - 1 + Number(back);
      if (!isOver && !life.alive) alive = false;
    }
    return { alive, value: vary(position, generation), births };
  };
}

/** Every combination of values. */
function product(labels: readonly (readonly [name: string, values: readonly string[]])[]): LabelSet[] {
  return labels.reduce<LabelSet[]>(
    (sets, [name, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value }))),
    [{}],
  );
}

/** What a change of the configuration comes to, metric by metric, as answers and log lines tell it. */
import { compareConfigs, type Difference } from '../config/compare.ts';
import { formatPath } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { predecessorOf } from '../series/change.ts';
import type { ChangePlan, LineUp, Outcome } from './change.ts';
import type { LostTarget } from './rebind.ts';

/** A key with what it was and is. Secrets are `***`. */
export interface ChangedKey {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export interface ChangedMetric {
  readonly metric: string;
  readonly what: string;
  readonly keys: readonly ChangedKey[];
  /** Series that go on, begin, and end. */
  readonly series: { readonly kept: number; readonly born: number; readonly ended: number };
}

export interface ConfigReport {
  /** The first tick of it; null when nothing changes, or when it was only asked what would. */
  readonly tick: number | null;
  /** Metrics of which nothing changes. */
  readonly kept: readonly string[];
  readonly changed: readonly ChangedMetric[];
  readonly added: readonly { readonly metric: string; readonly series: number }[];
  readonly removed: readonly { readonly metric: string; readonly series: number }[];
  /** What is outside of metrics and profiles. */
  readonly settings: readonly ChangedKey[];
  /** Metrics of the file that were changed over the API: what the file says of them is not used. */
  readonly over_file: readonly string[];
  /** Effects that end, since none of their series is left. */
  readonly ended_effects: readonly string[];
  /** Metrics that effects which go on do not change any longer. */
  readonly lost_targets: readonly LostTarget[];
}

const IN_WORDS: Readonly<Record<Exclude<Outcome, 'same' | 'added' | 'removed'>, string>> = {
  kept: 'texts only: every series goes on',
  changed: 'series and their state go on, with the new values',
  replaced: 'another type, other names, labels or buckets: every series ends, and others are born',
};

export function reportOf(
  before: Config,
  after: Config,
  { outcomes, change }: Pick<ChangePlan, 'outcomes' | 'change'>,
  { configured }: LineUp,
): Omit<ConfigReport, 'tick' | 'over_file' | 'ended_effects' | 'lost_targets'> {
  const { both, settings } = compareConfigs(before, after);
  const old = new Map(configured.map(({ family }) => [family.name, family]));
  const sizes = new Map(change.families.map((family) => [family.name, family.size]));
  const named = (outcome: Outcome): string[] =>
    [...outcomes].filter(([, found]) => found === outcome).map(([name]) => name);

  const changed = change.families.flatMap((family): ChangedMetric[] => {
    const { name, size } = family;
    const outcome = outcomes.get(name);
    if (outcome !== 'kept' && outcome !== 'changed' && outcome !== 'replaced') return [];
    const succession = change.successions.get(family);
    let kept = 0;
    for (let slot = 0; succession !== undefined && slot < size; slot++)
      if (predecessorOf(succession, slot) >= 0) kept += 1;
    const series = { kept, born: size - kept, ended: (old.get(name)?.size ?? 0) - kept };
    return [{ metric: name, what: IN_WORDS[outcome], keys: (both.get(name) ?? []).map(formatKey), series }];
  });
  return {
    kept: named('same'),
    changed,
    added: named('added').map((metric) => ({ metric, series: sizes.get(metric) ?? 0 })),
    removed: named('removed').map((metric) => ({ metric, series: old.get(metric)?.size ?? 0 })),
    settings: settings.map(formatKey),
  };
}

/** A line holds so much of a report; the answer of a reload over the API has all of it. */
const METRICS_TOLD = 20;
const KEYS_TOLD = 5;

/** The first ones, and how many more there are. */
function first(texts: readonly string[], count: number): readonly string[] {
  if (texts.length <= count) return texts;
  return [...texts.slice(0, count), `and ${texts.length - count} more`];
}

/** `changed queue_depth (metrics[1].step: 0.1 -> 0.5), added up; from tick 61`. */
export function describeReport({
  tick,
  changed,
  added,
  removed,
  settings,
  over_file,
  ended_effects,
  lost_targets,
}: ConfigReport): string {
  const keys = (list: readonly ChangedKey[]): string =>
    first(
      list.map(({ path, before, after }) => `${path}: ${before} -> ${after}`),
      KEYS_TOLD,
    ).join(', ');
  const metrics = [
    ...changed.map(
      (one) =>
        `changed ${one.metric} (${keys(one.keys)}${one.series.ended > 0 ? `; ${one.series.ended} series end` : ''})`,
    ),
    ...added.map((one) => `added ${one.metric}`),
    ...removed.map((one) => `removed ${one.metric}`),
  ];
  const parts = [
    ...first(metrics, METRICS_TOLD),
    ...(settings.length === 0 ? [] : [keys(settings)]),
    ...ended_effects.map((id) => `effect ${id} ends: none of its series is left`),
    ...lost_targets.map(({ effect, metric, why }) => `effect ${effect} changes ${metric} no longer: ${why}`),
  ];
  const ignored =
    over_file.length === 0 ? '' : `; of ${over_file.join(', ')} the file is not used: changed over the API`;
  if (parts.length === 0) return `nothing differs${ignored}`;
  return `${parts.join(', ')}${tick === null ? '' : `; from tick ${tick}`}${ignored}`;
}

function formatKey({ path, before, after }: Difference): ChangedKey {
  return { path: formatPath(path), before, after };
}

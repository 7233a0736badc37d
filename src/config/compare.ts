/** What differs between two configurations, key by key, as it may be shown. */
import { isMapping, show, type Path } from './problems.ts';
import type { Config } from './schema.ts';
import { isSecretPlace } from './secrets.ts';

export interface Difference {
  readonly path: Path;
  /** In short; `none` where there is nothing. Never a secret. */
  readonly before: string;
  readonly after: string;
}

export interface ConfigDifferences {
  /** Everything outside `profiles` and `metrics`. */
  readonly settings: readonly Difference[];
  /** Metrics that both have, by name, with what differs of them and of their profiles; an empty list for none. */
  readonly both: ReadonlyMap<string, readonly Difference[]>;
}

export function compareConfigs(before: Config, after: Config): ConfigDifferences {
  const earlier = new Map(before.metrics.map((metric) => [metric.name, metric]));
  const both = new Map<string, readonly Difference[]>();
  for (const [index, metric] of after.metrics.entries()) {
    const old = earlier.get(metric.name);
    if (old === undefined) continue;
    both.set(metric.name, [
      ...differencesOf(old, metric, ['metrics', index]),
      ...(old.profile === metric.profile && metric.profile !== undefined
        ? differencesOf(before.profiles[metric.profile], after.profiles[metric.profile], [
            'profiles',
            metric.profile,
          ])
        : []),
    ]);
  }
  return { settings: differencesOf(settingsOf(before), settingsOf(after)), both };
}

function settingsOf(config: Config): object {
  return Object.fromEntries(
    Object.entries(config).filter(([key]) => key !== 'profiles' && key !== 'metrics'),
  );
}

/** Mappings are compared key by key, lists of as many mappings of the same keys one by one, everything else as a whole. */
function differencesOf(before: unknown, after: unknown, path: Path = []): Difference[] {
  if (isMapping(before) && isMapping(after)) {
    const [order, orderAfter] = [Object.keys(before).join(', '), Object.keys(after).join(', ')];
    // The order in which labels are declared is that in which they turn and are printed.
    if (path.at(-1) === 'labels' && order !== orderAfter)
      return [{ path, before: order || 'none', after: orderAfter || 'none' }];
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differencesOf(before[key], after[key], [...path, key]),
    );
  }
  if (areMappings(before) && areMappings(after) && isSame(before.map(keysOf), after.map(keysOf))) {
    const within = before.flatMap((entry, index) => differencesOf(entry, after[index], [...path, index]));
    if (within.length <= MAX_WITHIN) return within;
  }
  if (isSame(before, after)) return [];
  return [{ path, before: shown(before, path), after: shown(after, path) }];
}

function areMappings(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.every(isMapping);
}

function keysOf(mapping: object): string[] {
  return Object.keys(mapping).toSorted();
}

function isSame(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

/** A list of a few numbers or texts as it is, everything else in short. */
function shown(value: unknown, path: Path): string {
  if (value === undefined) return 'none';
  if (isSecretPlace(path)) return '***';
  const text = JSON.stringify(value);
  return Array.isArray(value) && text.length <= MAX_LIST ? text : show(value);
}

const MAX_LIST = 60;
/** Where more than this differs within a list, such as models that were learnt anew, it is told as a whole. */
const MAX_WITHIN = 10;

/** What was changed of a file's metrics while it ran: told apart from the file, put over it again, kept in a file of its own. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { ConfigError, LyrebirdError, type Problem } from '../util/errors.ts';
import type { Metric } from './metric.ts';
import { readConfig } from './parse.ts';
import { formatPath, isMapping, type Finding, type Path } from './problems.ts';
import type { Config } from './schema.ts';
import { reasonOf } from './substitution.ts';

/** Metrics by what a file says and what there is instead. */
export interface MetricChanges {
  /** In place of those of the same name in the file, or behind all of them. */
  readonly set: readonly unknown[];
  /** Names of the file that are gone. */
  readonly removed: readonly string[];
}

const FORMAT = 1;

/** What has become of the metrics of a file. */
export function changesOf(file: Config, now: Config): MetricChanges {
  const known = new Map(file.metrics.map((metric) => [metric.name, JSON.stringify(metric)]));
  const names = new Set(now.metrics.map(({ name }) => name));
  return {
    set: now.metrics.filter((metric) => known.get(metric.name) !== JSON.stringify(metric)),
    removed: file.metrics.map(({ name }) => name).filter((name) => !names.has(name)),
  };
}

/**
 * A file's configuration with changes of its metrics. Throws a ConfigError for what does not go with the file any more; `origin` is
 * what errors call the changes, and `placeOf` tells where a key of the file stands.
 */
export function withChanges(
  file: Config,
  { set, removed }: MetricChanges,
  origin: string,
  placeOf: (path: Path) => string = () => 'in the file',
): Config {
  if (set.length === 0 && removed.length === 0) return file;
  const nameOf = (metric: unknown): unknown => (isMapping(metric) ? metric['name'] : undefined);
  const fresh = new Map(set.map((metric) => [nameOf(metric), metric]));
  const gone = new Set(removed);
  const kept = file.metrics.filter(({ name }) => !gone.has(name));
  const metrics: unknown[] = kept.map((metric) => fresh.get(metric.name) ?? metric);
  const names = new Set(kept.map(({ name }) => name));
  metrics.push(...set.filter((metric) => !names.has(nameOf(metric) as string)));

  const findings: Finding[] = [];
  const config = readConfig({ ...file, metrics }, findings);
  if (config !== undefined) return config;
  const changed = new Set(set);
  throw new ConfigError(
    findings.map(({ path, message }): Problem => {
      const metric = path[0] === 'metrics' ? metrics[path[1] as number] : undefined;
      if (metric === undefined)
        return { place: `${placeOf(path)} (${origin})`, path: formatPath(path), message };
      const inFile = ['metrics', file.metrics.indexOf(metric as Metric), ...path.slice(2)];
      const place = changed.has(metric) ? origin : placeOf(inFile);
      return { place, path: formatPath([String(nameOf(metric)), ...path.slice(2)]), message };
    }),
  );
}

/** Changes that were kept; none when there is no such file yet. Throws `state_invalid` for a file that is none of ours. */
export function readChanges(path: string): MetricChanges {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { set: [], removed: [] };
    throw invalid(path, `cannot be read: ${reasonOf(error)}`);
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw invalid(path, `is not JSON: ${(error as Error).message}`);
  }
  if (!isMapping(data) || data['lyrebird_state'] !== FORMAT)
    throw invalid(path, `needs "lyrebird_state": ${FORMAT}, which every state file begins with`);
  const { set, removed } = data;
  if (!Array.isArray(set) || !Array.isArray(removed) || !removed.every((name) => typeof name === 'string'))
    throw invalid(path, 'needs the lists set, of metrics, and removed, of names');
  return { set, removed };
}

/** Keeps changes: a reader finds those of before or these, whatever happens meanwhile. Throws `state_not_saved`. */
export function writeChanges(path: string, changes: MetricChanges): void {
  const next = `${path}.next`;
  try {
    const file = openSync(next, 'w');
    try {
      writeFileSync(file, `${JSON.stringify({ lyrebird_state: FORMAT, ...changes }, null, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, path);
  } catch (error) {
    throw new LyrebirdError(
      'state_not_saved',
      `${path} cannot be written, so nothing has changed: ${reasonOf(error)}`,
      {
        cause: error,
        details: { file: path },
      },
    );
  }
}

function invalid(path: string, why: string): LyrebirdError {
  return new LyrebirdError(
    'state_invalid',
    `the state file ${path} ${why}; mend it, or move it away to begin with the metrics of the file`,
  );
}

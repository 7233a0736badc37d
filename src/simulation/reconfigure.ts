/** Changes of the configuration of a run, one after the other: the file read again, and single metrics. */
import { compareConfigs, type ConfigDifferences } from '../config/compare.ts';
import { editMetrics, type MetricEdit } from '../config/edit.ts';
import type { Metric } from '../config/metric.ts';
import { formatPath, type Path } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { changesOf, withChanges, type MetricChanges } from '../config/state.ts';
import { redactConfig } from '../config/write.ts';
import { formatProblem, LyrebirdError, type Problem } from '../util/errors.ts';
import { createMutex } from '../util/mutex.ts';
import type { Configured } from './actions/configure.ts';
import type { FamilyControl } from './families.ts';
import { reportOf, type ConfigReport } from './report.ts';

/** A file that was read again. */
export interface RereadConfig {
  readonly config: Config;
  /** Where a key stands: `file:line:column`, or the override that set it. */
  place(path: Path): string;
}

export interface Edited {
  /** The metric as it is now, or as it was when it is gone. */
  readonly metric: Metric;
  readonly created: boolean;
  readonly change: ConfigReport;
}

export interface ReconfigureOptions {
  readonly config: Config;
  /** The configuration of the file, where other metrics were put over it. */
  readonly fileConfig?: Config | undefined;
  /** Reads the file again, overrides included. Throws a ConfigError with every mistake. */
  readonly reread?: (() => RereadConfig | Promise<RereadConfig>) | undefined;
  /** Keeps what metrics have become; throws when it cannot. */
  readonly saveChanges?: ((changes: MetricChanges) => void) | undefined;
  /** Told of the configuration that holds from now on. */
  readonly onConfig?: ((config: Config) => void) | undefined;
  readonly lineUp: FamilyControl;
  /** Milliseconds between two ticks. */
  readonly intervalMs: number;
  /** The tick that an `at` means, and the last one done. Throws `tick_past` or `invalid_reload`. */
  tickOf(at: number | string): Promise<{ readonly tick: number; readonly lastTick: number }>;
  /** Takes the change between two ticks: as soon as can be, or before a tick to come. */
  take(config: Config, beforeTick: number | undefined): Promise<Configured>;
}

export interface ReloadRequest {
  /** Only tells what would change. */
  readonly dryRun?: boolean | undefined;
  /** The first tick of what the file says: its number, or the model time that it is not before. Default: the next one. */
  readonly at?: number | string | undefined;
}

export interface Reconfigurable {
  readonly config: Config;
  reload(request?: ReloadRequest): Promise<ConfigReport>;
  edit(edit: MetricEdit): Promise<Edited>;
}

/** How a change is taken. */
interface Taking {
  readonly dryRun?: boolean;
  readonly beforeTick?: number | undefined;
}

/** What a reload may change outside of metrics and profiles, and how its paths begin. */
const APPLIED = [/^global\.log_level$/, /^limits\./, /^factors\./, /^scenarios(\.|$)/, /^faults(\[|$)/];
/** What a run is made of from its first tick on, key by key of a profile. */
const FIXED_IN_PROFILES = /^profiles\.[^.]+\.(ramp_series|churn\.label)$/;
/** Edits and further reloads wait as long as a reload waits for its tick. */
const LONGEST_WAIT_S = 300;
/** What every number of a run follows from. */
const FIXED = ['global.seed', 'global.tick_interval_s', 'global.start_time', 'global.epoch'];

export function createReconfigurable(options: ReconfigureOptions): Reconfigurable {
  const { reread, saveChanges, onConfig, lineUp, take, tickOf, intervalMs } = options;
  const turns = createMutex();
  let config = options.config;
  let file = options.fileConfig ?? config;

  const change = async (
    next: Config,
    nextFile: Config,
    { dryRun = false, beforeTick }: Taking = {},
  ): Promise<ConfigReport> => {
    const { plan, before } = await lineUp.plan(redact(next));
    const changes = changesOf(nextFile, next);
    const report = {
      ...reportOf(config, next, plan, before),
      tick: null,
      over_file: overFile(nextFile, changes),
      ended_effects: [],
      lost_targets: [],
    };
    if (dryRun) return report;
    const earlier = changesOf(file, config);
    saveChanges?.(changes);
    let taken: Configured | undefined;
    if (isChange(config, next)) {
      try {
        taken = await take(redact(next), beforeTick);
      } catch (error) {
        saveChanges?.(earlier);
        throw error;
      }
    }
    config = next;
    file = nextFile;
    onConfig?.(config);
    if (taken === undefined) return report;
    const { ended, lost } = taken.effects;
    return { ...report, tick: taken.tick, ended_effects: ended, lost_targets: lost };
  };

  /** The tick that a reload waits for. */
  const tickFor = async (at: ReloadRequest['at']): Promise<number | undefined> => {
    if (at === undefined) return undefined;
    const { tick, lastTick } = await tickOf(at);
    const waitS = ((tick - lastTick) * intervalMs) / 1000;
    if (waitS <= LONGEST_WAIT_S) return tick;
    throw new LyrebirdError(
      'invalid_reload',
      `at is tick ${tick}, in ${waitS} s; a reload waits for ${LONGEST_WAIT_S} s at most`,
    );
  };

  return {
    get config() {
      return config;
    },
    reload: ({ dryRun = false, at } = {}) =>
      turns.run(async () => {
        if (reread === undefined) {
          throw new LyrebirdError(
            'no_file',
            'this run was not started from a file, so there is none to read again',
          );
        }
        const read = await reread();
        const changes = changesOf(file, config);
        const next = withChanges(read.config, changes, 'changed over the API', read.place);
        refuseDifferences(compareConfigs(config, next), read);
        return change(next, read.config, { dryRun, beforeTick: dryRun ? undefined : await tickFor(at) });
      }),
    edit: (edit) =>
      turns.run(async () => {
        const { config: next, metric, created } = editMetrics(config, edit);
        return { metric, created, change: await change(next, file) };
      }),
  };
}

function redact(config: Config): Config {
  return redactConfig(config) as unknown as Config;
}

function overFile({ metrics }: Config, { set, removed }: MetricChanges): string[] {
  const changed = new Set<unknown>([...set.map((metric) => (metric as Partial<Metric>).name), ...removed]);
  return metrics.map(({ name }) => name).filter((name) => changed.has(name));
}

/** Whether the run must know of what differs. Of the sections left out nothing may, but for what is logged. */
function isChange(before: Config, after: Config): boolean {
  const knownOf = ({ global: _global, exporters: _exporters, runtime: _runtime, ...rest }: Config): string =>
    JSON.stringify(rest);
  return knownOf(before) !== knownOf(after);
}

/** Throws `reload_refused` with everything that cannot change while it runs, and where it stands. */
function refuseDifferences({ settings, both }: ConfigDifferences, { place }: RereadConfig): void {
  const inProfiles = new Map(
    [...both.values()]
      .flat()
      .map((difference) => [formatPath(difference.path), difference] as const)
      .filter(([path]) => FIXED_IN_PROFILES.test(path)),
  );
  const problems = [...settings, ...inProfiles.values()].flatMap((difference): Problem[] => {
    const path = formatPath(difference.path);
    if (APPLIED.some((known) => known.test(path))) return [];
    const { before, after } = difference;
    return [
      { place: place(difference.path), path, message: `was ${before} and is ${after}; ${whyFixed(path)}` },
    ];
  });
  if (problems.length === 0) return;
  throw new LyrebirdError('reload_refused', problems.map(formatProblem).join('\n'), {
    details: { problems },
  });
}

function whyFixed(path: string): string {
  if (FIXED.includes(path)) return 'every number of a run follows from it: start a new run';
  if (path.endsWith('.churn.label')) return 'series turn over by one label for the whole run';
  return 'it is read when a run starts: end this one and start it again';
}

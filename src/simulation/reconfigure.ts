/** Changes of the configuration of a run, one after the other: the file read again, and single metrics. */
import { compareConfigs, type Difference } from '../config/compare.ts';
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
  readonly reread?: (() => RereadConfig) | undefined;
  /** Keeps what metrics have become; throws when it cannot. */
  readonly saveChanges?: ((changes: MetricChanges) => void) | undefined;
  /** Told of the configuration that holds from now on. */
  readonly onConfig?: ((config: Config) => void) | undefined;
  readonly lineUp: FamilyControl;
  /** Takes the change between two ticks. */
  take(config: Config): Promise<Configured>;
}

export interface Reconfigurable {
  readonly config: Config;
  reload(options?: { readonly dryRun?: boolean | undefined }): Promise<ConfigReport>;
  edit(edit: MetricEdit): Promise<Edited>;
}

/** What a reload may change outside of metrics and profiles. */
const APPLIED = ['global.log_level', 'limits.', 'factors.'];
/** What every number of a run follows from. */
const FIXED = ['global.seed', 'global.tick_interval_s', 'global.start_time', 'global.epoch'];

export function createReconfigurable(options: ReconfigureOptions): Reconfigurable {
  const { reread, saveChanges, onConfig, lineUp, take } = options;
  const turns = createMutex();
  let config = options.config;
  let file = options.fileConfig ?? config;

  const change = async (next: Config, nextFile: Config, dryRun = false): Promise<ConfigReport> => {
    const { plan, before } = lineUp.plan(redact(next));
    const changes = changesOf(nextFile, next);
    const report = {
      ...reportOf(config, next, plan, before),
      tick: null,
      over_file: overFile(nextFile, changes),
      ended_effects: [],
    };
    if (dryRun) return report;
    const earlier = changesOf(file, config);
    saveChanges?.(changes);
    let taken: Configured | undefined;
    if (isChange(report) || isReordered(config, next)) {
      try {
        taken = await take(redact(next));
      } catch (error) {
        saveChanges?.(earlier);
        throw error;
      }
    }
    config = next;
    file = nextFile;
    onConfig?.(config);
    return taken === undefined ? report : { ...report, tick: taken.tick, ended_effects: taken.endedEffects };
  };

  return {
    get config() {
      return config;
    },
    reload: ({ dryRun } = {}) =>
      turns.run(async () => {
        if (reread === undefined) {
          throw new LyrebirdError(
            'no_file',
            'this run was not started from a file, so there is none to read again',
          );
        }
        const read = reread();
        const next = withChanges(read.config, changesOf(file, config), 'changed over the API');
        refuseSettings(compareConfigs(config, next).settings, read);
        return change(next, read.config, dryRun);
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

function isChange({ changed, added, removed }: Omit<ConfigReport, 'tick'>): boolean {
  return changed.length + added.length + removed.length > 0;
}

function isReordered(before: Config, after: Config): boolean {
  return before.metrics.some(({ name }, index) => after.metrics[index]?.name !== name);
}

/** Throws `reload_refused` with every setting that cannot change while it runs, and where it stands. */
function refuseSettings(settings: readonly Difference[], { place }: RereadConfig): void {
  const problems = settings.flatMap((difference): Problem[] => {
    const path = formatPath(difference.path);
    if (APPLIED.some((known) => path.startsWith(known))) return [];
    const why = FIXED.includes(path)
      ? 'every number of a run follows from it: start a new run'
      : 'it is read when a run starts: end this one and start it again';
    const { before, after } = difference;
    return [{ place: place(difference.path), path, message: `was ${before} and is ${after}; ${why}` }];
  });
  if (problems.length === 0) return;
  throw new LyrebirdError('reload_refused', problems.map(formatProblem).join('\n'), {
    details: { problems },
  });
}

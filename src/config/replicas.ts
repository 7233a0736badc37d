/** `replicate` of the file: labels that turn the target which learned metrics are of into many. */
import { isMapping, type Finding, type Path } from './problems.ts';

/** The profile that `replicate` of the whole file becomes. */
const PROFILE = 'replicas';

/** What one key of a file is written as, in the place of which it stands. */
export interface Written {
  readonly data: unknown;
  /** Where a path of the data comes from. */
  locate(path: Path): Path;
}

/**
 * Puts a profile in the place of `replicate`, and has learned metrics without a profile take it. Mistakes go to `findings`; labels
 * themselves are looked at as those of the profile.
 */
export function expandReplicas(data: unknown, findings: Finding[]): Written {
  if (!isMapping(data) || data['replicate'] === undefined) return { data, locate: (path) => path };
  const { replicate, profiles = {}, metrics, ...rest } = data;
  if (isMapping(profiles) && Object.hasOwn(profiles, PROFILE))
    findings.push({
      path: ['replicate'],
      message: `becomes the profile ${PROFILE}, and profiles has one of that name; name it otherwise`,
      at: 'key',
    });
  const isTaken = (metric: unknown): metric is Readonly<Record<string, unknown>> =>
    isMapping(metric) && metric['algorithm'] === 'learned' && metric['profile'] === undefined;
  if (Array.isArray(metrics) && !metrics.some(isTaken))
    findings.push({
      path: ['replicate'],
      message: 'is for metrics of the algorithm learned that have no profile, and there is none',
      at: 'key',
    });
  return {
    data: {
      ...rest,
      profiles: isMapping(profiles) ? { ...profiles, [PROFILE]: { labels: replicate } } : profiles,
      metrics: Array.isArray(metrics)
        ? metrics.map((metric: unknown) => (isTaken(metric) ? { ...metric, profile: PROFILE } : metric))
        : metrics,
    },
    locate: (path) =>
      path[0] === 'profiles' && path[1] === PROFILE && path[2] === 'labels'
        ? ['replicate', ...path.slice(3)]
        : path,
  };
}

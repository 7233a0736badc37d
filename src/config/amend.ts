/** A configuration as it is for a while: with labels that explode, and churn that began while it runs. */
import type { TimedChurn } from '../labels/turnover.ts';
import type { ExplodedLabel } from './metric.ts';
import type { Config } from './schema.ts';

export interface Amendments {
  /** No label twice for a metric. */
  readonly explosions: readonly (ExplodedLabel & { readonly metric: string })[];
  /** All of one label for a profile. */
  readonly churns: readonly (TimedChurn & { readonly profile: string })[];
}

/** What names a metric or a profile that is not there is left out. */
export function amend(config: Config, { explosions, churns }: Amendments): Config {
  const metrics = config.metrics.map((metric) => {
    const exploded = explosions.flatMap(({ metric: name, label, values }) =>
      name === metric.name ? [{ label, values }] : [],
    );
    return exploded.length === 0 ? metric : { ...metric, exploded };
  });
  const profiles = Object.entries(config.profiles).map(([name, profile]) => {
    const own = churns.flatMap(({ profile: of, ...churn }) => (of === name ? [churn] : []));
    return [name, own.length === 0 ? profile : { ...profile, churns: own }] as const;
  });
  return { ...config, metrics, profiles: Object.fromEntries(profiles) };
}

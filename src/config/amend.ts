/** A configuration as it is for a while: with labels that explode, and churn that began while it runs. */
import type { TimedChurn } from '../labels/turnover.ts';
import type { ExplodedLabel } from './metric.ts';
import type { Config } from './schema.ts';

export interface Amendments {
  /** In order of id, which says no more; no label twice for a metric. */
  readonly explosions: readonly (ExplodedLabel & {
    readonly id?: string | undefined;
    readonly metric: string;
  })[];
  /** All of one label for a profile; those of the file are in its place. */
  readonly churns: readonly (TimedChurn & {
    readonly profile: string;
    readonly ofFile?: true | undefined;
  })[];
}

/** Whether two amendments make the same of any configuration. */
export function amendAlike(one: Amendments, other: Amendments): boolean {
  const partsOf = ({ explosions, churns }: Amendments): string =>
    JSON.stringify([explosions.map((one) => ({ ...one, id: undefined })), churns]);
  return partsOf(one) === partsOf(other);
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
    const own = churns.filter((one) => one.profile === name);
    if (own.length === 0) return [name, profile] as const;
    const timed = own.map(({ churn, fromTick, untilTick }) => ({ churn, fromTick, untilTick }));
    const { churn } = own.some(({ ofFile }) => ofFile) ? { churn: undefined } : profile;
    return [name, { ...profile, churn, churns: timed }] as const;
  });
  return { ...config, metrics, profiles: Object.fromEntries(profiles) };
}

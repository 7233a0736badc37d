/** A configuration as it is for a while: with labels that explode, and churn that began while it runs. */
import type { TimedChurn } from '../labels/turnover.ts';
import { describeFamilies } from './families.ts';
import type { ExplodedLabel } from './metric.ts';
import { whyUnexplodable } from './scene.ts';
import type { Config } from './schema.ts';

interface Explosion extends ExplodedLabel {
  readonly id?: string | undefined;
  readonly metric: string;
}

export interface Amendments {
  /** In order of id, which says no more. */
  readonly explosions: readonly Explosion[];
  /** All of one label for a profile; those of the file are in its place. */
  readonly churns: readonly (TimedChurn & {
    readonly profile: string;
    readonly ofFile?: true | undefined;
  })[];
}

/** Whether two amendments make the same of any configuration. */
export function amendAlike(one: Amendments, other: Amendments): boolean {
  const partsOf = ({ explosions, churns }: Amendments): string =>
    JSON.stringify([explosions.map((each) => ({ ...each, id: undefined })), churns]);
  return partsOf(one) === partsOf(other);
}

interface AmendedConfig {
  readonly config: Config;
  /** Explosions that the metrics cannot have as they are now, and why, in words. */
  readonly leftOut: readonly string[];
}

/** What names a metric or a profile that is not there is left out, and so is what cannot be. */
export function amend(config: Config, { explosions, churns }: Amendments): AmendedConfig {
  const leftOut: string[] = [];
  let amended = withChurns(config, churns);
  for (const explosion of explosions) {
    const { metric, label, values } = explosion;
    if (!amended.metrics.some(({ name }) => name === metric)) continue;
    const mistake = findExplosionMistake(amended, explosion);
    if (mistake === undefined) amended = withExploded(amended, explosion);
    else leftOut.push(`${metric} does not explode by ${values} values of ${label}: ${mistake.message}`);
  }
  return { config: amended, leftOut };
}

function withChurns(config: Config, churns: Amendments['churns']): Config {
  const profiles = Object.entries(config.profiles).map(([name, profile]) => {
    const own = churns.filter((one) => one.profile === name);
    if (own.length === 0) return [name, profile] as const;
    const timed = own.map(({ churn, fromTick, untilTick }) => ({ churn, fromTick, untilTick }));
    const { churn } = own.some(({ ofFile }) => ofFile) ? { churn: undefined } : profile;
    return [name, { ...profile, churn, churns: timed }] as const;
  });
  return { ...config, profiles: Object.fromEntries(profiles) };
}

function withExploded(config: Config, { metric: exploding, label, values }: Explosion): Config {
  const metrics = config.metrics.map((metric) =>
    metric.name === exploding
      ? { ...metric, exploded: [...(metric.exploded ?? []), { label, values }] }
      : metric,
  );
  return { ...config, metrics };
}

interface ExplosionMistake {
  readonly message: string;
  readonly details?: Readonly<Record<string, number>>;
}

/** Why a metric of a configuration, which has it, cannot explode so; `undefined` when it can. */
export function findExplosionMistake(config: Config, explosion: Explosion): ExplosionMistake | undefined {
  const { metric: name, label, values } = explosion;
  const index = config.metrics.findIndex((metric) => metric.name === name);
  const labels = describeFamilies(config)[index]?.labels.map((one) => one.name) ?? [];
  if (labels.includes(label))
    return { message: `label is ${label}, which ${name} has already; its labels: ${labels.join(', ')}` };
  const metric = config.metrics[index];
  const reason = metric && whyUnexplodable(metric, config.metrics);
  if (reason !== undefined) return { message: `metric ${reason}` };
  const { max_series: most, max_label_bytes: longest } = config.limits;
  const described = describeFamilies(withExploded(config, explosion));
  const total = described.reduce((sum, { storedSeries }) => sum + storedSeries, 0);
  if (total > most)
    return {
      message: `values is ${values}, which brings the stored series to ${total.toLocaleString('en')}, more than limits.max_series, ${most.toLocaleString('en')}`,
      details: { stored_series: total, max_series: most },
    };
  const bytes = described[index]?.labelBytes ?? 0;
  if (bytes > longest)
    return {
      message: `label is ${label}, which brings the labels of ${name} to ${bytes.toLocaleString('en')} bytes, more than limits.max_label_bytes, ${longest.toLocaleString('en')}`,
      details: { label_bytes: bytes, max_label_bytes: longest },
    };
  return undefined;
}

/** Churn that begins while a run goes on: series of a profile turn over as they do with `churn` in the file. */
import type { Amendments } from '../config/amend.ts';
import type { Config } from '../config/schema.ts';
import type { ChurnRequest } from '../control/churn.ts';
import { findChurnMistake } from '../labels/fields.ts';
import { LyrebirdError, nearest } from '../util/errors.ts';
import { createRegister, type Register, type RegisterOutcome, type TimedStatus } from './register.ts';

/** A churn that is not over yet, and not one of the file. */
export interface ChurnStatus extends TimedStatus {
  readonly profile: string;
  readonly churn: ChurnRequest['churn'];
  /** Metrics whose series turn over. */
  readonly metrics: readonly string[];
}

export interface ChurnAnswer {
  readonly outcome: RegisterOutcome;
  readonly churn: ChurnStatus;
}

export interface Churns extends Register<ChurnRequest, ChurnStatus> {
  /** What is amended at a tick. Those that are over are among them: labels stay what they have become. */
  at(tick: number): Amendments['churns'];
  /**
   * Has churn of a file take the place, from tick + 1 on, of what the file had before: labels stay what they have become. Throws
   * `invalid_churn` with its place; else nothing can be refused any more, and `take` does it. `churns` is what is amended then.
   */
  follow(
    before: Config['profiles'],
    after: Config['profiles'],
    tick: number,
  ): { readonly churns: Amendments['churns']; readonly take: () => void };
}

export function createChurns(configNow: () => Config, intervalMs: number): Churns {
  /** What the file has had since the start, of profiles of which that has changed. */
  let filed: readonly Amendments['churns'][number][] = [];
  const register = createRegister<ChurnRequest, ChurnStatus>({
    noun: 'churn',
    intervalMs,
    keepsEnded: true,
    check: (request, all) => check(configNow(), request, [...filed, ...all]),
    describe: ({ profile, churn }) => ({
      profile,
      churn,
      metrics: configNow()
        .metrics.filter((metric) => metric.profile === profile && !Object.hasOwn(metric.labels, churn.label))
        .map(({ name }) => name),
    }),
  });
  const amendedAt = (
    ofFile: Amendments['churns'],
    profiles: Config['profiles'],
    tick: number,
  ): Amendments['churns'] => {
    const asked = register
      .all()
      .map(({ profile, churn, fromTick, untilTick }) => ({ profile, churn, fromTick, untilTick }));
    return [...ofFile, ...asked].filter(({ profile, churn, fromTick }) => {
      const of = profiles[profile];
      // A reload may have taken its label away.
      return fromTick <= tick && of !== undefined && findChurnMistake(of, churn) === undefined;
    });
  };
  return {
    ...register,
    at: (tick) => amendedAt(filed, configNow().profiles, tick),
    follow(before, after, tick) {
      const changed = Object.keys(after).filter(
        (name) =>
          before[name] !== undefined &&
          JSON.stringify(before[name].churn) !== JSON.stringify(after[name]?.churn),
      );
      for (const name of changed) {
        const churn = after[name]?.churn;
        const earlier = [...filed, ...register.all()].find(({ profile }) => profile === name)?.churn;
        if (churn === undefined || earlier === undefined || earlier.label === churn.label) continue;
        throw anotherLabel(`profiles.${name}.churn.label`, name, churn, earlier);
      }
      const begun = changed.flatMap((profile) => {
        const churn = before[profile]?.churn;
        const isKnown = filed.some((one) => one.profile === profile);
        if (isKnown || churn === undefined) return [];
        return [{ profile, churn, fromTick: 0, untilTick: Number.POSITIVE_INFINITY, ofFile: true as const }];
      });
      const next = tick + 1;
      const ended = [...filed, ...begun].map((one) =>
        changed.includes(one.profile) ? { ...one, untilTick: Math.min(one.untilTick, next) } : one,
      );
      const fresh = changed.flatMap((profile) => {
        const churn = after[profile]?.churn;
        if (churn === undefined) return [];
        return [
          { profile, churn, fromTick: next, untilTick: Number.POSITIVE_INFINITY, ofFile: true as const },
        ];
      });
      // What has not begun by now has never been.
      const following = [...ended.filter(({ fromTick, untilTick }) => fromTick < untilTick), ...fresh];
      return {
        churns: amendedAt(following, after, next),
        take() {
          filed = following;
        },
      };
    },
  };
}

/** Refuses what cannot be, alone or beside the others that there have been. */
function check(
  { profiles }: Config,
  { profile: name, churn }: ChurnRequest,
  others: readonly Pick<ChurnRequest, 'profile' | 'churn'>[],
): void {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined) {
    const names = Object.keys(profiles);
    const close = nearest(name, names);
    throw new LyrebirdError(
      'profile_not_found',
      `no profile is called ${name}${close === undefined ? '.' : `, did you mean ${close}?`} Available: ${names.join(', ') || 'none'}`,
      { details: { profile: name, available: names } },
    );
  }
  const mistake = findChurnMistake(profile, churn);
  if (mistake !== undefined)
    throw new LyrebirdError('invalid_churn', `churn.${mistake.key}: ${mistake.message}`);
  const before = profile.churn ?? others.find((other) => other.profile === name)?.churn;
  if (before !== undefined && before.label !== churn.label)
    throw anotherLabel('churn.label', name, churn, before);
}

function anotherLabel(
  place: string,
  profile: string,
  churn: ChurnRequest['churn'],
  before: ChurnRequest['churn'],
): LyrebirdError {
  return new LyrebirdError(
    'invalid_churn',
    `${place}: is ${churn.label}, and series of ${profile} turn over by ${before.label}; all churn of a profile is of one label`,
  );
}

/** Churn that begins while a run goes on: series of a profile turn over as they do with `churn` in the file. */
import type { Amendments } from '../config/amend.ts';
import type { Config } from '../config/schema.ts';
import type { ChurnRequest } from '../control/churn.ts';
import { findChurnMistake } from '../labels/fields.ts';
import type { Frame } from '../series/frame.ts';
import { LyrebirdError, nearest } from '../util/errors.ts';
import { createRegister, type RegisterOutcome, type Timed, type TimedStatus } from './register.ts';

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

type RuntimeChurn = ChurnRequest & Timed;
type Now = Pick<Frame, 'tick' | 'modelMs'>;

export interface Churns {
  /** Throws what `set` throws. */
  check(request: ChurnRequest): void;
  /** Takes a churn. Throws `profile_not_found`, `invalid_churn` or `tick_past`. */
  set(request: ChurnRequest, now: Now): ChurnAnswer;
  /** Ends one with the next tick: what is away comes back, labels stay what they are. Throws `churn_not_found`. */
  cancel(id: string, tick: number): ChurnStatus;
  /** Throws `churn_not_found`. */
  find(id: string, tick: number): ChurnStatus;
  /** Those not over once tick + 1 is done, in order of id. */
  active(tick: number): readonly ChurnStatus[];
  /** What is amended at a tick. Those that are over are among them: labels stay what they have become. */
  at(tick: number): Amendments['churns'];
}

export function createChurns(configNow: () => Config, intervalMs: number): Churns {
  const register = createRegister<ChurnRequest>('churn', intervalMs, { keepsEnded: true });

  const place = (request: ChurnRequest, now: Now): RuntimeChurn => {
    register.checkId(request.id);
    check(configNow(), request, register.all);
    return register.place(request, now);
  };
  const statusOf = (one: RuntimeChurn, tick: number): ChurnStatus => ({
    ...register.statusOf(one, tick),
    profile: one.profile,
    churn: one.churn,
    metrics: configNow()
      .metrics.filter(
        ({ profile, labels }) => profile === one.profile && !Object.hasOwn(labels, one.churn.label),
      )
      .map(({ name }) => name),
  });
  return {
    check(request) {
      register.checkId(request.id);
      check(configNow(), request, register.all);
    },
    set(request, now) {
      const placed = place(request, now);
      const outcome = register.put(request, placed, now.tick);
      return { outcome, churn: statusOf(register.find(placed.id, now.tick), now.tick) };
    },
    cancel: (id, tick) => statusOf(register.cancel(id, tick), tick),
    find: (id, tick) => statusOf(register.find(id, tick), tick),
    active: (tick) => register.activeAt(tick + 1).map((one) => statusOf(one, tick)),
    at: (tick) => {
      const { profiles } = configNow();
      return register.all.flatMap(({ profile, churn, fromTick, untilTick }) => {
        const of = profiles[profile];
        // A reload may have taken its label away.
        if (fromTick > tick || of === undefined || findChurnMistake(of, churn) !== undefined) return [];
        return [{ profile, churn, fromTick, untilTick }];
      });
    },
  };
}

/** Refuses what cannot be, alone or beside the others that there have been. */
function check(
  { profiles }: Config,
  { profile: name, churn }: ChurnRequest,
  others: readonly RuntimeChurn[],
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
    throw new LyrebirdError(
      'invalid_churn',
      `churn.label: is ${churn.label}, and series of ${name} turn over by ${before.label}; all churn of a profile is of one label`,
    );
}

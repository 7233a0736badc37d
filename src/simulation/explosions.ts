/** Explosions: metrics that have a further label with many values for a while, all of whose series are others meanwhile. */
import { amend, type Amendments } from '../config/amend.ts';
import { inputNames } from '../config/derived.ts';
import { describeFamilies, type Shard } from '../config/families.ts';
import type { Config } from '../config/schema.ts';
import type { ExplosionRequest } from '../control/explosion.ts';
import type { Frame } from '../series/frame.ts';
import { LyrebirdError } from '../util/errors.ts';
import { createRegister, type RegisterOutcome, type Timed, type TimedStatus } from './register.ts';
import { unknownMetric } from './unknown.ts';

/** An explosion that is not over yet. */
export interface ExplosionStatus extends TimedStatus {
  readonly metric: string;
  readonly label: string;
  readonly values: number;
  /** Series of the metric while it lasts, and what a backend keeps of them; of this shard. */
  readonly series: number;
  readonly stored_series: number;
}

export interface ExplosionAnswer {
  readonly outcome: RegisterOutcome;
  readonly explosion: ExplosionStatus;
}

type Explosion = ExplosionRequest & Timed;
type Now = Pick<Frame, 'tick' | 'modelMs'>;

export interface Explosions {
  /** Throws what `set` throws of a request by itself. */
  check(request: ExplosionRequest): void;
  /** Takes an explosion. Throws `metric_not_found`, `invalid_explosion` or `tick_past`. */
  set(request: ExplosionRequest, now: Now): ExplosionAnswer;
  /** Ends one with the next tick. Throws `explosion_not_found`. */
  cancel(id: string, tick: number): ExplosionStatus;
  /** Throws `explosion_not_found`. */
  find(id: string, tick: number): ExplosionStatus;
  /** Those not over once tick + 1 is done, in order of id. */
  active(tick: number): readonly ExplosionStatus[];
  /** What is amended at a tick. */
  at(tick: number): Amendments['explosions'];
}

export function createExplosions(
  configNow: () => Config,
  shard: Shard | undefined,
  intervalMs: number,
): Explosions {
  const register = createRegister<ExplosionRequest>('explosion', intervalMs, { keepsEnded: false });

  const place = (request: ExplosionRequest, now: Now): Explosion => {
    register.checkId(request.id);
    const placed = register.place(request, now);
    const others = register
      .activeAt(now.tick + 1)
      .filter(
        ({ id, fromTick, untilTick }) =>
          id !== placed.id && fromTick < placed.untilTick && untilTick > placed.fromTick,
      );
    check(configNow(), placed, others);
    return placed;
  };
  const statusOf = (explosion: Explosion, tick: number): ExplosionStatus => {
    const { metric, label, values } = explosion;
    const config = amend(configNow(), { explosions: [explosion], churns: [] });
    const described = describeFamilies(config, shard).find(({ name }) => name === metric);
    return {
      ...register.statusOf(explosion, tick),
      metric,
      label,
      values,
      series: described?.slots ?? 0,
      stored_series: described?.storedSeries ?? 0,
    };
  };
  return {
    check(request) {
      register.checkId(request.id);
      check(configNow(), request, []);
    },
    set(request, now) {
      const placed = place(request, now);
      const outcome = register.put(request, placed, now.tick);
      return { outcome, explosion: statusOf(register.find(placed.id, now.tick), now.tick) };
    },
    cancel: (id, tick) => statusOf(register.cancel(id, tick), tick),
    find: (id, tick) => statusOf(register.find(id, tick), tick),
    active: (tick) => register.activeAt(tick + 1).map((explosion) => statusOf(explosion, tick)),
    at: (tick) =>
      register
        .activeAt(tick)
        .filter(({ fromTick }) => fromTick <= tick)
        .map(({ metric, label, values }) => ({ metric, label, values })),
  };
}

/** Refuses what cannot be, alone or together with others of the same time. */
function check(config: Config, explosion: ExplosionRequest, others: readonly ExplosionRequest[]): void {
  const { metric: name, label, values } = explosion;
  const metric = config.metrics.find((one) => one.name === name);
  if (metric === undefined)
    throw unknownMetric(
      name,
      config.metrics.map((one) => one.name),
    );
  const amended = amend(config, { explosions: others, churns: [] });
  const described = describeFamilies(amended).find((one) => one.name === name);
  const labels = described?.labels.map((one) => one.name) ?? [];
  if (labels.includes(label))
    throw invalid(`label is ${label}, which ${name} has already; its labels: ${labels.join(', ')}`);
  const follower = config.metrics.find((one) => inputNames(one).includes(name));
  if (inputNames(metric).length > 0 || follower !== undefined)
    throw invalid(
      `metric is ${name}, ${follower === undefined ? 'which follows from other metrics' : `which ${follower.name} follows from`}, series by series; they need the same labels`,
    );
  const total = describeFamilies(amend(config, { explosions: [...others, explosion], churns: [] })).reduce(
    (sum, { storedSeries }) => sum + storedSeries,
    0,
  );
  const { max_series: limit } = config.limits;
  if (total > limit)
    throw new LyrebirdError(
      'invalid_explosion',
      `values is ${values}, which brings the stored series to ${total.toLocaleString('en')}, more than limits.max_series, ${limit.toLocaleString('en')}`,
      { details: { stored_series: total, max_series: limit } },
    );
}

function invalid(message: string): LyrebirdError {
  return new LyrebirdError('invalid_explosion', message);
}

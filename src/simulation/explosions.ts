/** Explosions: metrics that have a further label with many values for a while, all of whose series are others meanwhile. */
import { amend, findExplosionMistake, type Amendments } from '../config/amend.ts';
import { describeFamilies, type Shard } from '../config/families.ts';
import type { Config } from '../config/schema.ts';
import type { ExplosionRequest } from '../control/explosion.ts';
import { LyrebirdError } from '../util/errors.ts';
import { createRegister, type Register, type RegisterOutcome, type TimedStatus } from './register.ts';
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

export interface Explosions extends Register<ExplosionRequest, ExplosionStatus> {
  /** What is amended at a tick. */
  at(tick: number): Amendments['explosions'];
}

export function createExplosions(
  configNow: () => Config,
  shard: Shard | undefined,
  intervalMs: number,
): Explosions {
  const register = createRegister<ExplosionRequest, ExplosionStatus>({
    noun: 'explosion',
    intervalMs,
    keepsEnded: false,
    check: (request, all, placed) =>
      check(
        configNow(),
        request,
        all.filter(
          ({ id, fromTick, untilTick }) =>
            placed !== undefined &&
            id !== placed.id &&
            fromTick < placed.untilTick &&
            untilTick > placed.fromTick,
        ),
      ),
    describe({ metric, label, values }) {
      const { config } = amend(configNow(), { explosions: [{ metric, label, values }], churns: [] });
      const described = describeFamilies(config, shard).find(({ name }) => name === metric);
      return {
        metric,
        label,
        values,
        series: described?.slots ?? 0,
        stored_series: described?.storedSeries ?? 0,
      };
    },
  });
  return {
    ...register,
    at: (tick) =>
      register
        .activeAt(tick)
        .filter(({ fromTick }) => fromTick <= tick)
        .map(({ id, metric, label, values }) => ({ id, metric, label, values })),
  };
}

/** Refuses what cannot be, alone or together with others of the same time. */
function check(config: Config, explosion: ExplosionRequest, others: readonly ExplosionRequest[]): void {
  const names = config.metrics.map(({ name }) => name);
  if (!names.includes(explosion.metric)) throw unknownMetric(explosion.metric, names);
  const amended = amend(config, { explosions: others, churns: [] });
  const mistake = findExplosionMistake(amended.config, explosion);
  if (mistake !== undefined)
    throw new LyrebirdError('invalid_explosion', mistake.message, { details: mistake.details });
}

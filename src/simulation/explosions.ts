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
  /** The most series of the metric from now on while it lasts, with others that overlap, and what a backend keeps of them; of this shard. */
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
  const register: Register<ExplosionRequest, ExplosionStatus> = createRegister({
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
    describe(one, tick) {
      const { metric, label, values, fromTick, untilTick } = one;
      const first = Math.max(fromTick, tick + 1);
      // Where several of one metric overlap, the most are there from the first tick of one of them on.
      const turns = register
        .all()
        .map((other) => other.fromTick)
        .filter((turn) => turn > first && turn < untilTick);
      const sizes = [first, ...turns].map((turn) => sizeOf(metric, [...at(turn).filter(isOther(one)), one]));
      return {
        metric,
        label,
        values,
        series: Math.max(...sizes.map(({ slots }) => slots)),
        stored_series: Math.max(...sizes.map(({ storedSeries }) => storedSeries)),
      };
    },
  });
  const sizeOf = (metric: string, explosions: Amendments['explosions']) => {
    const { config } = amend(configNow(), { explosions, churns: [] });
    const found = describeFamilies(config, shard).find(({ name }) => name === metric);
    return found ?? { slots: 0, storedSeries: 0 };
  };
  const at = (tick: number): Amendments['explosions'] =>
    register
      .activeAt(tick)
      .filter(({ fromTick }) => fromTick <= tick)
      .map(({ id, metric, label, values }) => ({ id, metric, label, values }));
  return { ...register, at };
}

function isOther({
  id,
}: {
  readonly id: string;
}): (explosion: { readonly id?: string | undefined }) => boolean {
  return (explosion) => explosion.id !== id;
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

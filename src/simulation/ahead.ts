/** What is known now of explosions and churn to come, so that families are made before their tick. */
import type { Amendments } from '../config/amend.ts';
import type { StepAction } from '../control/steps.ts';
import type { Churns } from './churns.ts';
import type { Explosions } from './explosions.ts';
import type { Scenarios } from './scenarios.ts';
import { ticksIn } from './times.ts';

/** So long before its tick a change is made at the earliest: it takes as much memory as what runs. */
const LEAD_MS = 5000;

export interface AheadOptions {
  readonly explosions: Explosions;
  readonly churns: Churns;
  readonly scenarios: Pick<Scenarios, 'upcoming'>;
  readonly intervalMs: number;
}

/** What is amended at the next tick that amends anything, of those soon after `tick`; `undefined` when none does. */
export function lookAhead(
  { explosions, churns, scenarios, intervalMs }: AheadOptions,
  tick: number,
): Amendments | undefined {
  const last = tick + Math.max(1, Math.ceil(LEAD_MS / intervalMs));
  const steps = scenarios.upcoming(tick + 1, last).filter(({ action }) => isAmending(action));
  const turns = [
    ...steps.map((step) => step.tick),
    ...[...explosions.all(), ...churns.all()].flatMap(({ fromTick, untilTick }) => [fromTick, untilTick]),
  ].filter((turn) => turn > tick && turn <= last);
  if (turns.length === 0) return undefined;
  const next = Math.min(...turns);
  const amended = { explosions: [...explosions.at(next)], churns: [...churns.at(next)] };
  for (const { action } of steps.filter((step) => step.tick === next)) {
    switch (action.do) {
      case 'explode':
        amended.explosions.push(action);
        break;
      case 'cancel_explosion':
        amended.explosions = amended.explosions.filter(({ id }) => id !== action.id);
        break;
      case 'set_churn': {
        const { profile, churn, durationS } = action;
        const length = durationS === undefined ? Number.POSITIVE_INFINITY : ticksIn(durationS, intervalMs);
        amended.churns.push({ profile, churn, fromTick: next, untilTick: next + length });
        break;
      }
      default:
    }
  }
  const byId = (one: { id?: string | undefined }, other: { id?: string | undefined }): number =>
    (one.id ?? '') < (other.id ?? '') ? -1 : 1;
  return {
    churns: amended.churns,
    explosions: amended.explosions
      .toSorted(byId)
      .map(({ id, metric, label, values }) => ({ id, metric, label, values })),
  };
}

function isAmending(action: StepAction): boolean {
  return ['explode', 'cancel_explosion', 'set_churn'].includes(action.do);
}

/**
 * Every kind of action. To add one: a file in actions/ that calls `defineAction`, with a request of plain data (what JSON can
 * hold: it is written to the journal and read again by `replay`), and a name in the list below. What it changes besides
 * effects is a member of `Parts`, which world.ts makes. `Simulation.act` and `World.prepare` then take it, typed; a route
 * validates the body and calls `simulation.act({ do: 'its_name', ... })`. Ids that it makes up count the actions taken, never
 * the time of day, so that a replay makes up the same ones.
 */
import type { ActionKind, Parts } from './action.ts';
import { cancelChurn, setChurn } from './actions/churn.ts';
import { configure } from './actions/configure.ts';
import { cancelEffect, setEffect } from './actions/effect.ts';
import { errorRate } from './actions/error-rate.ts';
import { cancelExplosion, explode } from './actions/explosion.ts';
import { cancelFault, setFault } from './actions/fault.ts';
import { startScenario, stopScenario } from './actions/scenario.ts';
import { cancelSpike, spike } from './actions/spike.ts';
import type { PreparedAction } from './prepared.ts';

const KINDS = [
  spike,
  cancelSpike,
  errorRate,
  setEffect,
  cancelEffect,
  startScenario,
  stopScenario,
  setFault,
  cancelFault,
  configure,
  explode,
  cancelExplosion,
  setChurn,
  cancelChurn,
] as const;

type Kind = (typeof KINDS)[number];
type ActionOf<K> =
  K extends ActionKind<infer Name, infer Request, unknown> ? { readonly do: Name } & Request : never;
type AnswerOf<K> = K extends ActionKind<string, never, infer Answer> ? Answer : never;

/** What can be done to a run: `{ do: 'spike', metric, multiplier, durationS }`. */
export type Action = ActionOf<Kind>;
/** What an action gives back when it is taken. */
export type AnswerTo<A extends Action> = AnswerOf<Extract<Kind, { readonly name: A['do'] }>>;

const byName = new Map<string, Kind>(KINDS.map((kind) => [kind.name, kind]));

/** Checks an action and does what is slow about it. Throws a LyrebirdError. */
export async function prepareAction<A extends Action>(
  action: A,
  parts: Parts,
): Promise<PreparedAction<AnswerTo<A>>> {
  const { do: name, ...request } = action;
  const kind = byName.get(name);
  if (kind === undefined) {
    throw new RangeError(`there is no action ${name}; allowed: ${[...byName.keys()].join(', ')}`);
  }
  return (kind as ActionKind<string, object, AnswerTo<A>>).prepare(toPlain(request), parts);
}

/** An action as its record has it: plain, as `prepareAction` takes it. */
export function recordOf(action: Action): Action {
  return toPlain(action);
}

/** As the action would be read again from its record: without keys that are undefined, and with 0 for -0. */
function toPlain<T>(value: T): T {
  if (Array.isArray(value)) return value.map(toPlain) as T;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? (0 as T) : value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, toPlain<unknown>(entry)]),
  ) as T;
}

/**
 * An action: the only thing that changes a run. It is plain data, so that a record of actions and their ticks is a record of
 * the run: what an action does depends on the configuration, the seed, the state at its tick and the action alone.
 */
import type { Churns } from './churns.ts';
import type { EffectControl } from './effects.ts';
import type { Explosions } from './explosions.ts';
import type { FaultControl } from './faults.ts';
import type { FamilyControl } from './families.ts';
import type { PreparedAction } from './prepared.ts';
import type { Scenarios } from './scenarios.ts';
import type { Spikes } from './spikes.ts';

/** What actions read and change of the world that they are taken in. */
export interface Parts {
  readonly spikes: Spikes;
  readonly effects: EffectControl;
  readonly lineUp: FamilyControl;
  readonly scenarios: Scenarios;
  readonly faults: FaultControl;
  readonly explosions: Explosions;
  readonly churns: Churns;
}

/** A kind of action, listed in actions.ts. */
export interface ActionKind<Name extends string, in Request extends object, Answer> {
  /** The `do` of the action. */
  readonly name: Name;
  /**
   * Checks a request and does what is slow about it, in slices, while ticks go on. Changes nothing. Throws a LyrebirdError.
   * What was found may be out of date once it is committed; `commit` sees to that.
   */
  prepare(request: Request, parts: Parts): PreparedAction<Answer> | Promise<PreparedAction<Answer>>;
}

/** Declares a kind of action; only there for its types. */
export function defineAction<Name extends string, Request extends object, Answer>(
  kind: ActionKind<Name, Request, Answer>,
): ActionKind<Name, Request, Answer> {
  return kind;
}

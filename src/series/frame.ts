/** What one tick leaves behind: borrowed by sinks, see sinks/sink.ts for how long. */
import type { Column } from './column.ts';
import type { Family } from './family.ts';

export interface Frame {
  /** Index k; 0 is birth. */
  readonly tick: number;
  /** Model time t_k, milliseconds since the Unix epoch: feeds formulas, and is printed by `render` and backfill. */
  readonly modelMs: number;
  /** Wall time w_k, milliseconds since the Unix epoch: when the tick was due. Live points carry it. */
  readonly wallMs: number;
  /**
   * In page order. The same objects every tick until `Sink.change` tells of others: a sink may keep per-family state by
   * index or by `family`.
   */
  readonly families: readonly FamilyFrame[];
}

export interface FamilyFrame {
  readonly family: Family;
  readonly column: Column;
  /** 1 where the slot is shown, 0 where it is absent; `undefined` when every slot is shown. */
  readonly presence: Uint8Array | undefined;
  /** Birth (start time) of slots in wall milliseconds, where one differs from `birthMs`; `undefined` when none does. */
  readonly births: Float64Array | undefined;
  /** Birth in wall milliseconds of every slot that `births` does not tell apart. */
  readonly birthMs: number;
  /**
   * Slots that got other labels with this tick: the series that was there has ended with the tick before, and a new one is
   * there if the slot is shown. Ascending; `undefined` when there are none. Those of this tick only, so sinks look at every frame.
   */
  readonly turned: readonly number[] | undefined;
}

/** The birth of a slot in wall milliseconds. */
export function birthOf(frame: FamilyFrame, slot: number): number {
  return frame.births?.[slot] ?? frame.birthMs;
}

/** Whether a slot is shown. */
export function isPresent(frame: FamilyFrame, slot: number): boolean {
  return frame.presence === undefined || frame.presence[slot] === 1;
}

/** How many slots are shown. */
export function countPresent({ family, presence }: FamilyFrame): number {
  if (presence === undefined) return family.size;
  let present = 0;
  for (let slot = 0; slot < presence.length; slot++) present += presence[slot] as number;
  return present;
}

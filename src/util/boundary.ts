/** Export boundaries: every so many ticks; those of a shard are shifted, so that shards do not all export at once. */

/** One part of a run that several processes share. */
export interface Part {
  readonly index: number;
  readonly count: number;
}

/** The first boundary of a shard, in ticks after birth: shards spread evenly over the export interval. */
export function exportPhase(exportTicks: number, { index, count }: Part = { index: 0, count: 1 }): number {
  return Math.floor((index * exportTicks) / count);
}

/** Whether a tick is on a boundary. */
export function isBoundary(tick: number, exportTicks: number, part?: Part): boolean {
  return tick % exportTicks === exportPhase(exportTicks, part);
}

/** What a run has shown, counted tick by tick: series that are away, dropped or born for a while only are counted as they are. */
import { storedSeriesPerSlot } from '../series/family.ts';
import { countPresent } from '../series/frame.ts';
import type { Sink } from '../sinks/sink.ts';

/** A sink that sends nothing. */
export interface Tally extends Sink {
  /** Values shown so far by name, whatever families have the name in the course of a run. */
  readonly points: ReadonlyMap<string, number>;
  /** Series that the last tick shows, by name. */
  readonly series: ReadonlyMap<string, number>;
  /** Series that the last tick shows, and what a backend keeps of them; none before birth. */
  readonly totals: { readonly series: number; readonly stored: number } | undefined;
}

export function createTally(): Tally {
  const points = new Map<string, number>();
  let series = new Map<string, number>();
  let totals: Tally['totals'];
  return {
    name: 'tally',
    describe: () => 'counts what is shown',
    start: () => Promise.resolve(),
    frame({ families }) {
      const shown = { series: 0, stored: 0 };
      series = new Map();
      for (const entry of families) {
        const { name } = entry.family;
        const present = countPresent(entry);
        series.set(name, present);
        points.set(name, (points.get(name) ?? 0) + present);
        shown.series += present;
        shown.stored += present * storedSeriesPerSlot(entry.family);
      }
      totals = shown;
    },
    change: () => undefined,
    stop: () => Promise.resolve(),
    points,
    get series() {
      return series;
    },
    get totals() {
      return totals;
    },
  };
}

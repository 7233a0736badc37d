/** When the steps of a scenario begin, in ticks: pure arithmetic over its times. */
import { isOpen, lengthOf, type Scenario } from '../control/scenario.ts';
import { ticksIn } from './times.ts';

export interface Timeline {
  /** Ticks from the first one to the one after the last; infinite while a step or a loop has no end. */
  readonly ticks: number;
  /** Steps that begin `from` to `to` ticks (both included) after the scenario, in order of their ticks. */
  due(from: number, to: number): readonly DueStep[];
}

export interface DueStep {
  /** Of the step in the scenario. */
  readonly index: number;
  /** Ticks after the scenario's first. */
  readonly tick: number;
}

export function createTimeline({ steps, loop }: Scenario, intervalMs: number): Timeline {
  const begins = steps.map(({ at }) => (at === 0 ? 0 : ticksIn(at, intervalMs)));
  const lastBegin = Math.max(...begins);
  const ends = steps.map((step, index) => {
    const begin = begins[index] as number;
    return isOpen(step) ? Number.POSITIVE_INFINITY : begin + ticksIn(step.for ?? 0, intervalMs);
  });
  const length = Math.max(...ends);
  const times = loop === undefined ? 1 : (loop.times ?? Number.POSITIVE_INFINITY);
  // Lengths are rounded up to ticks, so a round of whole ticks may be longer than one of seconds.
  const every = times === 1 ? length : Math.max(length, ticksIn(loop?.every ?? lengthOf(steps), intervalMs));
  return {
    ticks: times === 1 ? length : times === Number.POSITIVE_INFINITY ? times : (times - 1) * every + length,
    due(from, to) {
      const found: DueStep[] = [];
      const first = times === 1 ? 0 : Math.max(0, Math.floor((from - lastBegin) / every));
      for (let round = first; round < times; round++) {
        const start = round === 0 ? 0 : round * every;
        if (start > to) break;
        for (const [index, begin] of begins.entries()) {
          const tick = start + begin;
          if (tick >= from && tick <= to) found.push({ index, tick });
        }
      }
      return found.toSorted((a, b) => a.tick - b.tick || a.index - b.index);
    },
  };
}

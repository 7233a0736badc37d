/** Frames to encode: of real sources, with numbers as long as they are a day into a run. */
import type { Moment, Source } from '../series/source.ts';
import type { Frame } from '../series/frame.ts';
import { NEUTRAL } from '../series/modulation.ts';
import { Rng } from '../util/rng.ts';
import type { Plant } from '../simulation/plant.ts';

const START_MS = Date.UTC(2026, 0, 1);
const INTERVAL_MS = 1000;

export function momentOf(tick: number): Moment {
  return { tick, modelMs: START_MS + tick * INTERVAL_MS, intervalMs: INTERVAL_MS };
}

/** Births a source and advances it by so many ticks. */
export function runTicks(source: Source, ticks: number): void {
  const { size } = source.family;
  source.start(momentOf(0), 0, size);
  for (let tick = 1; tick <= ticks; tick++) source.advance(momentOf(tick), 0, size, NEUTRAL);
}

/**
 * The frame of a plant after two ticks, with its totals grown by what a day brings: up to a million, so that a page prints
 * numbers of six digits, not of one.
 */
export function createFrame({ sources }: Plant): Frame {
  const rng = new Rng();
  for (const source of sources) {
    runTicks(source, 2);
    age(source, rng);
  }
  return frameOf(sources, 2);
}

/** What sources show, as a frame of a tick. */
export function frameOf(sources: readonly Source[], tick: number): Frame {
  const { modelMs } = momentOf(tick);
  return {
    tick,
    modelMs,
    wallMs: modelMs,
    families: sources.map(({ family, column }) => ({
      family,
      column,
      presence: undefined,
      births: undefined,
      birthMs: START_MS,
      turned: undefined,
    })),
  };
}

function age({ family, column }: Source, rng: Rng): void {
  const counts =
    column.kind === 'histogram'
      ? column.counts
      : family.type === 'counter' && column.kind === 'scalar'
        ? column.values
        : [];
  for (let i = 0; i < counts.length; i++) {
    rng.seek(family.keys.lo[0] ?? 0, i, 0);
    counts[i] = Math.floor(rng.float() * 1e6);
  }
}

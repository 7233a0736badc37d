/** Shapes of one period: from `turn`, 0 <= turn < 1, to a height from 0 to 1. */

/** Rises evenly, and falls at the end. */
export function rampAt(turn: number): number {
  return turn;
}

/** Rises for half the period, and falls for the other half. */
export function triangleAt(turn: number): number {
  return turn < 0.5 ? 2 * turn : 2 - 2 * turn;
}

/** High for the given share of the period, then low. */
export function squareAt(turn: number, dutyCycle: number): number {
  return turn < dutyCycle ? 1 : 0;
}

/** Climbs in so many stays of equal length and height, the first at 0 and the last at 1. */
export function stepAt(turn: number, steps: number): number {
  return Math.min(Math.floor(turn * steps), steps - 1) / (steps - 1);
}

/** From 0 to 1 within a period, of a place that is counted in periods. */
export function turnOf(periods: number): number {
  return periods - Math.floor(periods);
}

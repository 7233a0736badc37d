/** How strong an effect is at a tick. */

export const SHAPES = ['step', 'linear', 'sine', 'exponential'] as const;

/** How strength grows over a ramp. Downwards it is the mirror image, so `exponential` decays. */
export type Shape = (typeof SHAPES)[number];

/** When an effect is there, in ticks, and how it comes and goes. */
export interface Course {
  /** First tick that it changes. */
  readonly fromTick: number;
  /** First tick that it no longer changes; infinite without an end. */
  readonly untilTick: number;
  readonly shape: Shape;
  /** Ticks of the ramp up; the last of them has full strength. */
  readonly upTicks: number;
  /** First tick of the ramp down, which has full strength still; infinite without one. */
  readonly downFromTick: number;
  /** Ticks of the ramp down; one more would have none. */
  readonly downTicks: number;
}

/** Time constants that an exponential ramp spans. */
const TIME_CONSTANTS = 5;

/** Strength after a share `p` of a ramp, 0 at 0 and 1 at 1: p; (1 - cos(pi p)) / 2; (e^5p - 1) / (e^5 - 1). */
export function rampStrength(shape: Shape, p: number): number {
  if (p >= 1) return 1;
  switch (shape) {
    case 'step':
      return 1;
    case 'linear':
      return p;
    case 'sine':
      return (1 - Math.cos(Math.PI * p)) / 2;
    case 'exponential':
      return Math.expm1(TIME_CONSTANTS * p) / Math.expm1(TIME_CONSTANTS);
  }
}

/** From 0, not there, to 1, in full. Where ramps overlap the weaker one holds. */
export function strengthAt(course: Course, tick: number): number {
  const { fromTick, untilTick, shape, upTicks, downFromTick, downTicks } = course;
  if (tick < fromTick || tick >= untilTick) return 0;
  const up = tick - fromTick + 1 < upTicks ? rampStrength(shape, (tick - fromTick + 1) / upTicks) : 1;
  const down = tick > downFromTick ? rampStrength(shape, 1 - (tick - downFromTick) / downTicks) : 1;
  return Math.min(up, down);
}

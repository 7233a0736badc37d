/**
 * A pattern made ready for an interval: its value at any tick since its start is computed alone, in any order. What it may
 * come to (bounds, gaps, length) is known beforehand, so that checks need not run it.
 */
import { normal } from '../util/draws.ts';
import { parseDurationMs } from '../util/duration.ts';
import type { Rng } from '../util/rng.ts';
import { rampAt, squareAt, stepAt, triangleAt, turnOf } from '../util/waves.ts';
import { expandNotation, parseNotation } from './notation.ts';
import {
  isList,
  kindOf,
  type Extent,
  type Length,
  type Pattern,
  type PatternFields,
  type WaveFields,
} from './pattern.ts';

/** No value: the series is absent at this tick. */
const GAP = Number.NaN;

/** No normal draw is larger (util/draws.ts). */
const LARGEST_NORMAL = 13;
/** Streams of a cell that patterns draw from, apart from the one of generators. */
const FIRST_STREAM = 1 << 16;

/** The random numbers of one series: a generator pointed at the cell of a tick since the pattern's start. */
export type Draws = (tick: number, stream: number) => Rng;

export interface Track {
  /** Ticks until it is over; Infinity is for ever. */
  readonly length: number;
  /** Least and greatest value that it may have; the least is above the greatest when it never has any. */
  readonly low: number;
  readonly high: number;
  /** Whether it may have a gap before it is over. */
  readonly hasGaps: boolean;
  /** Whether it draws, so that series differ. */
  readonly isRandom: boolean;
  /**
   * The value at `index`, 0 <= index < length, or GAP. `tick` is the index since the start of the whole pattern, to which
   * draws belong.
   */
  at(index: number, tick: number, draws: Draws): number;
}

export interface TrackOptions {
  readonly intervalMs: number;
  /** Patterns that share a cell need different ones, so that they draw different numbers. */
  readonly stream?: number | undefined;
}

/** Makes a pattern ready. Throws a RangeError for a notation or a duration that is none. */
export function createTrack(pattern: Pattern, { intervalMs, stream = 0 }: TrackOptions): Track {
  let nextStream = FIRST_STREAM * (stream + 1);

  const ticksOf = ({ ticks, for: time }: Extent): number =>
    ticks ?? (time === undefined ? Number.POSITIVE_INFINITY : Math.ceil(msOf(time) / intervalMs - 1e-9));

  const build = (one: Pattern): Track => {
    if (typeof one === 'number') return constant(one, Number.POSITIVE_INFINITY);
    if (typeof one === 'string') return list(expandNotation(parseNotation(one)));
    if (isList(one)) return join(one.map(build));
    const kind = kindOf(one);
    const node = one as { readonly [Kind in keyof PatternFields]: PatternFields[Kind] };
    switch (kind) {
      case 'constant':
        return constant(node.constant.value, ticksOf(node.constant));
      case 'values':
        return list(Float64Array.from(node.values, (value) => value ?? GAP));
      case 'gap':
        return gap(ticksOf(extentOf(node.gap)));
      case 'linear':
        return linear(node.linear);
      case 'random': {
        const { min = 0, max = 1 } = node.random;
        return random(min, max, ticksOf(node.random), (rng) => min + (max - min) * rng.float());
      }
      case 'gaussian': {
        const { mean = 0, sigma = 1 } = node.gaussian;
        const reach = LARGEST_NORMAL * sigma;
        return random(
          mean - reach,
          mean + reach,
          ticksOf(node.gaussian),
          (rng) => mean + sigma * normal(rng),
        );
      }
      case 'sine':
        return wave(node.sine, (turn) => (1 + Math.sin(2 * Math.PI * turn)) / 2);
      case 'cosine':
        return wave(node.cosine, (turn) => (1 + Math.cos(2 * Math.PI * turn)) / 2);
      case 'triangle':
        return wave(node.triangle, triangleAt);
      case 'ramp':
        return wave(node.ramp, rampAt);
      case 'square': {
        const { duty_cycle: dutyCycle = 0.5 } = node.square;
        return wave(node.square, (turn) => squareAt(turn, dutyCycle));
      }
      case 'step': {
        const { steps = 4 } = node.step;
        return wave(node.step, (turn) => stepAt(turn, steps));
      }
      case 'join':
        return join(node.join.map(build));
      case 'loop':
        return loop(build(node.loop.of), node.loop.times ?? Number.POSITIVE_INFINITY);
      case 'hold':
        return hold(build(node.hold.of));
      case 'take': {
        const of = build(node.take.of);
        return { ...of, length: Math.min(of.length, ticksOf(node.take)) };
      }
      case 'add':
        return fold(
          node.add.map(build),
          (a, b) => a + b,
          (a, b) => [a[0] + b[0], a[1] + b[1]],
        );
      case 'sub':
        return fold(
          node.sub.map(build),
          (a, b) => a - b,
          (a, b) => [a[0] - b[1], a[1] - b[0]],
        );
      case 'mul':
        return fold(
          node.mul.map(build),
          (a, b) => a * b,
          corners((a, b) => a * b),
        );
      case 'div':
        return fold(node.div.map(build), (a, b) => a / b, divide);
      case 'min':
        return fold(node.min.map(build), Math.min, (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1])]);
      case 'max':
        return fold(node.max.map(build), Math.max, (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1])]);
      case 'abs':
        return map(build(node.abs.of), Math.abs, ([low, high]) => [
          low <= 0 && high >= 0 ? 0 : Math.min(Math.abs(low), Math.abs(high)),
          Math.max(Math.abs(low), Math.abs(high)),
        ]);
      case 'round': {
        const units = 10 ** (node.round.decimals ?? 0);
        return mapMonotonic(build(node.round.of), (x) => roundTo(x, units));
      }
      case 'clamp': {
        const { of, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = node.clamp;
        return mapMonotonic(build(of), (x) => (x < min ? min : x > max ? max : x));
      }
    }
  };

  const linear = ({ from, to, open = 'right', ...extent }: PatternFields['linear']): Track => {
    const bounds = { low: Math.min(from, to), high: Math.max(from, to), isRandom: false };
    if (extent.ticks !== undefined) {
      const last = extent.ticks - 1;
      return {
        ...bounds,
        length: extent.ticks,
        hasGaps: false,
        at: (index) => (index === 0 ? from : index === last ? to : from + ((to - from) * index) / last),
      };
    }
    const ms = msOf(extent.for ?? 0);
    const hasEnd = open === 'none' || open === 'left';
    const isLeftOpen = open === 'left' || open === 'both';
    return {
      ...bounds,
      length: hasEnd ? Math.floor(ms / intervalMs + 1e-9) + 1 : Math.ceil(ms / intervalMs - 1e-9),
      hasGaps: isLeftOpen,
      at(index) {
        if (index === 0) return isLeftOpen ? GAP : from;
        const share = (index * intervalMs) / ms;
        return share >= 1 ? to : from + (to - from) * share;
      },
    };
  };

  const random = (low: number, high: number, length: number, draw: (rng: Rng) => number): Track => {
    const own = nextStream++;
    return {
      length,
      low,
      high,
      hasGaps: false,
      isRandom: true,
      at: (_, tick, draws) => draw(draws(tick, own)),
    };
  };

  const wave = (
    fields: WaveFields & { invert?: boolean | undefined },
    heightAt: (turn: number) => number,
  ): Track => {
    const { min = 0, max = 1, period_s: period, phase = 0, invert = false } = fields;
    const [from, to] = invert ? [max, min] : [min, max];
    const periodMs = msOf(period);
    return {
      length: ticksOf(fields),
      low: min,
      high: max,
      hasGaps: false,
      isRandom: false,
      at(index) {
        const height = heightAt(turnOf(((index * intervalMs) % periodMs) / periodMs + phase));
        return height === 1 ? to : from + (to - from) * height;
      },
    };
  };

  return build(pattern);
}

/** Milliseconds of seconds or of a text with a unit. */
function msOf(time: number | string): number {
  const ms = parseDurationMs(time);
  if (ms === undefined) throw new RangeError(`"${time}" is no duration; needs a unit as 30s, 5m`);
  return ms;
}

/** A length as functions and shorthands write it: ticks as a number, a time as text. */
export function extentOf(length: Length | Extent | undefined): Extent {
  if (length === undefined) return {};
  if (typeof length === 'object') return length;
  return typeof length === 'number' ? { ticks: length } : { for: length };
}

function constant(value: number, length: number): Track {
  return { length, low: value, high: value, hasGaps: false, isRandom: false, at: () => value };
}

function gap(length: number): Track {
  return {
    length,
    low: Number.POSITIVE_INFINITY,
    high: Number.NEGATIVE_INFINITY,
    hasGaps: length > 0,
    isRandom: false,
    at: () => GAP,
  };
}

function list(values: Float64Array): Track {
  const there = values.filter((value) => !Number.isNaN(value));
  return {
    length: values.length,
    low: there.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY),
    high: there.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY),
    hasGaps: there.length < values.length,
    isRandom: false,
    at: (index) => values[index] as number,
  };
}

function join(all: readonly Track[]): Track {
  const parts = all.filter(({ length }) => length > 0);
  const starts: number[] = [];
  let length = 0;
  for (const part of parts) {
    starts.push(length);
    length += part.length;
  }
  return {
    length,
    ...commonOf(parts),
    low: Math.min(...parts.map(({ low }) => low)),
    high: Math.max(...parts.map(({ high }) => high)),
    at(index, tick, draws) {
      let lowest = 0;
      let highest = parts.length - 1;
      while (lowest < highest) {
        const middle = (lowest + highest + 1) >> 1;
        if ((starts[middle] as number) <= index) lowest = middle;
        else highest = middle - 1;
      }
      return (parts[lowest] as Track).at(index - (starts[lowest] as number), tick, draws);
    },
  };
}

/** Nothing repeated is nothing, however often. */
function loop(of: Track, times: number): Track {
  const length = of.length === 0 || times === 0 ? 0 : of.length * times;
  return { ...of, length, at: (index, tick, draws) => of.at(index % of.length, tick, draws) };
}

function hold(of: Track): Track {
  if (of.length === 0) return of;
  const last = of.length - 1;
  return {
    ...of,
    length: Number.POSITIVE_INFINITY,
    // What was drawn at the last tick stays: the draw belongs to that tick.
    at: (index, tick, draws) =>
      index <= last ? of.at(index, tick, draws) : of.at(last, tick - (index - last), draws),
  };
}

type Range = readonly [low: number, high: number];

/** Combines values at the same tick; where one has a gap, or the result is no number, there is a gap. The shortest ends it. */
function fold(
  parts: readonly Track[],
  act: (a: number, b: number) => number,
  range: (a: Range, b: Range) => Range,
): Track {
  const [first, ...others] = parts;
  if (first === undefined) return gap(0);
  return others.reduce((a, b) => {
    const isNever = a.low > a.high || b.low > b.high;
    const [low, high] = isNever
      ? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      : range([a.low, a.high], [b.low, b.high]);
    return {
      ...commonOf([a, b]),
      length: Math.min(a.length, b.length),
      low,
      high,
      hasGaps: a.hasGaps || b.hasGaps || !Number.isFinite(low) || !Number.isFinite(high),
      at: (index, tick, draws) => finiteOrGap(act(a.at(index, tick, draws), b.at(index, tick, draws))),
    };
  }, first);
}

function map(of: Track, act: (x: number) => number, range: (of: Range) => Range): Track {
  const [low, high] = of.low > of.high ? [of.low, of.high] : range([of.low, of.high]);
  return { ...of, low, high, at: (index, tick, draws) => act(of.at(index, tick, draws)) };
}

function mapMonotonic(of: Track, act: (x: number) => number): Track {
  return map(of, act, ([low, high]) => [act(low), act(high)]);
}

function commonOf(parts: readonly Track[]): Pick<Track, 'hasGaps' | 'isRandom'> {
  return { hasGaps: parts.some((part) => part.hasGaps), isRandom: parts.some((part) => part.isRandom) };
}

function corners(act: (a: number, b: number) => number): (a: Range, b: Range) => Range {
  return (a, b) => {
    const all = a.flatMap((x) => b.map((y) => act(x, y)));
    return [Math.min(...all), Math.max(...all)];
  };
}

function divide(a: Range, b: Range): Range {
  if (b[0] <= 0 && b[1] >= 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return corners((x, y) => x / y)(a, b);
}

function finiteOrGap(x: number): number {
  return Number.isFinite(x) ? x : GAP;
}

/** Halves away from minus infinity, never to -0; numbers beyond what has decimals stay. */
function roundTo(x: number, units: number): number {
  const scaled = x * units;
  return Math.abs(scaled) < 2 ** 53 ? Math.round(scaled) / units + 0 : x;
}

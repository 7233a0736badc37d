/**
 * A label space: the ordered product of axes, capped and sampled, indexed without being built. Slot -> index in the
 * product -> mixed-radix digits of the axes -> label values; the last axis turns fastest. A label is an axis of its own,
 * unless its value follows from what other axes say.
 */
import { createChoice, type Sampling } from './sampling.ts';

export type { Sampling } from './sampling.ts';

/** One label and its values, in order. `value(i)` for 0 <= i < count; it may be computed rather than stored. */
export interface Dimension {
  readonly name: string;
  readonly count: number;
  value(index: number): string;
  /** Two indexes may have one text; label sets are different nevertheless. */
  readonly repeats?: true;
  /** Its values do not tell random streams apart: series that differ in nothing else draw the same. */
  readonly keyless?: true;
}

/** Something that is chosen freely, and so multiplies the label sets. */
export interface Axis {
  /** For messages: the label, or what several labels hang on. */
  readonly name: string;
  readonly count: number;
}

/** Dimensions, and how they hang on axes. */
export interface Layout {
  readonly dimensions: readonly Dimension[];
  /** Slowest first. Default: each dimension is an axis. */
  readonly axes?: readonly Axis[] | undefined;
  /** Writes the value index of each dimension to `out`, from the digits of the axes. There when `axes` is. */
  place?(axes: ArrayLike<number>, out: Digits): void;
}

/** What value indexes of labels are written to. */
export type Digits = Int32Array | Float64Array | number[];

export interface LabelSpace {
  /** Label names in declaration order; also the order in which they are printed. */
  readonly names: readonly string[];
  readonly dimensions: readonly Dimension[];
  /** Number of label sets without the cap. At most 2^53. */
  readonly product: number;
  /** Number of slots: the product, the cap if that is less, or this shard's part of it. */
  readonly size: number;
  /** Index of a slot's label set in the product; 0 for one that is listed by itself. */
  index?(slot: number): number;
  /** Writes the value index of each label of a slot to `out`. */
  digits(slot: number, out: Digits): void;
  /** The value of one label of a slot, as of now. For many slots `digits` is cheaper. */
  value(slot: number, dimension: number): string;
  /** Of a shard: the space of all shards, and where in it slot 0 is. Absent where the space is whole. */
  readonly whole?: { readonly space: LabelSpace; readonly from: number } | undefined;
  /** What changes about the labels of slots; absent where they stay for the whole run. */
  readonly turnover?: Turnover | undefined;
}

/**
 * Labels of a slot that are replaced while the run goes on (churn): digits stay, the text of one dimension changes. It changes
 * between ticks only, so whoever keeps label bytes catches up while nobody else looks (Sink.frame, SinkContext.read).
 */
export interface Turnover {
  /** The dimension whose values are `LabelSpace.value`, not `Dimension.value` of the digit. */
  readonly dimension: number;
  /** Grows whenever labels of slots change. */
  readonly version: number;
  /** Slots whose labels changed after a version, ascending; all slots for one that is too old to be known. */
  changedSince(version: number): Iterable<number>;
}

export interface LabelSpaceOptions extends Layout {
  /** At least 1; none keeps the whole product. */
  readonly cap?: number | undefined;
  /** Which label sets a cap keeps. Default: `first_n`. */
  readonly sampling?: Sampling | undefined;
  /** Skew of `hash`: the exponent of Zipf's law. */
  readonly zipfAlpha?: number | undefined;
  /** Keys what is pseudo-random: profile and label names, so that families of one profile join whatever their seed. */
  readonly permutationKey?: string | undefined;
  /** The part [from, to) of the capped slots that this shard owns. */
  readonly part?: { readonly from: number; readonly to: number } | undefined;
}

export const MAX_PRODUCT = Number.MAX_SAFE_INTEGER;

/** The number of label sets of a product; may exceed `MAX_PRODUCT`, which `createLabelSpace` refuses. */
export function productOf({ dimensions, axes = dimensions }: Layout): number {
  return axes.reduce((product, { count }) => product * count, 1);
}

/** Makes a label space in time and memory that do not depend on the product. Throws a RangeError past 2^53. */
export function createLabelSpace(options: LabelSpaceOptions): LabelSpace {
  const { dimensions, axes = dimensions, place } = options;
  const product = productOf(options);
  if (product > MAX_PRODUCT) throw new RangeError(`the label product ${product} is larger than 2^53`);
  const capped = Math.min(options.cap ?? product, product);
  const { from, to } = options.part ?? { from: 0, to: capped };
  const counts = axes.map(({ count }) => count);
  const choose =
    capped < product
      ? createChoice(options.sampling ?? 'first_n', {
          counts,
          product,
          capped,
          key: options.permutationKey ?? '',
          zipfAlpha: options.zipfAlpha,
        })
      : undefined;
  const axisDigits = new Float64Array(counts.length);

  const index = (slot: number): number => choose?.(slot + from) ?? slot + from;
  const digits = (slot: number, out: Digits): void => {
    let rest = index(slot);
    const target = place === undefined ? out : axisDigits;
    for (let a = counts.length - 1; a >= 0; a--) {
      const count = counts[a] as number;
      const quotient = Math.floor(rest / count);
      target[a] = rest - quotient * count;
      rest = quotient;
    }
    place?.(axisDigits, out);
  };
  const scratch: number[] = [];
  return {
    names: dimensions.map((dimension) => dimension.name),
    dimensions,
    product,
    size: to - from,
    index,
    whole:
      to - from < capped ? { from, space: createLabelSpace({ ...options, part: undefined }) } : undefined,
    digits,
    value(slot, dimension) {
      digits(slot, scratch);
      const { value } = dimensions[dimension] as Dimension;
      return value(scratch[dimension] as number);
    },
  };
}

/** A dimension of given values. */
export function listDimension(name: string, values: readonly string[]): Dimension {
  return { name, count: values.length, value: (index) => values[index] as string };
}

/** A dimension of formatted integers `start .. end`, both included. */
export function rangeDimension(
  name: string,
  start: number,
  end: number,
  format: (value: number) => string,
): Dimension {
  return { name, count: end - start + 1, value: (index) => format(start + index) };
}

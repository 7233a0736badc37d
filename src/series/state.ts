/** States by name: what a source keeps of its slots, so that one that takes its place can go on from there. */

/** `width` entries a slot. */
export interface StateArray {
  readonly values: Float64Array | Uint32Array;
  readonly width: number;
}

export type States = Readonly<Record<string, StateArray>>;

/** One entry a slot each, under names that begin with `prefix`. */
export function statesOf(columns: Readonly<Record<string, Float64Array>>, prefix = ''): States {
  return Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [prefix + name, { values, width: 1 }]),
  );
}

/**
 * Copies the states that both have, by name and width, to slots [begin, end): those of slot `from[slot]` of the other, nothing for
 * -1; without `from` those of every slot that both have.
 */
export function adoptStates(
  own: States,
  other: States,
  from: Int32Array | undefined,
  begin: number,
  end: number,
): void {
  for (const [name, { values, width }] of Object.entries(own)) {
    const before = other[name];
    if (before === undefined || before.width !== width) continue;
    if (from === undefined) {
      values.set(before.values.subarray(begin * width, end * width), begin * width);
      continue;
    }
    for (let slot = begin; slot < end; slot++) {
      const start = (from[slot] as number) * width;
      if (start < 0) continue;
      for (let i = 0; i < width; i++) values[slot * width + i] = before.values[start + i] as number;
    }
  }
}

/** Generators some of whose options follow patterns: another one for other values, in the place of the one before. */
import type { Distribution, ScalarGenerator } from './generator.ts';
import { cornersOf, isPatterned, trackOf, type Patterned } from './patterned.ts';

/** Values of the options that follow patterns, by name. */
export type Values = Readonly<Record<string, number>>;

/** What comes of values that were there before is kept for so many of them. */
const KEPT = 16;

/** Options that follow patterns. */
export interface Following {
  /** At so many ticks of the patterns. */
  valuesAt(since: number): Values;
  /** Every combination of least and greatest values. */
  readonly corners: readonly Values[];
}

/** `undefined` when no option follows a pattern. */
export function createFollowing(
  options: Readonly<Record<string, unknown>>,
  intervalMs: number,
): Following | undefined {
  const patterned = Object.entries(options).filter(([, value]) => isPatterned(value));
  if (patterned.length === 0) return undefined;
  const tracks = patterned.map(
    ([name, value]) => [name, trackOf(value as Patterned, { intervalMs })] as const,
  );
  return {
    valuesAt: (since) =>
      Object.fromEntries(tracks.map(([name, track]) => [name, track.at(since, since, noDraws)])),
    corners: cornersOf(Object.fromEntries(patterned)) as Values[],
  };
}

function noDraws(): never {
  throw new TypeError('a pattern of an option draws');
}

/** A generator that follows; `after` is the tick after birth that patterns begin with. */
export function followScalar(
  { valuesAt }: Following,
  make: (values: Values) => ScalarGenerator,
  after: 0 | 1,
): ScalarGenerator {
  const at = createByAge(valuesAt, make);
  const first = at(0);
  return {
    ...first,
    state: ['birth', ...first.state],
    start(batch) {
      const { tick, from, to, state } = batch;
      (state['birth'] as Float64Array).fill(tick, from, to);
      first.start?.(batch);
    },
    fill(batch, out, rate) {
      const { tick, from, to, state } = batch;
      const births = state['birth'] as Float64Array;
      for (batch.from = from; batch.from < to; batch.from = batch.to) {
        const birth = births[batch.from] as number;
        batch.to = batch.from + 1;
        while (batch.to < to && births[batch.to] === birth) batch.to += 1;
        at(Math.max(0, tick - birth - after)).fill(batch, out.subarray(batch.from - from), rate);
      }
      batch.from = from;
    },
  };
}

/** A distribution that follows. */
export function followDistribution(
  { valuesAt, corners }: Following,
  make: (values: Values) => Distribution,
): Distribution {
  const at = createByAge(valuesAt, make);
  return { ...at(0), course: { at, extremes: corners.map(make) } };
}

/** What is made of the values at a tick of the patterns; the same object while they stay the same. */
function createByAge<G>(valuesAt: Following['valuesAt'], make: (values: Values) => G): (since: number) => G {
  const made = new Map<string, G>();
  let last: { readonly since: number; readonly one: G } | undefined;
  return (since) => {
    if (last?.since === since) return last.one;
    const values = valuesAt(since);
    const key = Object.values(values).join();
    let one = made.get(key);
    if (one === undefined) {
      if (made.size === KEPT) made.clear();
      one = make(values);
      made.set(key, one);
    }
    last = { since, one };
    return one;
  };
}

/**
 * The series notation of promtool's rule tests: items with blanks between. `7` is a value, `0+10x3` is 0 10 20 30,
 * `7x3` is 7 four times, `_` is no sample, `_x3` are three times none, `stale` ends the series until there are values again.
 */

export type NotationItem =
  /** `times + 1` values, the first one `start`. */
  | { readonly kind: 'run'; readonly start: number; readonly step: number; readonly times: number }
  | { readonly kind: 'gap'; readonly ticks: number }
  | { readonly kind: 'stale' };

/** What one text may come to; each value is kept. */
const MAX_SAMPLES = 10_000_000;

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const STEP = String.raw`[+-](?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const RUN = new RegExp(`^(${NUMBER})(?:(${STEP})?x(\\d+))?$`);
const GAP = /^_(?:x(\d+))?$/;

/** The items of a text. Throws a RangeError that names the item which is none. */
export function parseNotation(text: string): readonly NotationItem[] {
  const items = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(parseItem);
  if (sampleCount(items) > MAX_SAMPLES) {
    throw new RangeError(`comes to ${sampleCount(items)} samples; at most ${MAX_SAMPLES} are possible`);
  }
  return items;
}

/** The shortest text of the items. */
export function formatNotation(items: readonly NotationItem[]): string {
  return items.map(formatItem).join(' ');
}

/** One number a tick, NaN where there is no sample. Sums go step by step as promtool's do, rounding included. */
export function expandNotation(items: readonly NotationItem[]): Float64Array {
  const samples = new Float64Array(sampleCount(items)).fill(Number.NaN);
  let at = 0;
  for (const item of items) {
    if (item.kind === 'run') {
      let value = item.start;
      for (let i = 0; i <= item.times; i++, value += item.step) samples[at + i] = value;
    }
    at += ticksOf(item);
  }
  return samples;
}

function parseItem(word: string): NotationItem {
  if (word === 'stale') return { kind: 'stale' };
  const gap = GAP.exec(word);
  if (gap !== null) return { kind: 'gap', ticks: Number(gap[1] ?? 1) };
  const [, start, step = '0', times = '0'] = RUN.exec(word) ?? [];
  if (start === undefined) {
    const hint = word.includes('{{')
      ? 'histograms cannot be written so'
      : 'as in "1 4.5 0+10x5 7x3 _ _x3 stale"';
    throw new RangeError(`has an item "${word}"; needs values, a+bxn, a-bxn, axn, _, _xn or stale, ${hint}`);
  }
  // Adding 0 makes 0 of -0, which the text of a number does not tell apart.
  const item = {
    kind: 'run',
    start: Number(start) + 0,
    step: Number(step) + 0,
    times: Number(times),
  } as const;
  if (!Number.isFinite(item.start + item.step * item.times))
    throw new RangeError(`has an item "${word}" beyond what a number holds`);
  return item;
}

function formatItem(item: NotationItem): string {
  switch (item.kind) {
    case 'stale':
      return 'stale';
    case 'gap':
      return item.ticks === 1 ? '_' : `_x${item.ticks}`;
    case 'run': {
      const { start, step, times } = item;
      if (times === 0 && step === 0) return `${start}`;
      return step === 0 ? `${start}x${times}` : `${start}${step > 0 ? '+' : ''}${step}x${times}`;
    }
  }
}

function ticksOf(item: NotationItem): number {
  return item.kind === 'run' ? item.times + 1 : item.kind === 'gap' ? item.ticks : 1;
}

function sampleCount(items: readonly NotationItem[]): number {
  return items.reduce((total, item) => total + ticksOf(item), 0);
}

/** Learns from a half of what was seen, generates, and compares with the other half. */
import { loadConfig } from '../config/load.ts';
import { compare, roomRule, type Fidelity, type Generated } from '../learn/fidelity.ts';
import { holdBack, type Holdout } from '../learn/holdout.ts';
import { addPage, createHistory, type History } from '../learn/history.ts';
import { learn } from '../learn/learnt.ts';
import { createWorld } from '../simulation/world.ts';
import { createPageEncoder, preparePagesNow } from '../wire/exposition.ts';
import { createPageParser } from '../wire/parse.ts';
import { store } from './storage.ts';

export interface FidelityOptions {
  /** Makes the configuration from what may be learnt from. Default: `learn`. */
  readonly textOf?: ((trained: History) => string) | undefined;
  /** Path of a prometheus with its promtool beside it, or of a promtool: bytes per sample are compared, too. */
  readonly prometheus?: string | undefined;
  /** One run each. Default: three. */
  readonly seeds?: readonly number[] | undefined;
  /** Told of pages that were generated, of so many in all. */
  readonly onProgress?: ((pages: number, of: number) => void) | undefined;
}

/** One run may be far from the next where series move slowly: each rule is judged by the run in the middle. */
const SEEDS = [1, 2, 3];

/** Throws when there are too few samples, or when the configuration cannot run. */
export async function fidelityOf(history: History, options: FidelityOptions = {}): Promise<Fidelity> {
  const { textOf = (trained) => learn(trained).text, prometheus, seeds = SEEDS, onProgress } = options;
  const holdout = holdBack(history);
  const text = textOf(holdout.trained);
  const found: Fidelity[] = [];
  const { length } = holdout.timesMs;
  let stored: Fidelity['stored'];
  for (const [run, seed] of seeds.entries()) {
    const generated = await generate(text, {
      seed,
      timesMs: holdout.timesMs,
      onPage: (page) => onProgress?.(run * length + page, seeds.length * length),
    });
    found.push(compare(history, holdout, generated));
    if (prometheus !== undefined && run === 0)
      stored = await storeBoth(prometheus, history, holdout, generated);
  }
  const [first] = found as [Fidelity, ...Fidelity[]];
  const rules = first.rules.map((rule, i) => {
    const runs = found.flatMap((one) => one.rules[i] ?? []).toSorted((a, b) => a.value - b.value);
    return runs[Math.floor(runs.length / 2)] ?? rule;
  });
  if (stored !== undefined) rules.push(roomRule(stored));
  return { ...first, stored, rules, holds: rules.every(({ holds }) => holds) };
}

/** Both at the times of what was held back. */
async function storeBoth(
  prometheus: string,
  history: History,
  { timesMs, isHeld }: Holdout,
  generated: Generated,
): Promise<Fidelity['stored']> {
  const held = new Map(timesMs.flatMap((time, i) => (isHeld[i] === true ? [[time, time]] : [])));
  const made = new Map(
    generated.timesMs.flatMap((time, i) => (isHeld[i] === true ? [[time, timesMs[i] as number]] : [])),
  );
  return {
    held: await store(prometheus, history, (time) => held.get(time)),
    generated: await store(prometheus, generated.history, (time) => made.get(time)),
  };
}

/** Pages at the ticks nearest to some times, as a history. */
async function generate(
  text: string,
  {
    seed,
    timesMs,
    onPage,
  }: { readonly seed: number; readonly timesMs: readonly number[]; readonly onPage: (page: number) => void },
): Promise<Generated> {
  const { config } = loadConfig({ text, file: 'learned.yaml' }, { sets: [`global.seed=${seed}`] });
  const startMs = Math.round(timesMs[0] ?? 0);
  const world = await createWorld(config, { startMs });
  const { ticker } = world;
  const encoder = createPageEncoder({ format: 'text' });
  const labels = preparePagesNow(world.families);
  const tickMs = config.global.tick_interval_s * 1000;
  const history = createHistory();
  const shownMs: number[] = [];
  const problems: string[] = [];
  let wanted = -1;
  await ticker.birth(startMs);
  for (const [page, timeMs] of timesMs.entries()) {
    wanted = Math.max(wanted + 1, Math.round((timeMs - startMs) / tickMs));
    while (ticker.frame.tick < wanted) await ticker.advance(startMs);
    const parser = createPageParser('text');
    for (const chunk of encoder.encode(ticker.frame, labels)) parser.push(chunk);
    const parsed = parser.end();
    problems.push(...parsed.problems.map(({ message }) => `page ${page}: ${message}`));
    shownMs.push(startMs + wanted * tickMs);
    addPage(history, parsed, startMs + wanted * tickMs, `page ${page}`);
    onPage(page + 1);
  }
  await world.close();
  return { history, timesMs: shownMs, problems };
}

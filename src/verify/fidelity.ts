/** Learns from a half of what was seen, generates, and compares with the other half. */
import { loadConfig } from '../config/load.ts';
import { compare, type Fidelity, type Generated } from '../learn/fidelity.ts';
import { holdBack } from '../learn/holdout.ts';
import { addPage, createHistory, type History } from '../learn/history.ts';
import { learn } from '../learn/learnt.ts';
import { createWorld } from '../simulation/world.ts';
import { createPageEncoder, preparePagesNow } from '../wire/exposition.ts';
import { createPageParser } from '../wire/parse.ts';

export interface FidelityOptions {
  /** Makes the configuration from what may be learnt from. Default: `learn`. */
  readonly textOf?: ((trained: History) => string) | undefined;
}

/** One run may be far from the next where series move slowly: each rule is judged by the run in the middle. */
const SEEDS = [1, 2, 3];

/** Throws when there are too few samples, or when the configuration cannot run. */
export async function fidelityOf(history: History, options: FidelityOptions = {}): Promise<Fidelity> {
  const { textOf = (trained) => learn(trained).text } = options;
  const holdout = holdBack(history);
  const text = textOf(holdout.trained);
  const found: Fidelity[] = [];
  for (const seed of SEEDS)
    found.push(compare(history, holdout, await generate(text, { seed, timesMs: holdout.timesMs })));
  const [first] = found as [Fidelity, ...Fidelity[]];
  const rules = first.rules.map((rule, i) => {
    const runs = found.flatMap((one) => one.rules[i] ?? []).toSorted((a, b) => a.value - b.value);
    return runs[Math.floor(runs.length / 2)] ?? rule;
  });
  return { ...first, rules, holds: rules.every(({ holds }) => holds) };
}

/** Pages at the ticks nearest to some times, as a history. */
async function generate(
  text: string,
  { seed, timesMs }: { readonly seed: number; readonly timesMs: readonly number[] },
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
  }
  await world.close();
  return { history, timesMs: shownMs, problems };
}

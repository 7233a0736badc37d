/** The page of any tick of a recorded run, actions included. */
import { parseConfig } from '../config/parse.ts';
import type { Config } from '../config/schema.ts';
import { realClock } from '../engine/clock.ts';
import { sinkDefinitions } from '../sinks/registry.ts';
import { LyrebirdError } from '../util/errors.ts';
import { yieldNow } from '../util/turns.ts';
import type { PageFormat } from '../wire/page.ts';
import type { ActionLine, HeaderLine, StartLine } from './journal/lines.ts';
import type { RunRecord } from './journal/record.ts';
import { intervalMsOf } from './times.ts';
import { createWorld, type World } from './world.ts';

export interface ReplayOptions {
  readonly tick: number;
  readonly format: PageFormat;
  /** Worker threads that advance the series, whatever the run had: the page is the same. */
  readonly workers?: number | undefined;
  /** Told after every tick. */
  readonly onProgress?: ((tick: number) => void) | undefined;
}

/**
 * The page as it was served after a tick, in chunks; each is valid until the next is asked for. Throws `tick_left_out`,
 * `tick_not_run`, or `replay_diverged` when an action does not do now what it did then.
 */
export async function* replayPage(record: RunRecord, options: ReplayOptions): AsyncGenerator<Buffer, void> {
  const { tick, format, workers } = options;
  const { header, start, gaps, end } = record;
  if (start === undefined)
    throw new LyrebirdError('tick_not_run', 'the run ended before its first tick; there is no page of it');
  if (end !== undefined && tick > end.tick)
    throw new LyrebirdError('tick_not_run', `tick ${tick} was not run; the last one was ${end.tick}`);
  const gap = gaps.find((one) => tick >= one.from_tick && tick <= one.to_tick);
  if (gap !== undefined)
    throw new LyrebirdError(
      'tick_left_out',
      `tick ${tick} was left out: the run was late, and went from tick ${gap.from_tick - 1} to ${gap.to_tick + 1}`,
    );

  const config = configOf(header);
  const world = await createWorld(config, {
    shard: header.shard ?? undefined,
    startMs: start.model_start_ms,
    workers,
  });
  try {
    await rerun(world, record, start, options);
    yield* printPage(world, header, format);
  } finally {
    await world.close();
  }
}

/** Takes every recorded action at its tick, up to the tick that is asked for. */
async function rerun(
  world: World,
  { gaps, actions }: RunRecord,
  { wall_start_ms: wallStartMs }: StartLine,
  { tick, onProgress }: ReplayOptions,
): Promise<void> {
  const { ticker } = world;
  const next = new Map(gaps.map((one) => [one.from_tick, one.to_tick + 1]));
  const intervalMs = intervalMsOf(world.config);
  let taken = 0;
  await ticker.birth(wallStartMs);
  while (ticker.frame.tick < tick) {
    while (actions[taken]?.tick === ticker.frame.tick + 1) {
      await take(world, actions[taken] as ActionLine);
      taken += 1;
    }
    const one = ticker.frame.tick + 1;
    const to = next.get(one) ?? one;
    await ticker.advance(wallStartMs + to * intervalMs, to);
    onProgress?.(to);
  }
}

/** As the client of the run printed it. */
async function* printPage(
  world: World,
  header: HeaderLine,
  format: PageFormat,
): AsyncGenerator<Buffer, void> {
  const { frame } = world.ticker;
  const client = header.page_client ?? 'direct';
  const definition = sinkDefinitions('prometheus').find((one) => one.client === client);
  if (definition?.print === undefined) throw new RangeError(`no ${client} client prints pages`);
  const page = await definition.print(
    world.config.exporters.prometheus,
    { read: async (use) => use(frame), yieldNow, nowMs: realClock.nowMs },
    { families: frame.families.map(({ family }) => family), format },
  );
  yield* page.chunks;
  page.release();
}

/** The configuration of a run, without who may use it and what it sends along: that is hidden, and changes no number. */
function configOf({ config }: HeaderLine): Config {
  const { global, exporters, ...rest } = config as unknown as {
    readonly global: Readonly<Record<string, unknown>>;
    readonly exporters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const { control_auth: _, ...open } = global;
  const sections: Record<string, unknown> = {};
  for (const [name, { auth: _auth, headers: _headers, ...section }] of Object.entries(exporters))
    sections[name] = section;
  return parseConfig({ ...rest, global: open, exporters: sections });
}

async function take({ prepare, ticker }: World, { action, tick, refused }: ActionLine): Promise<void> {
  let failure: LyrebirdError | undefined;
  try {
    const { commit } = await prepare(action);
    await commit(ticker.frame);
  } catch (error) {
    if (!(error instanceof LyrebirdError)) throw error;
    failure = error;
  }
  if (failure?.code === refused) return;
  const now = failure === undefined ? 'taken' : `refused: ${failure.message}`;
  const then = refused === undefined ? 'taken' : `refused with ${refused}`;
  throw new LyrebirdError(
    'replay_diverged',
    `the action ${action.do} before tick ${tick} was ${then} in the run, and is ${now}`,
  );
}

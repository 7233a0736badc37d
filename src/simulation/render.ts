/** The page of any tick, computed from the start without waiting for a clock. */
import type { Config } from '../config/schema.ts';
import { createPageEncoder, preparePagesNow } from '../wire/exposition.ts';
import type { Shard } from './plant.ts';
import { startMsOf } from './times.ts';
import { createWorld } from './world.ts';

export interface RenderOptions {
  readonly tick: number;
  readonly format: 'text' | 'openmetrics';
  /** t_0; else `global.start_time`, else 2026-01-01T00:00:00Z. */
  readonly startMs?: number | undefined;
  /** Prints t_k on every sample. */
  readonly timestamps?: boolean | undefined;
  readonly shard?: Shard | undefined;
  /** Told after every tick. */
  readonly onProgress?: ((tick: number) => void) | undefined;
}

/** The start of a render that names none: a fixed time, so that the same file gives the same page on any day. */
const DEFAULT_START_MS = Date.UTC(2026, 0, 1);

/** The page in chunks; each is valid until the next is asked for. Byte-identical for the same config and options. */
export async function* renderPage(config: Config, options: RenderOptions): AsyncGenerator<Buffer, void> {
  const startMs = options.startMs ?? startMsOf(config) ?? DEFAULT_START_MS;
  const world = await createWorld(config, { shard: options.shard, startMs });
  const { ticker } = world;
  await ticker.birth(startMs);
  while (ticker.frame.tick < options.tick) {
    await ticker.advance(startMs);
    options.onProgress?.(ticker.frame.tick);
  }
  const encoder = createPageEncoder({
    format: options.format,
    timestamps: options.timestamps === true ? 'model' : undefined,
  });
  yield* encoder.encode(ticker.frame, preparePagesNow(world.families));
}

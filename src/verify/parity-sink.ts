/** Watches a run: scrapes the page at export boundaries and holds it against what came over OTLP for that tick. */
import { storedSeriesOf } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import type { Sink, SinkContext } from '../sinks/sink.ts';
import type { Parity } from './parity.ts';

export interface ParitySinkOptions {
  readonly parity: Parity;
  /** Whether a tick is exported. */
  readonly isBoundary: (tick: number) => boolean;
  /** Fetches the page, text 0.0.4, as any scraper would. */
  readonly scrape: () => Promise<string>;
  readonly context: Pick<SinkContext, 'read' | 'logger'>;
}

/** A sink that sends nothing. It stands behind the sinks it watches. */
export function createParitySink(options: ParitySinkOptions): Sink {
  const { parity, context } = options;
  let scraping: Promise<void> | undefined;
  let last: Pick<Frame, 'tick' | 'wallMs'> | undefined;
  /** The tick whose page was last asked for. */
  let asked = -1;

  /** A page that is asked for after tick k, and answered before tick k + 1, is that of tick k. */
  const scrape = async ({ tick, wallMs }: Pick<Frame, 'tick' | 'wallMs'>): Promise<void> => {
    asked = tick;
    try {
      const text = await options.scrape();
      const now = await context.read((frame) => frame.tick);
      if (now === tick) parity.scraped(tick, wallMs, text);
      else parity.missed(tick, `it came after tick ${now}, so it may be of a later one`);
    } catch (error) {
      parity.missed(tick, error instanceof Error ? error.message : String(error));
      context.logger.debug({ err: error }, `parity: the page of tick ${tick} could not be scraped`);
    }
  };
  return {
    name: 'parity',
    describe: () => 'compares the page with what the embedded receiver got',
    start: () => Promise.resolve(),
    frame({ tick, wallMs }) {
      last = { tick, wallMs };
      if (!options.isBoundary(tick)) return;
      // One that is slow is let go on; the next boundary comes.
      scraping ??= scrape(last).finally(() => {
        scraping = undefined;
      });
    },
    change({ families }) {
      parity.follow(storedSeriesOf(families));
    },
    async flush() {
      await Promise.resolve();
      const held = last;
      if (held === undefined || asked === held.tick) return;
      asked = held.tick;
      // Not waited for: the page is served when this call is over.
      void (scraping ?? Promise.resolve()).then(() => scrape(held));
    },
    async stop() {
      await Promise.resolve();
    },
  };
}

/** Pages of live targets: scraped at equal distances for a while, each added to what was seen. */
import { describeAnswer, httpUrl, showUrl, type Answer, type Fetch } from '../transport/request.ts';
import { LyrebirdError } from '../util/errors.ts';
import type { Page } from '../wire/page.ts';
import { createPageParser } from '../wire/parse.ts';
import { addPage, type History } from './history.ts';

export interface Target {
  /** Host and port, as the label `instance` has it. */
  readonly name: string;
  readonly url: URL;
}

export interface ScrapeOptions {
  readonly everyMs: number;
  /** From the first scrape to the last one. */
  readonly forMs: number;
  /** Ends when the history holds so many samples. */
  readonly maxSamples: number;
  readonly fetch: Fetch;
  readonly clock: {
    /** Milliseconds on a monotonic clock. */
    nowMs(): number;
    /** Milliseconds since the Unix epoch; read once. */
    wallMs(): number;
    sleep(ms: number, signal: AbortSignal): Promise<void>;
  };
  /** Ends early; the scrape that is under way is given up. */
  readonly signal: AbortSignal;
  /** Given each page as it came, before it is learnt from. */
  readonly keep?: ((target: Target, timeMs: number, page: Uint8Array) => void) | undefined;
  readonly tellFailure?: ((target: Target, reason: string) => void) | undefined;
  /** Told after each round of scrapes. */
  readonly tell?: ((state: ScrapeState) => void) | undefined;
}

export interface ScrapeState {
  /** Rounds that are over, the missed ones included, and how many there are in all. */
  readonly done: number;
  readonly rounds: number;
  /** Scrapes that gave a page, and that gave none. */
  readonly pages: number;
  readonly failed: number;
  /** Rounds that were due while an earlier one was under way. */
  readonly missed: number;
  /** Milliseconds until the last one is due. */
  readonly leftMs: number;
}

export interface Scraped extends ScrapeState {
  /** Why it ended: it was done, the signal, or the limit of samples. */
  readonly end: 'done' | 'signal' | 'full';
}

/** Prefers the format in which a family's name is that of its samples. */
const ACCEPT = 'text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.8,*/*;q=0.1';

/** The target of an address; its page is at `/metrics` where the address has no path. */
export function targetOf(address: string): Target {
  const url = httpUrl(address);
  if (url === undefined)
    throw new LyrebirdError(
      'address_invalid',
      `${address} is no address; needs one such as http://127.0.0.1:9100/metrics`,
    );
  if (url.pathname === '/' && url.search === '') url.pathname = '/metrics';
  return { name: url.host, url };
}

export function roundsOf({ everyMs, forMs }: Pick<ScrapeOptions, 'everyMs' | 'forMs'>): number {
  return Math.floor(forMs / everyMs) + 1;
}

/**
 * Scrapes targets in rounds. Samples are of the time at which their round began, unless the page has times of its own. Series of
 * several targets are told apart by the label `instance`. A scrape that fails is told and counted; throws `no_page` when all did.
 */
export async function scrapeTargets(
  history: History,
  targets: readonly Target[],
  options: ScrapeOptions,
): Promise<Scraped> {
  const { everyMs, clock, signal, maxSamples, tell, tellFailure } = options;
  const rounds = roundsOf(options);
  const beganMs = clock.nowMs();
  const beganWallMs = Math.round(clock.wallMs());
  const counts = { pages: 0, failed: 0, missed: 0 };
  let lastReason = '';
  let next = 0;
  const stateNow = (): ScrapeState => ({
    ...counts,
    done: Math.min(next, rounds),
    rounds,
    leftMs: Math.max(0, beganMs + (rounds - 1) * everyMs - clock.nowMs()),
  });

  const attempt = async <T>(target: Target, act: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof LyrebirdError)) throw error;
      counts.failed++;
      lastReason = error.message;
      tellFailure?.(target, error.message);
      return undefined;
    }
  };
  /** All at once, and then learnt from in the order of the targets. */
  const scrapeAll = async (timeMs: number): Promise<void> => {
    const answers = await Promise.all(
      targets.map((target) => attempt(target, () => readPage(target, options))),
    );
    for (const [i, target] of targets.entries()) {
      const answer = answers[i];
      if (answer === undefined || signal.aborted) continue;
      await attempt(target, () => {
        options.keep?.(target, timeMs, answer.bytes);
        const extra = targets.length > 1 ? { instance: target.name } : {};
        addPage(history, answer.page, timeMs, target.name, extra);
        counts.pages++;
      });
    }
  };

  let end: Scraped['end'] = 'done';
  while (next < rounds && end === 'done') {
    await clock.sleep(Math.max(0, beganMs + next * everyMs - clock.nowMs()), signal);
    if (!signal.aborted) {
      await scrapeAll(beganWallMs + Math.round(clock.nowMs() - beganMs));
    }
    if (signal.aborted) {
      end = 'signal';
      break;
    }
    const due = Math.max(next + 1, Math.ceil((clock.nowMs() - beganMs) / everyMs));
    counts.missed += Math.min(due, rounds) - next - 1;
    next = due;
    tell?.(stateNow());
    if (history.samples >= maxSamples && next < rounds) end = 'full';
  }
  if (counts.pages === 0)
    throw new LyrebirdError(
      'no_page',
      counts.failed === 0
        ? 'nothing is learnt: it was ended before the first page came'
        : `nothing is learnt: ${counts.failed === 1 ? 'the scrape' : `each of ${counts.failed} scrapes`} failed, the last one: ${lastReason}`,
    );
  return { ...stateNow(), end };
}

async function readPage(
  { url }: Target,
  { fetch, signal, keep }: ScrapeOptions,
): Promise<{ readonly page: Page; readonly bytes: Uint8Array }> {
  const answer = await fetch(url, { accept: ACCEPT, signal });
  const refuse = (what: string): never => {
    throw new LyrebirdError('no_page', `${showUrl(url)}: ${what}`);
  };
  if (answer.status !== 200) refuse(await describeAnswer(answer));
  if (/html|json/.test(answer.contentType))
    refuse(`it is ${answer.contentType}, no page of metrics; give the path too, such as /metrics`);
  const { page, bytes } = await parse(answer, keep !== undefined);
  if (page.families.every(({ points }) => points.length === 0)) {
    const [first] = page.problems;
    refuse(
      first === undefined ? 'the page is empty' : `no sample; line ${first.line} of it: ${first.message}`,
    );
  }
  return { page, bytes };
}

async function parse({ contentType, body }: Answer, keeps: boolean): Promise<{ page: Page; bytes: Buffer }> {
  const parser = createPageParser(contentType.includes('openmetrics') ? 'openmetrics' : 'text');
  const kept: Uint8Array[] = [];
  for await (const chunk of body) {
    parser.push(chunk);
    if (keeps) kept.push(chunk);
  }
  return { page: parser.end(), bytes: Buffer.concat(kept) };
}

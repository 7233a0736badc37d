/** Learning from live pages, for a while. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fileNameOf } from '../../learn/files.ts';
import { countSeries, type History } from '../../learn/history.ts';
import { roundsOf, scrapeTargets, type Scraped, type Target } from '../../learn/targets.ts';
import { showUrl } from '../../transport/request.ts';
import { sleep } from '../../transport/retry.ts';
import { formatDuration } from '../../util/duration.ts';
import { UsageError } from '../failure.ts';
import { formatCount, formatNumber } from '../format.ts';
import { timeLeft, type Live } from './live.ts';
import { DEFAULTS, type SourceOptions } from './options.ts';

/** Scrapes targets until the time is over or it is told to end. Throws when no page came. */
export async function addPages(
  history: History,
  targets: readonly Target[],
  {
    every = DEFAULTS.everyMs,
    for: length = DEFAULTS.forMs,
    keep,
    maxSamples = DEFAULTS.maxSamples,
  }: SourceOptions,
  { fetch, signal, teller }: Live,
): Promise<void> {
  const plan = { everyMs: every, forMs: length };
  const rounds = roundsOf(plan);
  teller.print(
    `scraping ${targets.map(({ url }) => showUrl(url)).join(', ')} ${formatCount(rounds, 'time', 'times')}, every ${formatDuration(every)}; Ctrl-C ends it and learns from what is there`,
  );
  const reasons = new Set<string>();
  const scraped = await scrapeTargets(history, targets, {
    ...plan,
    maxSamples,
    fetch,
    signal,
    clock: { nowMs: () => performance.now(), wallMs: Date.now, sleep },
    keep: keep === undefined ? undefined : keeper(keep, targets),
    tellFailure(_, reason) {
      if (!reasons.has(reason)) teller.print(`failed: ${reason}`);
      reasons.add(reason);
    },
    tell: (state) =>
      teller.tell(
        () =>
          `scrape ${formatNumber(state.done)} of ${formatNumber(rounds)}, ${formatNumber(countSeries(history))} series, ${state.failed > 0 ? `${formatNumber(state.failed)} failed, ` : ''}${timeLeft(state.leftMs)}`,
      ),
  });
  teller.print(describeScraped(scraped, maxSamples));
  if (keep !== undefined) teller.print(`kept ${formatCount(scraped.pages, 'page', 'pages')} in ${keep}`);
}

function describeScraped({ end, pages, failed, missed }: Scraped, maxSamples: number): string {
  return [
    `${formatCount(pages, 'page', 'pages')} scraped`,
    ...(failed > 0 ? [`${formatNumber(failed)} failed`] : []),
    ...(missed > 0 ? [`${formatNumber(missed)} not made because others took too long`] : []),
    ...(end === 'signal' ? ['ended early'] : []),
    ...(end === 'full' ? [`ended at ${formatNumber(maxSamples)} samples (--max-samples)`] : []),
  ].join(', ');
}

/** Writes each page into a file named by its time; those of several targets into a directory each. */
function keeper(
  directory: string,
  targets: readonly Target[],
): (target: Target, timeMs: number, page: Uint8Array) => void {
  const directoryOf = ({ name }: Target): string =>
    targets.length > 1 ? join(directory, name.replaceAll(/[^\w.-]/g, '-')) : directory;
  try {
    for (const target of targets) mkdirSync(directoryOf(target), { recursive: true });
  } catch (cause) {
    throw new UsageError(`--keep ${directory} cannot be written: ${(cause as NodeJS.ErrnoException).code}`);
  }
  return (target, timeMs, page) => writeFileSync(join(directoryOf(target), fileNameOf(timeMs)), page);
}

/** Where samples come from: files, live pages, or what a Prometheus has stored. */
import { addFiles } from '../../learn/files.ts';
import { createHistory, type History } from '../../learn/history.ts';
import { targetOf } from '../../learn/targets.ts';
import { UsageError } from '../failure.ts';
import { createTeller, withProgress } from '../progress.ts';
import { onStopSignal } from '../signals.ts';
import { fetchOf } from './live.ts';
import type { SourceOptions } from './options.ts';
import { addPages } from './pages.ts';
import { addRange } from './stored.ts';

type Kind = 'files' | 'pages' | 'stored';

/** Options that not every kind of source has. */
const OWN_OPTIONS: readonly (readonly [options: readonly (keyof SourceOptions)[], of: readonly Kind[]])[] = [
  [['interval'], ['files']],
  [['every', 'for', 'keep'], ['pages']],
  [['match', 'range', 'to', 'step', 'dropLabels'], ['stored']],
  [
    ['maxSamples', 'token', 'user', 'ca', 'cert', 'key', 'header'],
    ['pages', 'stored'],
  ],
];

const KINDS: Readonly<Record<Kind, string>> = {
  files: 'files',
  pages: 'live pages (http://...)',
  stored: 'stored samples (--from)',
};

/** Reads of all sources what there is; those that are live until their time is over, or until the first Ctrl-C. */
export async function readSources(sources: readonly string[], options: SourceOptions): Promise<History> {
  const kind = kindOf(sources, options);
  for (const [names, of] of OWN_OPTIONS)
    for (const name of names)
      if (!of.includes(kind) && options[name] !== undefined)
        throw new UsageError(
          `${flagOf(name)} is of ${of.map((one) => KINDS[one]).join(' and ')}, and these are ${KINDS[kind]}`,
        );
  const history = createHistory();
  if (kind === 'files') {
    await withProgress('file', (tell) =>
      addFiles(history, sources, { intervalMs: options.interval, onFile: tell }),
    );
    return history;
  }
  const stopping = new AbortController();
  const removeHandlers = onStopSignal(() => stopping.abort());
  const teller = createTeller({ everyMs: 30_000, liveMs: 0 });
  try {
    const live = { fetch: fetchOf(options), signal: stopping.signal, teller };
    if (kind === 'pages') await addPages(history, sources.map(targetOf), options, live);
    else await addRange(history, options, live);
    return history;
  } finally {
    teller.end();
    removeHandlers();
  }
}

function kindOf(sources: readonly string[], { from }: SourceOptions): Kind {
  const pages = sources.filter((source) => /^https?:\/\//.test(source)).length;
  if (from !== undefined && sources.length > 0)
    throw new UsageError(`sources are ${sources.join(', ')}, and --from is given; needs one or the other`);
  if (from !== undefined) return 'stored';
  if (sources.length === 0)
    throw new UsageError('what to learn from is missing: files, addresses of pages, or --from');
  if (pages > 0 && pages < sources.length)
    throw new UsageError(
      'files and live pages do not go together; keep pages with --keep, and learn from those',
    );
  return pages > 0 ? 'pages' : 'files';
}

/** `dropLabels` as it is written: `--drop-labels`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

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

/** Options that only one kind of source has. */
const OWN_OPTIONS = {
  files: ['interval'],
  pages: ['every', 'for', 'keep'],
  stored: ['match', 'range', 'to', 'step', 'dropLabels'],
} as const satisfies Record<string, readonly (keyof SourceOptions)[]>;

type Kind = keyof typeof OWN_OPTIONS;

const KINDS: Readonly<Record<Kind, string>> = {
  files: 'files',
  pages: 'live pages (http://...)',
  stored: 'stored samples (--from)',
};

/** Reads of all sources what there is; those that are live until their time is over, or until the first Ctrl-C. */
export async function readSources(sources: readonly string[], options: SourceOptions): Promise<History> {
  const kind = kindOf(sources, options);
  for (const [other, names] of Object.entries(OWN_OPTIONS))
    for (const name of names)
      if (other !== kind && options[name] !== undefined)
        throw new UsageError(`${flagOf(name)} is of ${KINDS[other as Kind]}, and these are ${KINDS[kind]}`);
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

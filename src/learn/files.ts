/** Pages from files: which there are, when each was taken, and what they hold. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page, PageFormat } from '../wire/page.ts';
import { createPageParser } from '../wire/parse.ts';
import { LyrebirdError } from '../util/errors.ts';
import { addPage, type History } from './history.ts';

export interface FilesOptions {
  /** Time between files, in place of what they tell. */
  readonly intervalMs?: number | undefined;
  /** Whether a line that breaks a rule of its format is an error. Default: it is a note of the history. */
  readonly strict?: boolean | undefined;
  /** Told of files that were read, of so many in all. */
  readonly onFile?: ((files: number, of: number) => void) | undefined;
}

/** Adds the pages of files and of the .prom files of directories, in the order of their names. */
export function addFiles(
  history: History,
  sources: readonly string[],
  { intervalMs, strict = false, onFile }: FilesOptions = {},
): void {
  const files = sources.flatMap(filesOf);
  let lastMs = Number.NEGATIVE_INFINITY;
  let last = '';
  for (const [index, file] of files.entries()) {
    const timeMs = intervalMs === undefined ? timeOf(file) : index * intervalMs;
    const page = readPage(file);
    if (strict) refuseProblems(file, page);
    const isTimed = page.families.every(({ points }) =>
      points.every((point) => point.timestampMs !== undefined),
    );
    if (timeMs <= lastMs && !isTimed)
      throw new LyrebirdError(
        'times_not_ascending',
        `${file} is of ${new Date(timeMs).toISOString()}, not after ${last} before it; files are read in the order of their names, ` +
          `and a copy or a clone resets their times: give the time between them ${HOW_TO_GIVE_IT}`,
      );
    addPage(history, page, timeMs, file);
    lastMs = timeMs;
    last = file;
    onFile?.(index + 1, files.length);
  }
}

/** For messages: where the time between samples may be given. */
const HOW_TO_GIVE_IT = 'with --interval, as --interval 5m, or interval_s of the section learned';

function filesOf(source: string): string[] {
  if (!isFolder(source)) return [source];
  const found = pagesIn(source);
  if (found.length > 0) return found;
  const inner = situationsIn(source).flatMap(({ name }) => name ?? []);
  throw new LyrebirdError(
    'source_empty',
    `${source} holds no .prom file, but folders of them (${inner.join(', ')}): name one, or have learned in a file learn them as situations`,
  );
}

/** The pages that lie in a folder, in the order of their names. Throws `source_unreadable`. */
function pagesIn(folder: string): string[] {
  return attempt(folder, () => readdirSync(folder))
    .filter((name) => name.endsWith('.prom'))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(folder, name));
}

/** Samples of one situation of a target. */
export interface Situation {
  /** That of its folder; `undefined` for pages that lie in the folder of samples itself. */
  readonly name: string | undefined;
  readonly folder: string;
  readonly files: readonly string[];
}

const SITUATION_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/**
 * What a folder of samples holds: pages, or folders of pages, each a situation, in the order of their names. Hidden folders and those
 * without pages are passed over. Throws a LyrebirdError for what cannot be read, and for a folder that holds both or nothing.
 */
export function situationsIn(folder: string): readonly Situation[] {
  const own = pagesIn(folder);
  const inner = readdirSync(folder)
    .filter((name) => !name.startsWith('.') && isFolder(join(folder, name)))
    .toSorted()
    .map((name) => ({ name, folder: join(folder, name), files: pagesIn(join(folder, name)) }))
    .filter(({ files }) => files.length > 0);
  for (const { name } of inner) {
    if (SITUATION_NAME.test(name)) continue;
    throw new LyrebirdError(
      'situation_unnamed',
      `${join(folder, name)} cannot be the name of a situation; it is letters, digits, _ and -, a letter or digit first`,
    );
  }
  const [first] = inner;
  if (own.length > 0 && first !== undefined)
    throw new LyrebirdError(
      'situations_mixed',
      `${folder} holds pages and the folder ${first.name} with pages; put those of each situation into a folder of its own`,
    );
  if (own.length > 0) return [{ name: undefined, folder, files: own }];
  if (first === undefined)
    throw new LyrebirdError('source_empty', `${folder} holds no .prom file, and no folder of them`);
  return inner;
}

function isFolder(path: string): boolean {
  return attempt(path, () => statSync(path).isDirectory());
}

/** A text that changes when the pages of a folder do. Throws what `situationsIn` throws. */
export function stateOf(folder: string): string {
  return situationsIn(folder)
    .flatMap(({ files }) => files)
    .map((file) => {
      const { ino, size, mtimeMs, ctimeMs } = attempt(file, () => statSync(file));
      return [file, ino, size, mtimeMs, ctimeMs].join(' ');
    })
    .join('\n');
}

function attempt<T>(path: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const hint = /^[\w.-]+:\d/.test(path)
      ? `; an address begins with http:// or https://, as http://${path}`
      : '';
    throw new LyrebirdError('source_unreadable', `${path} cannot be read: ${code}${hint}`, { cause: error });
  }
}

/**
 * The time in a file's name (`20260101T120000`, `2026-01-01_12-00-00`, with a fraction `12-00-00.250`, seconds or milliseconds since
 * 1970), else its mtime.
 */
export function timeOf(file: string): number {
  const name = basename(file);
  const parts = DATED.exec(name);
  if (parts !== null) {
    const [, year, month, day, hour, minute, second = '00', fraction = '0'] = parts;
    const dated = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}Z`);
    if (!Number.isNaN(dated)) return dated;
  }
  const [, epoch] = /(?<!\d)(1\d{9}|1\d{12})(?!\d)/.exec(name) ?? [];
  if (epoch !== undefined) return Number(epoch) * (epoch.length === 10 ? 1000 : 1);
  return statSync(file).mtimeMs;
}

/** Years of this century: seconds and milliseconds since 1970 begin with other digits for a while. */
const DATED =
  /(?<!\d)(20\d\d)-?(\d\d)-?(\d\d)[T_ -]?(\d\d)[:_-]?(\d\d)(?:[:_-]?(\d\d)(?:\.(\d{1,3})(?!\d))?)?/;

/** The name of the file that a page is kept in, which tells its time. */
export function fileNameOf(timeMs: number): string {
  return `${new Date(timeMs).toISOString().replaceAll(':', '-')}.prom`;
}

/** Lines of a broken page that are told. */
const PROBLEMS_SHOWN = 3;

function refuseProblems(file: string, { problems }: Page): void {
  if (problems.length === 0) return;
  const shown = problems.slice(0, PROBLEMS_SHOWN).map(({ line, message }) => `${file}:${line}: ${message}`);
  const more = problems.length - shown.length;
  throw new LyrebirdError(
    'sample_broken',
    `${shown.join('; ')}${more > 0 ? `; and ${more} more lines` : ''}`,
  );
}

const CHUNK_BYTES = 2 ** 20;

/** Reads a page piece by piece. The format is that of its end. */
function readPage(file: string): Page {
  const handle = attempt(file, () => openSync(file, 'r'));
  try {
    const parser = createPageParser(formatOf(handle));
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const length = attempt(file, () => readSync(handle, chunk));
      if (length === 0) return parser.end();
      parser.push(chunk.subarray(0, length));
    }
  } finally {
    closeSync(handle);
  }
}

function formatOf(handle: number): PageFormat {
  const { size } = fstatSync(handle);
  const end = Buffer.alloc(16);
  const length = readSync(handle, end, 0, 16, Math.max(0, size - 16));
  return /# EOF\n?$/.test(end.toString('latin1', 0, length)) ? 'openmetrics' : 'text';
}

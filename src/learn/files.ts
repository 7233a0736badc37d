/** Pages from files: which there are, when each was taken, and what they hold. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Page, PageFormat } from '../wire/page.ts';
import { createPageParser } from '../wire/parse.ts';
import { LyrebirdError } from '../util/errors.ts';
import { addPage, type History } from './history.ts';

/** Adds the pages of files and of the .prom files of directories, in the order of their names. */
export async function addFiles(
  history: History,
  sources: readonly string[],
  { intervalMs }: { readonly intervalMs?: number | undefined } = {},
): Promise<void> {
  const files = sources.flatMap(filesOf);
  let lastMs = Number.NEGATIVE_INFINITY;
  let last = '';
  for (const [index, file] of files.entries()) {
    const timeMs = intervalMs === undefined ? timeOf(file) : index * intervalMs;
    const page = await readPage(file);
    const isTimed = page.families.every(({ points }) =>
      points.every((point) => point.timestampMs !== undefined),
    );
    if (timeMs <= lastMs && !isTimed)
      throw new LyrebirdError(
        'times_not_ascending',
        `${file} is of ${new Date(timeMs).toISOString()}, not after ${last} before it; files are read in the order of their names, ` +
          'and a copy or a clone resets their times: give the time between them with --interval, as --interval 5m',
      );
    addPage(history, page, timeMs, file);
    lastMs = timeMs;
    last = file;
  }
}

function filesOf(source: string): string[] {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(source).isDirectory();
  } catch (error) {
    throw new LyrebirdError(
      'source_unreadable',
      `${source} cannot be read: ${(error as NodeJS.ErrnoException).code}`,
    );
  }
  if (!isDirectory) return [source];
  const found = readdirSync(source)
    .filter((name) => name.endsWith('.prom'))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(source, name));
  if (found.length === 0) throw new LyrebirdError('source_empty', `${source} holds no .prom file`);
  return found;
}

/** The time in a file's name (`20260101T120000`, `2026-01-01_12-00-00`, seconds or milliseconds since 1970), else its mtime. */
export function timeOf(file: string): number {
  const name = basename(file);
  const parts = /(\d{4})-?(\d\d)-?(\d\d)[T_ -]?(\d\d)[:_-]?(\d\d)(?:[:_-]?(\d\d))?/.exec(name);
  if (parts !== null) {
    const [, year, month, day, hour, minute, second = '00'] = parts;
    const dated = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (!Number.isNaN(dated)) return dated;
  }
  const [, epoch] = /(?<!\d)(1\d{9}|1\d{12})(?!\d)/.exec(name) ?? [];
  if (epoch !== undefined) return Number(epoch) * (epoch.length === 10 ? 1000 : 1);
  return statSync(file).mtimeMs;
}

/** Reads a page as it streams in. The format is that of its end. */
async function readPage(file: string): Promise<Page> {
  const parser = createPageParser(await formatOf(file));
  for await (const chunk of createReadStream(file)) parser.push(chunk as Uint8Array);
  return parser.end();
}

async function formatOf(file: string): Promise<PageFormat> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, Math.max(0, size - 16));
    return /# EOF\n?$/.test(buffer.toString('latin1', 0, bytesRead)) ? 'openmetrics' : 'text';
  } finally {
    await handle.close();
  }
}

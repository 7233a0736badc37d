/** Writes the journal of a run to a file. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { LyrebirdError } from '../../util/errors.ts';
import type { Line } from './lines.ts';

export interface Journal {
  /** Of the program that writes it. */
  readonly version: string;
  /** Takes a line; it is in the file after the next `flush`. */
  write(line: Line): void;
  /**
   * Writes what is waiting; it is then safe from the end of this process, and when an action or the like is among it, on the
   * disk. Rejects with `journal_failed`.
   */
  flush(): Promise<void>;
  /** Writes what is waiting to the disk, and closes the file. */
  close(): Promise<void>;
}

export interface JournalOptions {
  readonly version: string;
  /** Takes the place of a file that is there. */
  readonly overwrite?: boolean | undefined;
}

/** Lines that say what was seen. A run can be had again without them, so they do not wait for the disk. */
const WITNESSES: ReadonlySet<Line['line']> = new Set(['scrape', 'fault', 'account']);

/** Opens a journal. Throws `journal_exists` unless it may be overwritten, and `journal_failed`. */
export async function openJournal(
  path: string,
  { version, overwrite = false }: JournalOptions,
): Promise<Journal> {
  const file = await open(path, overwrite ? 'w' : 'wx').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new LyrebirdError(
        'journal_exists',
        `${path} is there already; --journal-overwrite takes its place`,
      );
    throw failure(path, error);
  });
  let waiting: string[] = [];
  let isUrgent = false;
  let last: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const text = waiting.join('');
    const sync = isUrgent;
    waiting = [];
    isUrgent = false;
    try {
      await file.appendFile(text);
      if (sync) await file.datasync();
    } catch (error) {
      throw failure(path, error);
    }
  };
  const inTurn = (): Promise<void> => {
    last = last.then(flush);
    return last;
  };
  const write = (line: Line): void => {
    waiting.push(`${JSON.stringify(line)}\n`);
    isUrgent ||= !WITNESSES.has(line.line);
  };

  return {
    version,
    write,
    flush: inTurn,
    async close() {
      isUrgent = true;
      try {
        await inTurn();
      } finally {
        await file.close();
      }
    },
  };
}

export function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function failure(path: string, cause: unknown): LyrebirdError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LyrebirdError('journal_failed', `the journal ${path} cannot be written: ${reason}`, { cause });
}

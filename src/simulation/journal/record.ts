/** Reads the journal of a run. */
import { readFileSync } from 'node:fs';
import { LyrebirdError } from '../../util/errors.ts';
import { sha256Of } from './journal.ts';
import type { ActionLine, EndLine, GapLine, HeaderLine, Line, StartLine } from './lines.ts';

export interface RunRecord {
  readonly header: HeaderLine;
  /** None when the run ended before its first tick. */
  readonly start: StartLine | undefined;
  /** In the order in which they were taken. */
  readonly actions: readonly ActionLine[];
  readonly gaps: readonly GapLine[];
  readonly end: EndLine | undefined;
  /** How many lines there are of each kind. */
  readonly counts: ReadonlyMap<Line['line'], number>;
  /** The last tick that a line tells of; -1 when none does. */
  readonly lastTick: number;
  /** What is odd about the file and does not keep it from being read. */
  readonly warnings: readonly string[];
}

/** Reads a journal. A last line that was cut short is left out, with a warning. Throws `journal_invalid`. */
export function readRecord(path: string): RunRecord {
  const warnings: string[] = [];
  const lines = linesOf(path, warnings);
  const [header] = lines;
  if (header?.line !== 'header') throw invalid(path, 1, 'is no header of a journal');
  if ((header.journal as number) !== 1)
    throw invalid(path, 1, `has version ${header.journal} of the format; this program reads 1`);
  if (sha256Of(JSON.stringify(header.config)) !== header.config_sha256)
    throw invalid(path, 1, 'config is not what config_sha256 says');
  const counts = new Map<Line['line'], number>();
  for (const { line } of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const all = <Kind extends Line['line']>(kind: Kind) =>
    lines.filter((line): line is Extract<Line, { line: Kind }> => line.line === kind);
  return {
    header,
    start: all('start').at(-1),
    actions: all('action'),
    gaps: all('gap'),
    end: all('end').at(-1),
    counts,
    lastTick: lines.reduce((last, line) => Math.max(last, tickOf(line)), -1),
    warnings,
  };
}

function linesOf(path: string, warnings: string[]): Line[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new LyrebirdError('journal_invalid', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const texts = text.split('\n');
  // A whole file ends with the end of a line.
  const rest = texts.pop();
  if (rest !== '') {
    warnings.push(
      `${path}:${texts.length + 1}: the last line is cut short and left out: the run was ended while it was written`,
    );
  }
  return texts.map((one, index) => {
    try {
      return JSON.parse(one) as Line;
    } catch {
      throw invalid(path, index + 1, 'is no JSON');
    }
  });
}

/** The last tick that had run when a line was written. */
function tickOf(line: Line): number {
  switch (line.line) {
    case 'start':
      return 0;
    case 'action':
      return line.tick - 1;
    case 'gap':
      return line.from_tick - 1;
    case 'scrape':
      return line.tick ?? -1;
    case 'account':
    case 'end':
      return line.tick;
    default:
      return -1;
  }
}

function invalid(path: string, line: number, message: string): LyrebirdError {
  return new LyrebirdError('journal_invalid', `${path}:${line}: ${message}`);
}

/** Log lines: JSON for programs, or text for people. */
import { styleText } from 'node:util';

import { pino, stdTimeFunctions, type Logger } from 'pino';

import type { LogLevel } from '../config/global.ts';
import { createHide } from '../util/secrets.ts';
import type { Terminal } from './terminal.ts';

export interface LogOptions {
  readonly terminal: Terminal;
  readonly format: 'text' | 'json';
  readonly level: LogLevel;
  /** Texts that are never printed. */
  readonly secrets: readonly string[];
}

export interface Log {
  readonly logger: Logger;
  setLevel(level: LogLevel): void;
  /** Further texts that are never printed. */
  addSecrets(secrets: readonly string[]): void;
}

/** Everything is written at once and on this thread, so that the last line before an end is there. */
export function createLog({ terminal, format, level, secrets }: LogOptions): Log {
  const hidden = new Set(secrets);
  let hide = createHide(hidden);
  const isColoured = terminal.isLive && process.env['NO_COLOR'] === undefined;
  const logger = pino(
    {
      level: level.toLowerCase(),
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line: string) {
        const text = hide(line.trimEnd());
        terminal.print(format === 'json' ? text : formatLine(JSON.parse(text) as LogLine, isColoured));
      },
    },
  );
  return {
    logger,
    setLevel(next) {
      logger.level = next.toLowerCase();
    },
    addSecrets(further) {
      for (const secret of further) hidden.add(secret);
      hide = createHide(hidden);
    },
  };
}

interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly err?: { readonly type: string; readonly message: string; readonly stack: string };
}

const COLOURS = { warn: 'yellow', error: 'red', fatal: 'red' } as const;

/** `12:00:01 WARN  message`; times are UTC, as in JSON. Fields are left out: messages say what is in them. */
function formatLine({ level, time, msg = '', err }: LogLine, isColoured: boolean): string {
  const line = `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${msg}`;
  const colour = COLOURS[level as keyof typeof COLOURS] as 'yellow' | 'red' | undefined;
  const coloured = isColoured && colour !== undefined ? styleText(colour, line) : line;
  return err === undefined
    ? coloured
    : `${coloured}\n${err.type === 'LyrebirdError' ? err.message : err.stack}`;
}

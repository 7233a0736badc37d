/** How a command ends that cannot go on: what is printed, and the exit code. */
import { CommanderError } from 'commander';

import { ConfigError, LyrebirdError } from '../util/errors.ts';

/** 0: done. 1: the run failed. 2: the command line or the configuration is wrong. */
export type ExitCode = 0 | 1 | 2;

/** A command line whose options do not go together. */
export class UsageError extends LyrebirdError {
  constructor(message: string) {
    super('usage', message);
  }
}

/** Refused before anything runs, and to be mended in the file. */
const CONFIG_CODES: ReadonlySet<string> = new Set([
  'address_invalid',
  'config_invalid',
  'client_cannot_express',
  'invalid_header',
  'journal_exists',
  'shard_without_epoch',
  'source_unreadable',
  'state_invalid',
  'tls_file_invalid',
  'tls_file_unreadable',
  'tls_key_mismatch',
  'usage',
]);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof LyrebirdError && CONFIG_CODES.has(error.code) ? 2 : 1;
}

/** What to print: the message of a mistake that the user can mend, the stack of one that is ours. */
export function describeFailure(error: unknown): string | undefined {
  // The parser of the command line has printed its own.
  if (error instanceof CommanderError) return undefined;
  if (error instanceof ConfigError) return error.message;
  if (error instanceof LyrebirdError) return `lyrebird: ${error.message}`;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `lyrebird: an error that was not foreseen; please report it\n${text}`;
}

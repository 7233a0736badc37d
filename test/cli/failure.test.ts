import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';

import { describeFailure, exitCodeOf, UsageError } from '../../src/cli/failure.ts';
import { ConfigError, LyrebirdError } from '../../src/util/errors.ts';

const PROBLEMS = [
  { place: 'a.yaml:2:3', path: 'global.seed', message: 'is "x"; needs a whole number' },
  { place: 'a.yaml:4:1', message: 'unknown key metric' },
];

describe('how a command ends', () => {
  it.each([
    ['help was asked for', new CommanderError(0, 'commander.help', ''), 0],
    ['an unknown option', new CommanderError(1, 'commander.unknownOption', ''), 2],
    ['options that do not go together', new UsageError('no'), 2],
    ['a wrong configuration', new ConfigError(PROBLEMS), 2],
    ['a client that cannot show the metrics', new LyrebirdError('client_cannot_express', 'no'), 2],
    ['a header that cannot be sent', new LyrebirdError('invalid_header', 'no'), 2],
    ['a certificate that is not there', new LyrebirdError('tls_file_unreadable', 'no'), 2],
    ['a certificate that is none', new LyrebirdError('tls_file_invalid', 'no'), 2],
    ['a key of another certificate', new LyrebirdError('tls_key_mismatch', 'no'), 2],
    ['a journal that is there already', new LyrebirdError('journal_exists', 'no'), 2],
    ['samples that cannot be read', new LyrebirdError('source_unreadable', 'no'), 2],
    ['a port in use', new LyrebirdError('cannot_listen', 'no'), 1],
    ['a run that is too late', new LyrebirdError('too_late', 'no'), 1],
    ['a fault of ours', new TypeError('no'), 1],
  ])('%s', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('what is printed', () => {
  it('of a configuration is every mistake with its position', () => {
    expect(describeFailure(new ConfigError(PROBLEMS))).toBe(
      'a.yaml:2:3 global.seed: is "x"; needs a whole number\na.yaml:4:1: unknown key metric',
    );
  });

  it('of what the user can mend is no stack', () => {
    expect(describeFailure(new LyrebirdError('cannot_listen', 'the port is in use'))).toBe(
      'lyrebird: the port is in use',
    );
  });

  it('of a fault of ours is the stack', () => {
    expect(describeFailure(new TypeError('broken'))).toMatch(/please report it\nTypeError: broken\n +at /);
  });

  it('of the command line is nothing more than its parser has printed', () => {
    expect(describeFailure(new CommanderError(1, 'commander.unknownOption', 'x'))).toBeUndefined();
  });
});

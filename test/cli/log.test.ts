import { describe, expect, it } from 'vitest';

import { createLog, type LogOptions } from '../../src/cli/log.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { LyrebirdError } from '../../src/util/errors.ts';

function createTestLog(options: Partial<LogOptions> = {}) {
  let written = '';
  const terminal = createTerminal({ write: (text) => (written += text) });
  const log = createLog({ terminal, format: 'json', level: 'INFO', secrets: [], ...options });
  return { ...log, lines: () => written.split('\n').slice(0, -1) };
}

describe('json', () => {
  it('is one object a line, with the level by name and the time in UTC', () => {
    const { logger, lines } = createTestLog();
    logger.info({ tick: 5 }, 'hello');
    logger.warn('careful');
    expect(lines().map((line) => JSON.parse(line) as unknown)).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/) as string, tick: 5, msg: 'hello' },
      { level: 'warn', time: expect.any(String) as string, msg: 'careful' },
    ]);
  });
});

describe('text', () => {
  it('is time, level and message', () => {
    const { logger, lines } = createTestLog({ format: 'text' });
    logger.info({ tick: 5 }, 'hello');
    logger.warn('careful');
    expect(lines()[0]).toMatch(/^\d\d:\d\d:\d\d INFO {2}hello$/);
    expect(lines()[1]).toMatch(/^\d\d:\d\d:\d\d WARN {2}careful$/);
  });

  it('shows the stack of an error, but of one that the user can mend the message alone', () => {
    const { logger, lines } = createTestLog({ format: 'text' });
    logger.error({ err: new LyrebirdError('cannot_listen', 'the port is in use') }, 'sink x did not start');
    expect(lines().slice(1)).toEqual(['the port is in use']);
    logger.error({ err: new TypeError('broken') }, 'a fault');
    expect(lines()[3]).toBe('TypeError: broken');
    expect(lines()[4]).toMatch(/^ +at /);
  });
});

describe('levels', () => {
  it('leaves out what is less important, until told otherwise', () => {
    const { logger, setLevel, lines } = createTestLog({ level: 'WARN' });
    logger.info('no');
    setLevel('DEBUG');
    logger.debug('yes');
    setLevel('FATAL');
    logger.error('no');
    expect(lines()).toEqual([expect.stringContaining('"msg":"yes"')]);
  });
});

describe('secrets', () => {
  it.each(['hunter2', 'with "quotes" and \\', 'two\nlines'])('never prints %j', (secret) => {
    for (const format of ['json', 'text'] as const) {
      const { logger, lines } = createTestLog({ format, secrets: [secret] });
      logger.info({ header: secret }, `sent ${secret} to the backend`);
      const text = lines().join('\n');
      expect(text).toContain('sent *** to the backend');
      expect(text).not.toContain(secret);
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });
});

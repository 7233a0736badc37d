import { describe, expect, it } from 'vitest';

import { yieldFirst, yieldNow } from '../../src/util/turns.ts';

describe('yieldNow', () => {
  it('lets an immediate that was asked for before run first', async () => {
    const log: string[] = [];
    setImmediate(() => log.push('other'));
    await yieldNow();
    log.push('after');
    expect(log).toEqual(['other', 'after']);
  });

  it('lets what waits besides run between two who wait here, in the order of asking', async () => {
    const log: string[] = [];
    const inSlices = async (name: string): Promise<void> => {
      for (let slice = 0; slice < 3; slice++) {
        await yieldNow();
        log.push(name);
      }
    };
    let isDone = false;
    const besides = (): void => {
      log.push('-');
      if (!isDone) setImmediate(besides);
    };
    setImmediate(besides);
    await Promise.all(['tick', 'page', 'export'].map(inSlices));
    isDone = true;
    expect(log.join(' ')).toBe('- tick - page - export - tick - page - export - tick - page - export');
  });

  const done = async (name: string, turn: () => Promise<void>, log: string[]): Promise<void> => {
    for (let slice = 0; slice < 5; slice++) {
      await turn();
      log.push(name);
    }
  };

  it('lets ticks go first, three times out of four', async () => {
    const log: string[] = [];
    await Promise.all([
      done('page', yieldNow, log),
      done('export', yieldNow, log),
      done('tick', yieldFirst, log),
    ]);
    expect(log.join(' ')).toBe(
      'tick tick tick page tick tick export page export page export page export page export',
    );
  });
});

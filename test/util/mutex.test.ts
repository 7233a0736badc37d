import { describe, expect, it } from 'vitest';

import { createMutex, yieldNow } from '../../src/util/mutex.ts';

describe('a mutex', () => {
  it('runs one task at a time, in the order of asking', async () => {
    const mutex = createMutex();
    const log: string[] = [];
    const task = (name: string, turns: number) => async (): Promise<string> => {
      log.push(`${name} begins`);
      for (let turn = 0; turn < turns; turn++) await yieldNow();
      log.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all([
      mutex.run(task('a', 5)),
      mutex.run(task('b', 0)),
      mutex.run(task('c', 1)),
    ]);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(results).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('passes on the failure of a task that %s, and goes on with the next', async (_, task) => {
    const mutex = createMutex();
    const failed = mutex.run(task);
    const next = mutex.run(() => 7);
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe(7);
  });

  it('begins a task after the call that asked for it has returned', async () => {
    const mutex = createMutex();
    let begun = false;
    const done = mutex.run(() => {
      begun = true;
    });
    expect(begun).toBe(false);
    await done;
    expect(begun).toBe(true);
  });
});

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
});

import { describe, expect, it } from 'vitest';

import { createMutex } from '../../src/util/mutex.ts';
import { yieldNow } from '../../src/util/turns.ts';

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

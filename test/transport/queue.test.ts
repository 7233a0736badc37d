import { describe, expect, it } from 'vitest';

import { createQueue } from '../../src/transport/queue.ts';

describe('a queue', () => {
  it('holds so many entries, the one being worked on included, in order', async () => {
    const queue = createQueue<string>(2);
    expect([queue.offer('a'), queue.offer('b'), queue.offer('c')]).toEqual([true, true, false]);
    expect(await queue.head()).toBe('a');
    expect([queue.full, queue.size]).toEqual([true, 2]);
    queue.drop();
    expect(queue.full).toBe(false);
    expect(queue.offer('d')).toBe(true);
    expect(await queue.head()).toBe('b');
  });

  it('wakes who waits for an entry', async () => {
    const queue = createQueue<string>(1);
    const head = queue.head();
    queue.offer('a');
    expect(await head).toBe('a');
  });

  it('when closed gives out what it holds, takes nothing more, and then ends', async () => {
    const queue = createQueue<string>(2);
    queue.offer('a');
    queue.close();
    expect(queue.offer('b')).toBe(false);
    expect(await queue.head()).toBe('a');
    queue.drop();
    expect(await queue.head()).toBeUndefined();
  });

  it('when closed ends the waiting of who finds it empty', async () => {
    const queue = createQueue<string>(1);
    const head = queue.head();
    queue.close();
    expect(await head).toBeUndefined();
  });
});

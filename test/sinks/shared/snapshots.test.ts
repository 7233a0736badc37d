import { describe, expect, it } from 'vitest';

import { createSnapshotPool, type Lease } from '../../../src/sinks/shared/snapshots.ts';
import type { ScalarColumn } from '../../../src/series/column.ts';
import type { FamilyFrame } from '../../../src/series/frame.ts';
import { createPageEncoder } from '../../../src/wire/exposition.ts';
import { createLabelStore } from '../../../src/wire/labels.ts';
import { createTestContext } from '../../support/context.ts';
import { changeBetween, createFrame, nextFrame, type FamilyInput } from '../../support/frames.ts';

const level = (value: number): FamilyInput[] => [{ name: 'level', type: 'gauge', series: [{ value }] }];

/** A pool, and a way to have the next tick. */
async function createStage() {
  const context = createTestContext();
  let frame = createFrame(level(1), { tick: 1 });
  context.frame = frame;
  const pool = createSnapshotPool(createLabelStore(), context);
  await pool.follow(frame.families.map(({ family }) => family));
  const tick = (): void => {
    frame = nextFrame(frame, level(frame.tick + 1));
    context.frame = frame;
  };
  return { context, pool, tick };
}

const valueOf = ({ frame }: Lease): number =>
  ((frame.families[0] as FamilyFrame).column as ScalarColumn).values[0] as number;

/** Settled by now: a few turns of the event loop are enough for everything that waits for nothing else. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turns = async (): Promise<symbol> => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    return pending;
  };
  return (await Promise.race([promise, turns()])) === pending;
}

describe('snapshots', () => {
  it('stay as they were while ticks go on', async () => {
    const { pool, tick } = await createStage();
    const lease = await pool.acquire();
    tick();
    expect(lease.frame.tick).toBe(1);
    expect(valueOf(lease)).toBe(1);
  });

  it('are shared by readers of one tick, who ask one after the other or at once', async () => {
    const { pool } = await createStage();
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()]);
    const third = await pool.acquire();
    expect(second?.frame).toBe(first?.frame);
    expect(third.frame).toBe(first?.frame);
  });

  it('are at most two: the reader of a third tick waits for a release and gets the tick of then', async () => {
    const { pool, tick } = await createStage();
    const first = await pool.acquire();
    tick();
    const second = await pool.acquire();
    expect(second.frame).not.toBe(first.frame);
    tick();
    const third = pool.acquire();
    expect(await isPending(third)).toBe(true);
    tick();
    first.release();
    expect((await third).frame.tick).toBe(4);
    expect(valueOf(await third)).toBe(4);
    expect(valueOf(second)).toBe(2);
  });

  it('of two readers are free only when both have released it', async () => {
    const { pool, tick } = await createStage();
    const leases = [await pool.acquire(), await pool.acquire()];
    tick();
    await pool.acquire();
    tick();
    const next = pool.acquire();
    leases[0]?.release();
    expect(await isPending(next)).toBe(true);
    leases[1]?.release();
    expect((await next).frame.tick).toBe(3);
  });

  it('are taken again for later ticks', async () => {
    const { pool, tick } = await createStage();
    const frames = new Set();
    for (let i = 1; i <= 5; i++) {
      const lease = await pool.acquire();
      expect(valueOf(lease)).toBe(i);
      frames.add(lease.frame);
      lease.release();
      tick();
    }
    expect(frames.size).toBe(1);
  });

  it('are not to be had before the first frame', async () => {
    const { context, pool } = await createStage();
    context.frame = undefined;
    await expect(pool.acquire()).rejects.toThrow('the first tick is not done yet');
  });

  it('that could not be copied are not shown to anybody', async () => {
    const { context, pool } = await createStage();
    const { frame } = context;
    const families = frame?.families.map((one) => ({
      ...one,
      get column(): never {
        throw new Error('broken column');
      },
    }));
    context.frame = { ...frame, families } as unknown as NonNullable<typeof frame>;
    await expect(pool.acquire()).rejects.toThrow('broken column');
    context.frame = frame;
    expect(valueOf(await pool.acquire())).toBe(1);
  });

  it('of an earlier tick keep their labels and families while both become others', async () => {
    const pods = (pod: string): FamilyInput => ({
      name: 'up',
      type: 'gauge',
      turnover: 'pod',
      series: [{ labels: { pod }, value: 1 }],
    });
    const context = createTestContext();
    const pool = createSnapshotPool(createLabelStore(), context);
    const pages: (() => string)[] = [];
    let frame = createFrame([], { tick: 0 });
    for (const inputs of [[pods('a')], [pods('b'), ...level(1)], level(2)]) {
      const before = frame;
      frame = nextFrame(before, inputs);
      const change = changeBetween(before, frame, inputs);
      if (change !== undefined) await pool.follow(change.families);
      context.frame = frame;
      if (pages.length === 2) continue;
      const { frame: shown, labels } = await pool.acquire();
      const chunks = createPageEncoder({ format: 'text' }).encode(shown, labels);
      pages.push(() => Array.from(chunks, String).join(''));
    }
    expect(pages.map((read) => read())).toEqual([
      '# TYPE up gauge\nup{pod="a"} 1\n',
      '# TYPE up gauge\nup{pod="b"} 1\n# TYPE level gauge\nlevel 1\n',
    ]);
  });

  it('let go of the memory of families that are gone when nobody reads them, and keep that of others', async () => {
    const two = (value: number): FamilyInput[] => [
      ...level(value),
      { ...level(value)[0], name: 'other' } as FamilyInput,
    ];
    const context = createTestContext();
    const first = createFrame(two(1), { tick: 1 });
    context.frame = first;
    const pool = createSnapshotPool(createLabelStore(), context);
    await pool.follow(first.families.map(({ family }) => family));
    const lease = await pool.acquire();
    const [kept] = lease.frame.families;
    const inputs = level(2);
    const second = nextFrame(first, inputs);
    await pool.follow(second.families.map(({ family }) => family));
    expect(lease.frame.families).toHaveLength(2);
    lease.release();
    expect(lease.frame.families).toHaveLength(1);
    expect(lease.frame.families[0]).toBe(kept);
    context.frame = second;
    expect(valueOf(await pool.acquire())).toBe(2);
  });
});

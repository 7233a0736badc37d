/** Snapshots of the current frame for readers that take their time: at most two, shared by readers of one tick. */
import type { Family } from '../../series/family.ts';
import type { Frame } from '../../series/frame.ts';
import { createSnapshot, type Snapshot } from '../../series/snapshot.ts';
import type { SinkContext } from '../sink.ts';

const MAX_SNAPSHOTS = 2;

export interface Lease {
  /** Whole, and unchanged until it is released. */
  readonly frame: Frame;
  /** Call once. */
  release(): void;
}

export interface SnapshotPool {
  /**
   * The state after the last tick. When readers hold two earlier ticks it waits until one is released. Rejects as
   * `SinkContext.read` does.
   */
  acquire(): Promise<Lease>;
}

interface Held {
  readonly snapshot: Snapshot;
  readers: number;
}

export function createSnapshotPool(
  families: readonly Family[],
  context: Pick<SinkContext, 'read' | 'yieldNow'>,
): SnapshotPool {
  const all: Held[] = [];
  let waiting: (() => void)[] = [];

  const lease = (held: Held): Lease => {
    held.readers++;
    return {
      frame: held.snapshot,
      release() {
        held.readers--;
        if (held.readers > 0) return;
        const ready = waiting;
        waiting = [];
        for (const wake of ready) wake();
      },
    };
  };

  const free = (): Held | undefined => {
    const idle = all.find(({ readers }) => readers === 0);
    if (idle !== undefined || all.length === MAX_SNAPSHOTS) return idle;
    const created = { snapshot: createSnapshot(families), readers: 0 };
    all.push(created);
    return created;
  };

  /** Reads come one at a time, so that no two copy the same tick. */
  const take = async (frame: Frame): Promise<Lease | { readonly released: Promise<void> }> => {
    const same = all.find(({ snapshot }) => snapshot.tick === frame.tick);
    if (same !== undefined) return lease(same);
    const held = free();
    if (held === undefined) {
      return { released: new Promise((resolve) => waiting.push(resolve)) };
    }
    try {
      await held.snapshot.copy(frame, context.yieldNow);
    } catch (error) {
      all.splice(all.indexOf(held), 1);
      throw error;
    }
    return lease(held);
  };

  return {
    async acquire() {
      for (;;) {
        const taken = await context.read(take);
        if (!('released' in taken)) return taken;
        // Not within the read: the next tick would wait, too.
        await taken.released;
      }
    },
  };
}

/** Snapshots of the current frame for readers that take their time: at most two, shared by readers of one tick. */
import type { Family } from '../../series/family.ts';
import type { Frame } from '../../series/frame.ts';
import { createSnapshot, type Snapshot } from '../../series/snapshot.ts';
import { inSlices } from '../../util/slices.ts';
import type { LabelStore, PageLabels } from '../../wire/labels.ts';
import type { SinkContext } from '../sink.ts';

const MAX_SNAPSHOTS = 2;

export interface Lease {
  /** Whole, and unchanged until it is released. */
  readonly frame: Frame;
  /** Those of the frame's tick. */
  readonly labels: PageLabels;
  /** Call once. */
  release(): void;
}

export interface SnapshotPool {
  /**
   * Other families from the next tick on: makes ready the label bytes of new ones, and lets go of what nobody reads. To be
   * called before the first `acquire`, too, with no tick in between.
   */
  follow(families: readonly Family[]): Promise<void>;
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
  store: LabelStore,
  context: Pick<SinkContext, 'read' | 'yieldNow' | 'nowMs'>,
): SnapshotPool {
  const all: Held[] = [];
  let families: readonly Family[] = [];
  let waiting: (() => void)[] = [];

  const lease = (held: Held): Lease => {
    held.readers++;
    return {
      frame: held.snapshot,
      labels: store.current,
      release() {
        held.readers--;
        if (held.readers > 0) return;
        held.snapshot.follow(families);
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

  /** Reads come one at a time, so that no two copy the same tick, and no label changes meanwhile. */
  const take = async (frame: Frame): Promise<Lease | { readonly released: Promise<void> }> => {
    const same = all.find(({ snapshot }) => snapshot.tick === frame.tick);
    if (same !== undefined) return lease(same);
    const held = free();
    if (held === undefined) {
      return { released: new Promise((resolve) => waiting.push(resolve)) };
    }
    try {
      await inSlices(store.sync(), context);
      await held.snapshot.copy(frame, context.yieldNow);
    } catch (error) {
      all.splice(all.indexOf(held), 1);
      throw error;
    }
    return lease(held);
  };

  return {
    async follow(next) {
      await inSlices(store.follow(next), context);
      families = next;
      for (const { snapshot, readers } of all) if (readers === 0) snapshot.follow(next);
    },
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

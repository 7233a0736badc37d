/**
 * An executor that advances all sources on worker threads. Columns lie in shared memory; every worker owns a range of
 * slots of every source, so values, and their order on the page, are those of one thread (invariant 1).
 */
import { Worker } from 'node:worker_threads';
import type { Blueprint, Executor } from '../engine/executor.ts';
import type { Source } from '../series/source.ts';
import { LyrebirdError } from '../util/errors.ts';
import type { WorkerData, WorkerReply, WorkerRequest } from './protocol.ts';

/** Collects the memory of columns while the event loop makes its sources. */
export function createSharedMemory(): {
  readonly buffers: SharedArrayBuffer[];
  supply(bytes: number): SharedArrayBuffer;
} {
  const buffers: SharedArrayBuffer[] = [];
  return {
    buffers,
    supply(bytes) {
      const buffer = new SharedArrayBuffer(bytes);
      buffers.push(buffer);
      return buffer;
    },
  };
}

/** Starts `count` workers and waits until each has built its sources. `entry` is the worker's module. */
export async function createWorkerPool(
  entry: URL,
  { model, buffers, sources: initial }: Blueprint,
  count: number,
): Promise<Executor> {
  let sources: readonly Source[] = initial;
  const workers = Array.from({ length: count }, (_, index) => {
    const workerData: WorkerData = { model, buffers, index, count };
    return new Worker(entry, { workerData });
  });
  await Promise.all(workers.map(replyOf));

  const ask = async (request: WorkerRequest): Promise<void> => {
    await Promise.all(
      workers.map((worker) => {
        const reply = replyOf(worker);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage(request);
        return reply;
      }),
    );
  };
  return {
    start: (moment, only) =>
      ask({
        do: 'start',
        moment,
        only: only && [...only].map((source) => indexOf(sources, source)),
      }),
    advance: (moment, modulations) => ask({ do: 'advance', moment, modulations }),
    async change(change) {
      const known = [...sources, ...change.blueprints.flatMap((blueprint) => blueprint.sources)];
      await ask({
        do: 'change',
        blueprints: change.blueprints.map(({ model, buffers }) => ({ model, buffers })),
        order: change.sources.map((source) => indexOf(known, source)),
      });
      sources = change.sources;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function indexOf(known: readonly Source[], source: Source): number {
  const index = known.indexOf(source);
  if (index < 0) throw new RangeError(`workers have no source of ${source.family.name}`);
  return index;
}

/** The next reply of a worker; rejects when it failed, broke or left. */
function replyOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      outcome();
    };
    const onMessage = (reply: WorkerReply): void => {
      settle(() => {
        if ('failed' in reply) reject(new LyrebirdError('worker_failed', `a worker failed: ${reply.failed}`));
        else resolve();
      });
    };
    const onError = (error: Error): void => {
      settle(() => {
        reject(new LyrebirdError('worker_failed', `a worker failed: ${error.message}`, { cause: error }));
      });
    };
    const onExit = (code: number): void => {
      settle(() => {
        reject(new LyrebirdError('worker_failed', `a worker ended by itself with code ${code}`));
      });
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
  });
}

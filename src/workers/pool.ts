/**
 * An executor that advances all sources on worker threads. Columns lie in shared memory; every worker owns a range of
 * slots of every source, so values, and their order on the page, are those of one thread (invariant 1).
 */
import { Worker } from 'node:worker_threads';
import type { Executor } from '../engine/executor.ts';
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
  model: unknown,
  buffers: readonly SharedArrayBuffer[],
  count: number,
): Promise<Executor> {
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
    start: (moment) => ask({ do: 'start', moment }),
    advance: (moment, modulations) => ask({ do: 'advance', moment, modulations }),
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
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

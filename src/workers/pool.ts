/**
 * An executor that advances all sources on worker threads. Columns lie in shared memory; every worker owns a range of
 * slots of every source, so values, and their order on the page, are those of one thread (invariant 1).
 */
import { Worker } from 'node:worker_threads';
import type { Blueprint, Executor } from '../engine/executor.ts';
import type { Source } from '../series/source.ts';
import { LyrebirdError } from '../util/errors.ts';
import type { Asked, WorkerData, WorkerReply, WorkerRequest } from './protocol.ts';

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
export async function createWorkerPool(entry: URL, initial: Blueprint, count: number): Promise<Executor> {
  const threads = Array.from({ length: count }, (_, index) =>
    createThread(new Worker(entry, { workerData: { index, count } satisfies WorkerData })),
  );
  const ask = async (request: WorkerRequest): Promise<void> => {
    await Promise.all(threads.map((thread) => thread.ask(request)));
  };
  /** Of every source that workers have, or will have once it is built. */
  const numbers = new WeakMap<Source, number>();
  let given = 0;
  const numbersOf = (sources: Iterable<Source>): number[] =>
    Array.from(sources, (source) => {
      const number = numbers.get(source);
      if (number === undefined) throw new RangeError(`workers have no source of ${source.family.name}`);
      return number;
    });
  /** Made, and not among those that are advanced so far. */
  const ready = new Map<Blueprint, Promise<void>>();
  const prepare = (blueprint: Blueprint): Promise<void> => {
    const { model, buffers, sources, known } = blueprint;
    const building =
      ready.get(blueprint) ??
      ((): Promise<void> => {
        for (const source of sources) numbers.set(source, given++);
        const made = numbersOf(sources);
        return ask({ do: 'build', blueprint: { model, buffers, known: numbersOf(known), made } });
      })();
    ready.set(blueprint, building);
    return building;
  };
  const change: Executor['change'] = async ({ sources, blueprints }) => {
    for (const blueprint of blueprints) await prepare(blueprint);
    await ask({ do: 'change', order: numbersOf(sources) });
    // What came and went between the same two ticks.
    const kept = new Set(sources);
    const gone = blueprints.flatMap((blueprint) => blueprint.sources.filter((source) => !kept.has(source)));
    await ask({ do: 'release', made: numbersOf(gone) });
    for (const blueprint of blueprints) ready.delete(blueprint);
  };
  await change({ sources: initial.sources, blueprints: [initial] });

  return {
    prepare,
    async release(blueprint) {
      await ready.get(blueprint)?.catch(() => undefined);
      if (ready.delete(blueprint)) await ask({ do: 'release', made: numbersOf(blueprint.sources) });
    },
    start: (moment, only) => ask({ do: 'start', moment, only: only && numbersOf(only) }),
    advance: (moment, modulations) => ask({ do: 'advance', moment, modulations }),
    change,
    async close() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

/** A worker, and the requests that it has not answered. */
interface Thread {
  /** Rejects when the worker fails at it, breaks or leaves. Several may be under way. */
  ask(request: WorkerRequest): Promise<void>;
  terminate(): Promise<unknown>;
}

function createThread(worker: Worker): Thread {
  const open = new Map<number, { resolve(): void; reject(error: Error): void }>();
  let asked = 0;
  let broken: Error | undefined;
  const breakDown = (error: Error): void => {
    broken ??= error;
    for (const { reject } of open.values()) reject(broken);
    open.clear();
  };
  worker.on('message', ({ id, failed }: WorkerReply) => {
    const request = open.get(id);
    open.delete(id);
    if (failed === undefined) request?.resolve();
    else request?.reject(workerFailed(`a worker failed: ${failed}`));
  });
  worker.on('error', (error: Error) => breakDown(workerFailed(`a worker failed: ${error.message}`, error)));
  worker.on('exit', (code) => breakDown(workerFailed(`a worker ended by itself with code ${code}`)));
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) {
          reject(broken);
          return;
        }
        const id = asked++;
        open.set(id, { resolve, reject });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage({ id, request } satisfies Asked);
      }),
    terminate: () => worker.terminate(),
  };
}

function workerFailed(message: string, cause?: Error): LyrebirdError {
  return new LyrebirdError('worker_failed', message, { cause });
}

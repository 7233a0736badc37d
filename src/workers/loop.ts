/** The worker's side: sources over the shared memory, and a loop that does what it is asked. */
import { parentPort, workerData } from 'node:worker_threads';
import { SLICING } from '../engine/clock.ts';
import { stepWithBuffers } from '../series/allocate.ts';
import type { Modulation } from '../series/modulation.ts';
import { inputsFirst } from '../series/order.ts';
import type { Source } from '../series/source.ts';
import { inSlices } from '../util/slices.ts';
import type { Asked, WorkerBlueprint, WorkerData, WorkerReply, WorkerRequest } from './protocol.ts';

/** Makes sources of a model, beside those that are known already. */
export type Build = (model: unknown, known: readonly Source[]) => Generator<void, readonly Source[]>;

/** Builds sources over the memory that is handed in and advances them, until the thread is terminated. */
export function serveWorker(build: Build): void {
  const port = parentPort;
  if (port === null) throw new Error('this module is the entry of a worker thread');
  const { index, count } = workerData as WorkerData;
  const byNumber = new Map<number, Source>();
  let sources: readonly Source[] = [];
  let numbers: readonly number[] = [];
  let order: readonly number[] = [];

  const sourceOf = (number: number): Source => {
    const source = byNumber.get(number);
    if (source === undefined) throw new RangeError(`there is no source ${number}`);
    return source;
  };
  const rangeOf = (source: Source): readonly [number, number] => {
    const { size } = source.family;
    return [Math.floor((index * size) / count), Math.floor(((index + 1) * size) / count)];
  };
  const make = async ({ model, buffers, known, made }: WorkerBlueprint): Promise<void> => {
    const steps = stepWithBuffers(replay(buffers), build(model, known.map(sourceOf)), 'filled');
    const built = await inSlices(steps, SLICING);
    for (const [i, number] of made.entries()) byNumber.set(number, built[i] as Source);
  };
  const change = (next: readonly number[]): void => {
    sources = next.map(sourceOf);
    const kept = new Set(next);
    for (const number of numbers) if (!kept.has(number)) byNumber.delete(number);
    numbers = next;
    order = inputsFirst(sources);
  };
  const serve = async (request: WorkerRequest): Promise<void> => {
    switch (request.do) {
      case 'build':
        await make(request.blueprint);
        break;
      case 'release':
        for (const number of request.made) byNumber.delete(number);
        break;
      case 'change':
        change(request.order);
        break;
      case 'start':
        for (const i of order) {
          if (request.only?.includes(numbers[i] as number) === false) continue;
          const source = sources[i] as Source;
          source.start(request.moment, ...rangeOf(source));
        }
        break;
      case 'advance':
        for (const i of order) {
          const source = sources[i] as Source;
          source.advance(request.moment, ...rangeOf(source), request.modulations[i] as Modulation);
        }
        break;
    }
  };
  const answer = async ({ id, request }: Asked): Promise<void> => {
    let reply: WorkerReply = { id };
    try {
      await serve(request);
    } catch (error) {
      reply = { id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    port.postMessage(reply);
  };
  port.on('message', (asked: Asked) => void answer(asked));
}

/** Hands out the given buffers in turn, checking that they are the ones the event loop allocated. */
function replay(buffers: readonly SharedArrayBuffer[]): (bytes: number) => ArrayBufferLike {
  let next = 0;
  return (bytes) => {
    const buffer = buffers[next++];
    if (buffer?.byteLength !== bytes) {
      throw new Error(
        `column memory ${next} has ${buffer?.byteLength ?? 'no'} bytes, this worker needs ${bytes}`,
      );
    }
    return buffer;
  };
}

/** The worker's side: sources over the shared memory, and a loop that does what it is asked. */
import { parentPort, workerData } from 'node:worker_threads';
import { withBuffers } from '../series/allocate.ts';
import type { Modulation } from '../series/modulation.ts';
import { inputsFirst } from '../series/order.ts';
import type { Source } from '../series/source.ts';
import type { WorkerBlueprint, WorkerData, WorkerReply, WorkerRequest } from './protocol.ts';

/**
 * Builds sources with `make`, which is told those that are there already, over the memory that was handed in, then serves
 * until the thread is terminated.
 */
export function serveWorker(make: (model: unknown, known: readonly Source[]) => readonly Source[]): void {
  const port = parentPort;
  if (port === null) throw new Error('this module is the entry of a worker thread');
  const { index, count } = workerData as WorkerData;
  const build = ({ model, buffers }: WorkerBlueprint, known: readonly Source[]): readonly Source[] =>
    withBuffers(replay(buffers), () => make(model, known), 'filled');
  let sources = build(workerData as WorkerData, []);
  let order = inputsFirst(sources);

  const rangeOf = (source: Source): readonly [number, number] => {
    const { size } = source.family;
    return [Math.floor((index * size) / count), Math.floor(((index + 1) * size) / count)];
  };
  const serve = (request: WorkerRequest): void => {
    if (request.do === 'change') {
      const known = [...sources];
      for (const blueprint of request.blueprints) known.push(...build(blueprint, known));
      sources = request.order.map((at) => known[at] as Source);
      order = inputsFirst(sources);
      return;
    }
    for (const i of order) {
      const source = sources[i] as Source;
      const [from, to] = rangeOf(source);
      if (request.do === 'advance')
        source.advance(request.moment, from, to, request.modulations[i] as Modulation);
      else if (request.only?.includes(i) !== false) source.start(request.moment, from, to);
    }
  };
  port.on('message', (request: WorkerRequest) => {
    let reply: WorkerReply = { done: true };
    try {
      serve(request);
    } catch (error) {
      reply = { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    port.postMessage(reply);
  });
  port.postMessage({ done: true } satisfies WorkerReply);
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

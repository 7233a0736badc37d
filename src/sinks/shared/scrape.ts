/** One page to one reader, as fast as the reader takes it. */
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';

import type { SinkContext } from '../sink.ts';
import { SLICE_MS } from '../../util/slices.ts';

/** A page on its way to a reader. */
export interface ScrapePage {
  /** The tick that it shows. */
  readonly tick?: number;
  /** Each chunk is valid until the next one is asked for. */
  readonly chunks: Iterable<Buffer>;
  /** Bytes of all chunks, where that is known beforehand. */
  readonly length?: number;
  /** Called once, when the last chunk is written or the reader is gone. */
  release(): void;
}

/** The reader went away, or was cut off. */
export class ReaderGone extends Error {}

/** Rejects with `ReaderGone` once a response is closed before its end. */
export function createGone(response: ServerResponse): Promise<never> {
  const gone = new Promise<never>((_, reject) => {
    response.once('close', () => {
      if (!response.writableFinished) reject(new ReaderGone('the reader is gone'));
    });
  });
  // A reader may leave while nobody waits for it.
  gone.catch(() => undefined);
  return gone;
}

/** A page of a known length beyond this is sent as it is. */
const MAX_COMPRESSED_BYTES = 10_000_000;

export interface SendOptions {
  /** Compresses, where that is worth it. zlib does it on threads of its own. */
  readonly gzip: boolean;
  readonly gone: Promise<never>;
  readonly context: Pick<SinkContext, 'nowMs' | 'yieldNow'>;
}

/** Sends a page with back-pressure, a chunk at a time; resolves to its bytes before compression. */
export async function sendPage(
  response: ServerResponse,
  { chunks, length }: ScrapePage,
  { gzip, gone, context }: SendOptions,
): Promise<number> {
  const closed = new Promise<void>((resolve) => {
    response.once('close', resolve);
  });
  let target: Writable = response;
  if (gzip && (length === undefined || length < MAX_COMPRESSED_BYTES)) {
    response.setHeader('Content-Encoding', 'gzip');
    const compressor = createGzip({ level: 1 });
    compressor.pipe(response);
    target = compressor;
  } else if (length !== undefined) {
    response.setHeader('Content-Length', length);
  }
  try {
    let bytes = 0;
    let sliceMs = context.nowMs();
    for (const chunk of chunks) {
      bytes += chunk.length;
      await Promise.race([write(target, chunk), gone]);
      if (context.nowMs() - sliceMs < SLICE_MS) continue;
      await context.yieldNow();
      sliceMs = context.nowMs();
    }
    target.end();
    await Promise.race([gone, closed]);
    return bytes;
  } finally {
    if (target !== response) target.destroy();
  }
}

/**
 * Sends so many bytes of a page, or all, and leaves the answer open: it is for the caller to break the connection. Resolves to
 * the bytes. They are not compressed, and no length is told, so that a reader sees that some are missing even when none are.
 */
export async function sendBeginning(
  response: ServerResponse,
  { chunks }: ScrapePage,
  { bytes, gone, context }: Omit<SendOptions, 'gzip'> & { readonly bytes: number },
): Promise<number> {
  let sent = 0;
  response.flushHeaders();
  for (const chunk of chunks) {
    const part = chunk.subarray(0, bytes - sent);
    if (part.length > 0) await Promise.race([write(response, part), gone]);
    sent += part.length;
    if (sent === bytes) break;
    await context.yieldNow();
  }
  return sent;
}

/** Resolves when the chunk is taken and its memory is free again. */
function write(target: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    target.write(chunk, (error) => (error == null ? resolve() : reject(error)));
  });
}

/** Bodies of requests that come in, up to a limit. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unpack = promisify(gunzip);

/** All of a body; `undefined` when it is longer than allowed. It is read to its end all the same: who is still sending cannot be answered. */
export async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
  }
  return length > maxBytes ? undefined : Buffer.concat(chunks, length);
}

/** What was compressed; `undefined` when it is longer than allowed. Rejects for what is not gzip. */
export async function gunzipBody(bytes: Buffer, maxBytes: number): Promise<Buffer | undefined> {
  try {
    return await unpack(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

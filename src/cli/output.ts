/** Standard output with back-pressure. */

/** Writes all of a chunk, whose memory is free again after that; false when the reader has gone away. */
export function writeOut(chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(chunk, (error) => {
      resolve(error === null || error === undefined);
    });
  });
}

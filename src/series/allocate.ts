/** The one place where columns get their memory, so that workers can be given shared memory instead. */

let shared = false;

/** From now on columns live in shared memory, which worker threads can write. Called once, before any column is made. */
export function shareColumns(): void {
  shared = true;
}

/** Zeroed doubles. */
export function allocateDoubles(length: number): Float64Array<ArrayBufferLike> {
  return shared ? new Float64Array(new SharedArrayBuffer(length * 8)) : new Float64Array(length);
}

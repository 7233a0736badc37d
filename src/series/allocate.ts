/**
 * The one place where columns and states get their memory. By default it is this thread's own; `withBuffers` hands
 * in another supplier while sources are made, so that worker threads can be given the very same (shared) memory.
 */

/** Gives zeroed memory of so many bytes; suppliers are asked in an order that depends on the configuration alone. */
export type BufferSupplier = (bytes: number) => ArrayBufferLike;

const ownMemory: BufferSupplier = (bytes) => new ArrayBuffer(bytes);
let supply = ownMemory;
let filled = false;

/**
 * Runs `make` (synchronous) with all memory coming from `supplier`. `contents` tells memory that is zeroed from memory that another
 * thread has made the same things in: what is worked out once is there already, and may have changed since.
 */
export function withBuffers<T>(
  supplier: BufferSupplier,
  make: () => T,
  contents: 'zeroed' | 'filled' = 'zeroed',
): T {
  const before = { supply, filled };
  supply = supplier;
  filled = contents === 'filled';
  try {
    return make();
  } finally {
    ({ supply, filled } = before);
  }
}

/** Whether memory comes with what another thread has put there. */
export function isFilled(): boolean {
  return filled;
}

/** Zeroed doubles. */
export function allocateDoubles(length: number): Float64Array<ArrayBufferLike> {
  return new Float64Array(supply(length * 8));
}

/** Zeroed 32-bit integers. */
export function allocateInts(length: number): Int32Array<ArrayBufferLike> {
  return new Int32Array(supply(length * 4));
}

/** Zeroed bytes. */
export function allocateBytes(length: number): Uint8Array<ArrayBufferLike> {
  return new Uint8Array(supply(length));
}

/** Zeroed unsigned 32-bit integers. */
export function allocateUints(length: number): Uint32Array<ArrayBufferLike> {
  return new Uint32Array(supply(length * 4));
}

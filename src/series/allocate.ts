/**
 * The one place where columns and states get their memory. By default it is this thread's own; `withBuffers` hands
 * in another supplier while sources are made, so that worker threads can be given the very same (shared) memory.
 */

/** Gives zeroed memory of so many bytes; suppliers are asked in an order that depends on the configuration alone. */
export type BufferSupplier = (bytes: number) => ArrayBufferLike;

const ownMemory: BufferSupplier = (bytes) => new ArrayBuffer(bytes);
let supply = ownMemory;

/** Runs `make` (synchronous) with all memory coming from `supplier`. */
export function withBuffers<T>(supplier: BufferSupplier, make: () => T): T {
  const before = supply;
  supply = supplier;
  try {
    return make();
  } finally {
    supply = before;
  }
}

/** Zeroed doubles. */
export function allocateDoubles(length: number): Float64Array<ArrayBufferLike> {
  return new Float64Array(supply(length * 8));
}

/** Zeroed unsigned 32-bit integers. */
export function allocateUints(length: number): Uint32Array<ArrayBufferLike> {
  return new Uint32Array(supply(length * 4));
}

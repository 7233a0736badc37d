/**
 * The one place where columns and states get their memory. By default it is this thread's own; `withBuffers` hands
 * in another supplier while sources are made, so that worker threads can be given the very same (shared) memory.
 */

/** Gives zeroed memory of so many bytes; suppliers are asked in an order that depends on the configuration alone. */
export type BufferSupplier = (bytes: number) => ArrayBufferLike;

/** Memory of this thread's own. */
export const ownMemory: BufferSupplier = (bytes) => new ArrayBuffer(bytes);
let supply = ownMemory;
let filled = false;

/**
 * Runs `make` (synchronous) with all memory coming from `supplier`. `contents` tells memory that is zeroed from memory that somebody
 * else fills with what is worked out once: another thread has, and it may have changed since, or the caller will before it is read.
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

/** The same for what is made in steps, between which others allocate theirs. */
export function* stepWithBuffers<T>(
  supplier: BufferSupplier,
  steps: Generator<void, T>,
  contents: 'zeroed' | 'filled' = 'zeroed',
): Generator<void, T> {
  for (;;) {
    const step = withBuffers(supplier, () => steps.next(), contents);
    if (step.done === true) return step.value;
    yield;
  }
}

/** Whether somebody else fills memory with what is worked out once. */
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

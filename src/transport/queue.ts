/** A queue that holds so many entries and no more, the one being worked on included. */
export interface Queue<Entry> {
  /** Entries held. */
  readonly size: number;
  /** Entries it may hold; those that are there stay when it becomes less. */
  capacity: number;
  readonly full: boolean;
  /** Appends an entry; false when the queue is full or closed, and then it is the caller's to account for. */
  offer(entry: Entry): boolean;
  /** The oldest entry as soon as there is one, which stays until `drop`; `undefined` once closed and empty. One caller. */
  head(): Promise<Entry | undefined>;
  /** Removes the oldest entry. */
  drop(): void;
  /** Takes no more entries; those held are still handed out. */
  close(): void;
}

export function createQueue<Entry>(capacity: number): Queue<Entry> {
  const entries: Entry[] = [];
  let closed = false;
  let wake: (() => void) | undefined;
  const queue: Queue<Entry> = {
    capacity,
    get size() {
      return entries.length;
    },
    get full() {
      return entries.length >= queue.capacity;
    },
    offer(entry) {
      if (closed || queue.full) return false;
      entries.push(entry);
      wake?.();
      return true;
    },
    async head() {
      while (entries.length === 0 && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return entries[0];
    },
    drop() {
      entries.shift();
    },
    close() {
      closed = true;
      wake?.();
    },
  };
  return queue;
}

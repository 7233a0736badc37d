/** A file that is looked at again and again, however it is replaced: written in place, renamed over, or behind a link that moves. */

export interface FileWatch {
  /** Looks once; to be called a few times a second. */
  look(): void;
}

/**
 * Calls `onChange` once the text has changed and was the same at two looks one after the other, so that a file is not read half
 * written. While it cannot be read nothing has changed.
 */
export function createFileWatch(read: () => string, onChange: () => void): FileWatch {
  const tryRead = (): string | undefined => {
    try {
      return read();
    } catch {
      return undefined;
    }
  };
  let known = tryRead();
  let last = known;
  return {
    look() {
      const text = tryRead();
      const isSettled = text !== undefined && text === last;
      last = text;
      if (!isSettled || text === known) return;
      known = text;
      onChange();
    },
  };
}

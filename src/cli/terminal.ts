/** Where a command prints: whole lines, and on a terminal one more line below them that is drawn again in place. */

/** The part of a stream that is needed; `process.stdout` is one. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface Terminal {
  /** Whether a person reads along. */
  readonly isLive: boolean;
  /** Prints whole lines; a line break is added. */
  print(text: string): void;
  /** Replaces the line at the bottom; empty removes it. Does nothing off a terminal. */
  status(text: string): void;
}

const CLEAR_LINE = '\r\u001B[2K';

export function createTerminal(stream: OutputStream): Terminal {
  const isLive = stream.isTTY === true;
  let shown = '';
  return {
    isLive,
    print(text) {
      stream.write(shown === '' ? `${text}\n` : `${CLEAR_LINE}${text}\n${shown}`);
    },
    status(text) {
      if (!isLive) return;
      // A line that wraps could not be drawn over. Some terminals say that they are 0 wide.
      const { columns = 0 } = stream;
      const line = text.slice(0, (columns > 0 ? columns : 80) - 1);
      if (line === shown) return;
      stream.write(`${shown === '' ? '' : CLEAR_LINE}${line}`);
      shown = line;
    },
  };
}

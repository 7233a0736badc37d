/** Progress on standard error, told when it takes long. */
import { formatNumber } from './format.ts';
import { createTerminal } from './terminal.ts';

/** Progress is told when it takes longer than this, and as often. */
const PROGRESS_MS = 2000;

export interface Teller {
  /** Shows where it is: at the bottom of a terminal, else as a line from time to time. */
  tell(text: () => string): void;
  /** Prints lines that stay. */
  print(text: string): void;
  end(): void;
}

export interface TellerOptions {
  /** Milliseconds between two lines that are printed, and before the first one. */
  readonly everyMs?: number;
  /** The same where a person reads along. Default: `everyMs`. */
  readonly liveMs?: number;
}

export function createTeller({ everyMs = PROGRESS_MS, liveMs = everyMs }: TellerOptions = {}): Teller {
  const terminal = createTerminal(process.stderr);
  const pauseMs = terminal.isLive ? liveMs : everyMs;
  let toldMs = performance.now();
  return {
    tell(text) {
      if (performance.now() - toldMs < pauseMs) return;
      toldMs = performance.now();
      if (terminal.isLive) terminal.status(text());
      else terminal.print(text());
    },
    print: (text) => terminal.print(text),
    end: () => terminal.status(''),
  };
}

export interface Progress {
  /** Steps that are done. */
  tell(done: number): void;
  end(): void;
}

/** Progress of a computation step by step. `step` is what there are so many of, as `tick` or `file`. */
export function createProgress(last: number, step = 'tick'): Progress {
  const { tell, end } = createTeller();
  return {
    tell: (done) =>
      tell(
        () => `${step} ${formatNumber(done)} of ${formatNumber(last)} (${Math.floor((done / last) * 100)} %)`,
      ),
    end,
  };
}

/** Tells how far something is that takes long. */
export async function withProgress<T>(
  step: string,
  work: (tell: (done: number, of: number) => void) => T | Promise<T>,
): Promise<T> {
  let progress: Progress | undefined;
  try {
    return await work((done, of) => (progress ??= createProgress(of, step)).tell(done));
  } finally {
    progress?.end();
  }
}

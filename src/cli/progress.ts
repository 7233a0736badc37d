/** Progress of a computation step by step, told on standard error when it takes long. */
import { formatNumber } from './format.ts';
import { createTerminal } from './terminal.ts';

/** Progress is told when it takes longer than this, and as often. */
const PROGRESS_MS = 2000;

export interface Progress {
  /** Steps that are done. */
  tell(done: number): void;
  end(): void;
}

/** `step` is what there are so many of, as `tick` or `file`. */
export function createProgress(last: number, step = 'tick'): Progress {
  const terminal = createTerminal(process.stderr);
  let toldMs = performance.now();
  return {
    tell(done) {
      if (performance.now() - toldMs < PROGRESS_MS) return;
      toldMs = performance.now();
      const text = `${step} ${formatNumber(done)} of ${formatNumber(last)} (${Math.floor((done / last) * 100)} %)`;
      if (terminal.isLive) terminal.status(text);
      else terminal.print(text);
    },
    end: () => terminal.status(''),
  };
}

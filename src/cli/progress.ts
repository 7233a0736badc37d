/** Progress of a computation tick by tick, told on standard error when it takes long. */
import { formatNumber } from './format.ts';
import { createTerminal } from './terminal.ts';

/** Progress is told when it takes longer than this, and as often. */
const PROGRESS_MS = 2000;

export function createProgress(last: number): { tell(tick: number): void; end(): void } {
  const terminal = createTerminal(process.stderr);
  let toldMs = performance.now();
  return {
    tell(done) {
      if (performance.now() - toldMs < PROGRESS_MS) return;
      toldMs = performance.now();
      const text = `tick ${formatNumber(done)} of ${formatNumber(last)} (${Math.floor((done / last) * 100)} %)`;
      if (terminal.isLive) terminal.status(text);
      else terminal.print(text);
    },
    end: () => terminal.status(''),
  };
}

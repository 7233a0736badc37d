/**
 * Rounds in turns. The contenders of a trial are run A B A B in one process, so that whatever slows the machine for a while
 * slows both; each is warmed up before, and garbage is collected between rounds, outside of the measured time.
 */
import type { Contender, Round } from './case.ts';

export interface MeasureOptions {
  /** Measured rounds of each contender: the most, and the least, however long they take. */
  readonly rounds: { readonly least: number; readonly most: number };
  /** Rounds of each before them, not measured: so many, and as many more as the time allows. */
  readonly warmUp: { readonly rounds: number; readonly limitMs: number };
  /** No round begins later than this, in milliseconds, once there are the least. */
  readonly limitMs: number;
  /** A monotonic clock. */
  readonly nowMs: () => number;
  /** Called before each round; done when nothing of it goes on in the background. */
  readonly collectGarbage: () => void | Promise<void>;
}

/** The numbers of every round by contender, in order. */
export type Measured = readonly (readonly (readonly number[])[])[];

/** Prepares the contenders one after the other, runs their rounds in turns, and closes them. */
export async function measure(contenders: readonly Contender[], options: MeasureOptions): Promise<Measured> {
  const { rounds, warmUp, limitMs, nowMs, collectGarbage } = options;
  const prepared: Round[] = [];
  try {
    for (const contender of contenders) prepared.push(await contender.prepare());
    for (const round of prepared) {
      const beganMs = nowMs();
      for (let i = 0; i < warmUp.rounds || nowMs() - beganMs < warmUp.limitMs; i++) await round.run();
    }
    const measured: (readonly number[])[][] = contenders.map(() => []);
    const beganMs = nowMs();
    for (let i = 0; i < rounds.most; i++) {
      if (i >= rounds.least && nowMs() - beganMs > limitMs) break;
      for (const [index, round] of prepared.entries()) {
        await collectGarbage();
        measured[index]?.push(await round.run());
      }
    }
    return measured;
  } finally {
    for (const round of prepared) await round.close?.();
  }
}

/** A round of one number: milliseconds that `work` takes. */
export function timed(work: () => unknown, nowMs: () => number = () => performance.now()): Round {
  return {
    async run() {
      const beganMs = nowMs();
      const result = work();
      // Nothing is awaited that need not be: an extra turn of the loop would count.
      if (result instanceof Promise) await result;
      return [nowMs() - beganMs];
    },
  };
}

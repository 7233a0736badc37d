/** Errors that a user can act on: a stable code, what is wrong, where, and what to do. */

/** One mistake: where it stands (as far as known) and what is wrong and allowed. */
export interface Problem {
  /** `file:line:column`, or the name of what was read (`--set`, an environment variable). */
  readonly place?: string;
  /** Key path in the document, as `metrics[2].labels.region.range`. */
  readonly path?: string;
  readonly message: string;
}

/** The text of a problem: `file:line:column key.path: message`. */
export function formatProblem(problem: Problem): string {
  const where = [problem.place, problem.path].filter((part) => part !== undefined && part !== '').join(' ');
  return where === '' ? problem.message : `${where}: ${problem.message}`;
}

/** A failure that is the user's to mend; printed without a stack. `code` is stable, for programs. */
export class LyrebirdError extends Error {
  readonly code: string;
  readonly details: unknown;

  constructor(code: string, message: string, options: { cause?: unknown; details?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LyrebirdError';
    this.code = code;
    this.details = options.details;
  }
}

/** A failure with the place of what failed before its message. */
export function inPlace(place: string, error: unknown): Error {
  if (error instanceof LyrebirdError)
    return new LyrebirdError(error.code, `${place}: ${error.message}`, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

/** A configuration that cannot be run: all mistakes at once. */
export class ConfigError extends LyrebirdError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('config_invalid', problems.map(formatProblem).join('\n'), { details: problems });
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The nearest of `choices` to a mistyped `word` (edit distance at most 2, or a third of its length). */
export function nearest(word: string, choices: Iterable<string>): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const choice of choices) {
    const distance = editDistance(word.toLowerCase(), choice.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = choice;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment distance, cut off at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit;
}

/** Durations as people write them: seconds as a number, or `"500ms"`, `"15s"`, `"2m"`, `"1h"`, `"1d"`, in small letters or capitals. */

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of a duration, or `undefined` when it is not one. Numbers are seconds and may be fractions; a
 * string is one or more numbers with units, largest first or in any order (`"1h30m"`); a bare numeric string is refused.
 */
export function parseDurationMs(value: number | string): number | undefined {
  if (typeof value === 'number') return finiteMs(value * 1000);
  const text = value.trim().toLowerCase();
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  }
  return finiteMs(total);
}

/** The shortest exact form: `500ms`, `1.5s`, `2m`, `1h30m`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  let rest = roundMs(ms);
  if (rest < 1000) return `${rest}ms`;
  if (rest < 60_000) return `${rest / 1000}s`;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm'] as const) {
    const size = UNIT_MS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest = roundMs(rest - count * size);
  }
  if (rest > 0) parts.push(`${rest / 1000}s`);
  return parts.join('');
}

function finiteMs(ms: number): number | undefined {
  return Number.isFinite(ms) ? roundMs(ms) : undefined;
}

/** Milliseconds to a thousandth, so that 0.1 s is 100 ms and not 100.00000000000001. */
function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

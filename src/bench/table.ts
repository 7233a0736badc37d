/** Figures as text: numbers short enough to read, columns that line up. */
import type { Comparison } from './baseline.ts';
import type { Verdict } from './budgets.ts';
import type { Figure, Side } from './figure.ts';

/** Columns by width, two spaces between; all but the first are right-aligned. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const format = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map((row) => `${format(row)}\n`).join('');
}

export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    formatCount(figure.series),
    formatSide(figure.direct, figure.unit),
    perItem(figure),
    figure.library === undefined ? '-' : formatSide(figure.library, figure.unit),
    figure.ratio === undefined ? '-' : `${formatNumber(figure.ratio)}×`,
  ]);
  return formatTable(['', 'series', 'direct', 'each', 'library', 'ratio'], rows);
}

export function formatVerdicts(verdicts: readonly Verdict[]): string {
  const measured = verdicts.filter(({ met }) => met !== undefined);
  if (measured.length === 0) return '';
  const rows = measured.map(({ what, bound, limit, unit, measured: value, met }) => [
    what,
    `${bound === 'most' ? '≤' : '≥'} ${formatAmount(limit, unit)}`,
    formatAmount(value ?? Number.NaN, unit),
    met === true ? 'met' : 'NOT MET',
  ]);
  return formatTable(['budget', 'limit', 'measured', ''], rows);
}

export function formatComparisons(comparisons: readonly Comparison[]): string {
  const ratio = (value: number | undefined): string =>
    value === undefined ? '-' : `${formatNumber(value)}×`;
  const rows = comparisons.map(({ id, ratio: now, before, verdict }) => [
    id,
    ratio(before),
    ratio(now),
    verdict === 'regressed' ? 'REGRESSED' : verdict,
  ]);
  return formatTable(['direct against library', 'baseline', 'now', ''], rows);
}

/** `12.3 ms (11.9–14.0)`: the median with the least and the most. */
export function formatSide({ median, min, max, rounds }: Side, unit: string): string {
  if (rounds === 1) return formatAmount(median, unit);
  return `${formatAmount(median, unit)} (${formatNumber(min)}–${formatNumber(max)})`;
}

/** What one item takes, where the unit is a time; else empty. */
export function perItem({ items, unit, direct }: Figure): string {
  if (items === undefined || items.count === 0 || unit !== 'ms') return '';
  return `${formatNumber((direct.median * 1e6) / items.count)} ns/${items.noun}`;
}

export function formatAmount(value: number, unit: string): string {
  return unit === '×' ? `${formatNumber(value)}×` : `${formatNumber(value)} ${unit}`;
}

/** Three digits: `0.0123`, `1.23`, `123`, `1,230`, `4.57 M`. */
export function formatNumber(value: number): string {
  if (Math.abs(value) >= 999_500) return `${Number((value / 1e6).toPrecision(3))} M`;
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1000 ? Math.round(value).toLocaleString('en') : String(rounded);
}

/** `10 k`, `450 k`, `1 M`: numbers of series. */
export function formatCount(count: number): string {
  if (count >= 1e6) return `${count / 1e6} M`;
  return count >= 1e3 ? `${count / 1e3} k` : String(count);
}

/** Pages as text: the inverse of the reader (parse.ts), for pages that were read rather than generated. */
import { formatNumber } from './number.ts';
import type { Label, Page, PageExemplar, PageFamily, PageFormat, PagePoint } from './page.ts';
import { LABEL_NAME, METRIC_NAME } from './sample.ts';
import { escapeHelp, escapeLabelValue } from './text.ts';

/**
 * The text of a page in the format that it was read in, without its problems: families one after the other, metadata first.
 * Read again it gives the same families and points.
 */
export function formatPage(page: Page, format: PageFormat): string {
  const lines: string[] = [];
  for (const family of page.families) formatFamily(family, format === 'openmetrics', lines);
  if (format === 'openmetrics') lines.push('# EOF');
  return lines.map((line) => `${line}\n`).join('');
}

function formatFamily(family: PageFamily, openMetrics: boolean, lines: string[]): void {
  const { name, type, help, unit, points } = family;
  const shown = METRIC_NAME.test(name) ? name : quote(name);
  if (help !== '') lines.push(`# HELP ${shown} ${escapeHelp(help, openMetrics)}`);
  lines.push(`# TYPE ${shown} ${type === 'unknown' && !openMetrics ? 'untyped' : type}`);
  if (unit !== '') lines.push(`# UNIT ${shown} ${unit}`);
  for (const point of points) formatPoint(family, point, openMetrics, lines);
}

function formatPoint(
  { name, type }: PageFamily,
  point: PagePoint,
  openMetrics: boolean,
  lines: string[],
): void {
  const { labels, timestampMs, createdMs, value, sum, count, buckets, quantiles, exemplars } = point;
  const time = timestampMs === undefined ? '' : ` ${openMetrics ? timestampMs / 1000 : timestampMs}`;
  const exemplarOf = (le: string | undefined): string => {
    const found = exemplars.find((exemplar) => exemplar.le === le);
    return found === undefined ? '' : formatExemplar(found);
  };
  const add = (suffix: string, own: readonly Label[], shown: number, exemplar = ''): void => {
    lines.push(
      `${formatSeries(name + suffix, [...labels, ...own])} ${formatNumber(shown)}${time}${exemplar}`,
    );
  };
  const gauge = type === 'gaugehistogram' ? '_g' : '_';
  for (const { text, count: upTo } of buckets)
    add('_bucket', [{ name: 'le', value: text }], upTo, exemplarOf(text));
  for (const { text, value: level } of quantiles) add('', [{ name: 'quantile', value: text }], level);
  if (value !== undefined) add(valueSuffix(type, openMetrics), [], value, exemplarOf(undefined));
  if (sum !== undefined) add(`${gauge}sum`, [], sum);
  if (count !== undefined) add(`${gauge}count`, [], count);
  if (createdMs !== undefined) add('_created', [], createdMs / 1000);
}

function valueSuffix(type: PageFamily['type'], openMetrics: boolean): string {
  if (!openMetrics) return '';
  return type === 'counter' ? '_total' : type === 'info' ? '_info' : '';
}

function formatSeries(name: string, labels: readonly Label[]): string {
  if (!METRIC_NAME.test(name)) return `{${[quote(name), ...formatLabels(labels)].join(',')}}`;
  return labels.length === 0 ? name : `${name}{${formatLabels(labels).join(',')}}`;
}

function formatLabels(labels: readonly Label[]): string[] {
  return labels.map(({ name, value }) => {
    const shown = LABEL_NAME.test(name) ? name : quote(name);
    return `${shown}="${escapeLabelValue(value)}"`;
  });
}

function formatExemplar({ labels, value, timestampMs }: PageExemplar): string {
  const time = timestampMs === undefined ? '' : ` ${timestampMs / 1000}`;
  return ` # {${formatLabels(labels).join(',')}} ${formatNumber(value)}${time}`;
}

function quote(text: string): string {
  return `"${escapeLabelValue(text)}"`;
}

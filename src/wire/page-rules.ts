/** What must hold of a family that was read whole. */
import type { PageBucket, PageFamily, PageFormat, PagePoint } from './page.ts';

type Report = (line: number, message: string) => void;

/** Reports where a family's points break the rules of its type and format. */
export function checkFamily(family: PageFamily, format: PageFormat, report: Report): void {
  const { name, type, unit, points, line } = family;
  const openMetrics = format === 'openmetrics';
  if (unit !== '' && !name.endsWith(`_${unit}`)) report(line, `${name} does not end in its unit ${unit}`);
  for (const point of points) {
    switch (type) {
      case 'histogram':
      case 'gaugehistogram':
        checkHistogram(name, point, openMetrics, report);
        break;
      case 'summary':
        checkSummary(name, point, openMetrics, report);
        break;
      case 'counter':
        if (openMetrics && !isTotal(point.value))
          report(point.line, `${name} has no total, or it is negative or NaN`);
        break;
      case 'info':
        if (point.value !== 1) report(point.line, `${name} is an info and not 1`);
        break;
      case 'stateset':
        if (point.value !== 0 && point.value !== 1)
          report(point.line, `${name} is a state and neither 0 nor 1`);
        if (!point.labels.some((label) => label.name === name))
          report(point.line, `${name} is a state and has no label ${name}`);
        break;
      case 'gauge':
      case 'unknown':
        break;
    }
  }
}

function checkHistogram(name: string, point: PagePoint, openMetrics: boolean, report: Report): void {
  const { line, buckets, count, sum } = point;
  const isSorted = buckets.every((bucket, i) => i === 0 || (buckets[i - 1] as PageBucket).le <= bucket.le);
  const sorted = isSorted ? buckets : buckets.toSorted((a, b) => a.le - b.le);
  if (openMetrics && !isSorted) report(line, `the buckets of ${name} are not in the order of their bounds`);
  for (let i = 0; i < sorted.length; i++) {
    const bucket = sorted[i] as PageBucket;
    const before = sorted[i - 1];
    if (before?.le === bucket.le) report(line, `${name} has two buckets ${before.text} and ${bucket.text}`);
    else if (before !== undefined && before.count > bucket.count) {
      report(
        line,
        `${name} falls from ${before.count} at ${before.text} to ${bucket.count} at ${bucket.text}`,
      );
    }
  }
  const last = sorted.at(-1);
  if (last?.le !== Infinity) report(line, `${name} has no bucket +Inf`);
  else if (count !== undefined && last.count !== count) {
    report(line, `${name} has count ${count} and ${last.count} in bucket +Inf`);
  }
  checkTotals(name, point, openMetrics, report);
  if (openMetrics && sum !== undefined && sum < 0 && !((sorted[0]?.le ?? 0) < 0)) {
    report(line, `${name} has a negative sum and no bucket below zero`);
  }
}

function checkSummary(name: string, point: PagePoint, openMetrics: boolean, report: Report): void {
  const { line, quantiles, sum } = point;
  const seen = new Set<number>();
  for (const { quantile, text, value } of quantiles) {
    if (seen.has(quantile)) report(line, `${name} has two quantiles ${text}`);
    seen.add(quantile);
    if (!(quantile >= 0 && quantile <= 1))
      report(line, `quantile="${text}" of ${name} is not between 0 and 1`);
    if (openMetrics && value < 0) report(line, `quantile="${text}" of ${name} is negative`);
  }
  checkTotals(name, point, openMetrics, report);
  if (openMetrics && sum !== undefined && sum < 0) report(line, `${name} has a negative sum`);
}

function checkTotals(
  name: string,
  { line, count, sum }: PagePoint,
  openMetrics: boolean,
  report: Report,
): void {
  if (count !== undefined && !isTotal(count)) report(line, `${name} has count ${count}`);
  if (count === undefined && (sum !== undefined || !openMetrics)) report(line, `${name} has no count`);
  if (sum === undefined && !openMetrics) report(line, `${name} has no sum`);
}

function isTotal(value: number | undefined): boolean {
  return value !== undefined && value >= 0;
}

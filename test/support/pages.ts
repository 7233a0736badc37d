/** Pages as `Seen`. */
import type { PageFormat, PagePoint } from '../../src/wire/page.ts';
import { parsePage } from '../../src/wire/parse.ts';
import { labelKey, type Detail, type Seen, type SeenSeries } from '../conformance/seen.ts';

/** What samples have behind the name of their family. */
const SUFFIXES: Readonly<Record<string, string>> = { counter: '_total', info: '_info' };

/** What a page shows. Throws when the strict parser finds anything wrong with it. */
export function seenOnPage(text: string | Uint8Array, format: PageFormat, detail: Detail = {}): Seen {
  const { families, problems } = parsePage(text, format);
  if (problems.length > 0) {
    throw new Error(problems.map(({ line, message }) => `line ${line}: ${message}`).join('\n'));
  }
  return Object.fromEntries(
    families.map(({ name, type, help, unit, points }) => [
      format === 'openmetrics' ? name + (SUFFIXES[type] ?? '') : name,
      {
        type,
        help: detail.help === true ? help : '',
        unit: detail.unit === true ? unit : '',
        series: Object.fromEntries(
          points.map((point) => [
            labelKey(point.labels.map((label) => [label.name, label.value] as const)),
            seriesOf(type, point),
          ]),
        ),
      },
    ]),
  );
}

function seriesOf(type: string, point: PagePoint): SeenSeries {
  const { value, buckets, quantiles, count, sum, timestampMs, createdMs } = point;
  return defined({
    value,
    buckets: type === 'histogram' ? buckets.map((bucket) => [bucket.le, bucket.count] as const) : undefined,
    quantiles: type === 'summary' ? quantiles.map((one) => [one.quantile, one.value] as const) : undefined,
    count,
    sum,
    timeMs: timestampMs,
    birthMs: createdMs,
  });
}

function defined(values: { readonly [Key in keyof SeenSeries]: SeenSeries[Key] | undefined }): SeenSeries {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

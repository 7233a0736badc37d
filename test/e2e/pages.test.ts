// Pages of real servers: every line is read, and what was read is printed and read again as the same.
import { describe, expect, it, onTestFinished } from 'vitest';

import { formatPage } from '../../src/wire/page-text.ts';
import type { Page, PageFormat } from '../../src/wire/page.ts';
import { parsePage } from '../../src/wire/parse.ts';
import { backendOrSkip, startNodeExporter, startPrometheus } from '../support/backends.ts';

const ACCEPT: Readonly<Record<PageFormat, string>> = {
  text: 'text/plain;version=0.0.4',
  openmetrics: 'application/openmetrics-text;version=0.0.1',
};

/** Neither server answers in OpenMetrics at this address. */
const FORMATS = ['text'] as const;

async function fetchPage(url: string, format: PageFormat): Promise<string> {
  const response = await fetch(url, { headers: { accept: ACCEPT[format] } });
  expect(response.headers.get('content-type')).toContain(format === 'text' ? 'text/plain' : 'openmetrics');
  return response.text();
}

/** Without line numbers, which a printed page has anew. */
function familiesOf({ families }: Page): unknown {
  return families.map((family) => ({
    ...family,
    line: 0,
    points: family.points.map((point) => ({ ...point, line: 0 })),
  }));
}

function expectWhole(text: string, format: PageFormat): void {
  const page = parsePage(text, format);
  expect(page.problems).toEqual([]);
  const again = parsePage(formatPage(page, format), format);
  expect(again.problems).toEqual([]);
  expect(familiesOf(again)).toEqual(familiesOf(page));
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  const kept = page.families
    .flatMap(({ points }) => points)
    .map(
      ({ value, sum, count, createdMs, buckets, quantiles }) =>
        [value, sum, count, createdMs].filter((one) => one !== undefined).length +
        buckets.length +
        quantiles.length,
    )
    .reduce((total, lines) => total + lines, 0);
  expect(kept).toBe(samples);
  expect(samples).toBeGreaterThan(100);
}

describe('a page that is scraped', () => {
  it.for(FORMATS)('from node_exporter as %s is read whole', async (format, context) => {
    backendOrSkip(context, 'node-exporter');
    const exporter = await startNodeExporter();
    onTestFinished(() => exporter.stop());
    expectWhole(await fetchPage(exporter.url, format), format);
  });

  it.for(FORMATS)('from Prometheus as %s is read whole', async (format, context) => {
    const binary = backendOrSkip(context, 'prometheus-debian');
    const prometheus = await startPrometheus({ binary });
    onTestFinished(() => prometheus.stop());
    expectWhole(await fetchPage(`${prometheus.url}/metrics`, format), format);
  });
});

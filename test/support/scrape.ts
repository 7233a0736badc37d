/** Scraping a pull sink in a test. */
import { request, type IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';

import type { Family } from '../../src/series/family.ts';
import type { PageFormat } from '../../src/wire/page.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import type { Detail } from '../conformance/seen.ts';
import type { SinkHarness } from '../conformance/sinks.ts';
import type { TestContext } from './context.ts';
import { seenOnPage } from './pages.ts';

export const ACCEPT: Readonly<Record<PageFormat, string>> = {
  text: 'text/plain;version=0.0.4',
  openmetrics: 'application/openmetrics-text;version=1.0.0',
};

export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  /** Uncompressed. */
  readonly text: string;
}

/** The address of a started pull sink. */
export function urlOf(sink: Sink): string {
  return (/https?:\S+[^,\s]/.exec(sink.describe()) as RegExpExecArray)[0];
}

export function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        const text = response.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        resolve({ code: response.statusCode ?? 0, headers: response.headers, text: text.toString() });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** A harness for the conformance suite: frames go in by the context, pages are read over HTTP. */
export async function createPullHarness(
  sink: Sink,
  context: TestContext,
  families: readonly Family[],
  format: PageFormat,
  detail: Detail,
): Promise<SinkHarness> {
  await sink.start(families);
  return {
    async see(frame, change) {
      context.frame = frame;
      if (change !== undefined) await sink.change?.(change);
      await sink.frame(frame);
      const { text } = await get(urlOf(sink), { accept: ACCEPT[format] });
      return seenOnPage(text, format, detail);
    },
    close: () => sink.stop(1000),
  };
}

/** How much room samples take in a real Prometheus: its promtool stores them in blocks, which are then measured. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import type { History, SeenFamily, SeenSeries } from '../learn/history.ts';
import type { Stored } from '../learn/fidelity.ts';
import { LyrebirdError } from '../util/errors.ts';
import { formatNumber } from '../wire/number.ts';
import { escapeLabelValue } from '../wire/text.ts';

/** Milliseconds since the Unix epoch that a sample is stored under; `undefined` leaves it out. */
type TimeOf = (seenMs: number) => number | undefined;

const run = promisify(execFile);
/** Storing some million samples takes it a minute. */
const TIMEOUT_MS = 600_000;

/** Stores samples in a directory of its own, which is removed. `program` is a promtool, or a prometheus with a promtool beside it. */
export async function store(program: string, history: History, timeOf: TimeOf): Promise<Stored> {
  const directory = await mkdtemp(join(tmpdir(), 'lyrebird-blocks-'));
  try {
    const page = join(directory, 'samples.om');
    const blocks = join(directory, 'blocks');
    await pipeline(Readable.from(linesOf(history, timeOf)), createWriteStream(page));
    const promtool = promtoolOf(program);
    try {
      await run(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', page, blocks], {
        timeout: TIMEOUT_MS,
      });
    } catch (error) {
      const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string };
      throw new LyrebirdError(
        'promtool_failed',
        typeof code === 'string'
          ? `${promtool} cannot be run: ${code}; give the path of a prometheus with its promtool beside it, or of a promtool`
          : `${promtool} could not store the samples: ${stderr.trim().split('\n').at(-1)}`,
        { cause: error },
      );
    }
    return await measure(blocks);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A release has both side by side, under these names or with one ending. */
function promtoolOf(program: string): string {
  const name = basename(program);
  return name.startsWith('prometheus')
    ? join(dirname(program), name.replace('prometheus', 'promtool'))
    : program;
}

async function measure(directory: string): Promise<Stored> {
  const stored = { samples: 0, chunkBytes: 0, indexBytes: 0 };
  for (const block of await readdir(directory)) {
    const path = join(directory, block);
    const { stats } = JSON.parse(await readFile(join(path, 'meta.json'), 'utf8')) as {
      readonly stats: { readonly numSamples: number };
    };
    stored.samples += stats.numSamples;
    stored.indexBytes += (await stat(join(path, 'index'))).size;
    for (const chunk of await readdir(join(path, 'chunks')))
      stored.chunkBytes += (await stat(join(path, 'chunks', chunk))).size;
  }
  return stored;
}

/** OpenMetrics without metadata, which blocks do not have, series by series. */
function* linesOf({ families }: History, timeOf: TimeOf): Generator<string> {
  for (const family of families.values())
    for (const series of family.series.values())
      for (const { name, labels, valueAt } of samplesOf(family, series)) {
        const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeLabelValue(value)}"`);
        const begin = pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
        let lines = '';
        for (const [i, seenMs] of series.timesMs.entries()) {
          const timeMs = timeOf(seenMs);
          if (timeMs !== undefined) lines += `${begin} ${formatNumber(valueAt(i))} ${timeMs / 1000}\n`;
        }
        yield lines;
      }
  yield '# EOF\n';
}

interface StoredSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  valueAt(sample: number): number;
}

/** What a backend keeps of a series. */
function samplesOf(
  { name, type, points }: SeenFamily,
  { labels, values, sums, rows }: SeenSeries,
): StoredSeries[] {
  const value = (i: number): number => values[i] as number;
  if (type !== 'histogram' && type !== 'summary') return [{ name, labels, valueAt: value }];
  const [label, suffix, all] =
    type === 'histogram'
      ? (['le', '_bucket', [...points, Infinity]] as const)
      : (['quantile', '', points] as const);
  return [
    ...all.map((point, p) => ({
      name: `${name}${suffix}`,
      labels: { ...labels, [label]: formatNumber(point) },
      valueAt: (i: number) => rows[i]?.[p] ?? Number.NaN,
    })),
    { name: `${name}_sum`, labels, valueAt: (i) => sums[i] as number },
    { name: `${name}_count`, labels, valueAt: value },
  ];
}

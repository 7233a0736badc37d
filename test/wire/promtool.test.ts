import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { renderPage } from '../../src/wire/exposition.ts';
import { createSampleReader, parseValue } from '../../src/wire/sample.ts';
import { labelKey } from '../conformance/seen.ts';
import { backendOrSkip } from '../support/backends.ts';
import { createFrame, type FamilyInput } from '../support/frames.ts';

const INPUTS: FamilyInput[] = [
  {
    name: 'http_requests',
    type: 'counter',
    help: 'Requests, "quoted",\nby C:\\path.',
    series: ['/', '"', '\\', '\n', '日本', ''].map((path, value) => ({ labels: { path }, value })),
  },
  {
    name: 'temperature_celsius',
    type: 'gauge',
    help: 'Degrees.',
    series: [-0, NaN, Infinity, -Infinity, 5e-324, 1e300, 2 ** 53, 1 / 3, 1e-7].map((value, i) => ({
      labels: { room: `${i}` },
      value,
    })),
  },
  {
    name: 'request_duration_seconds',
    type: 'histogram',
    help: 'Latency.',
    bounds: [1e-7, 0.005, 1, 1e6, 1e21],
    series: [{ labels: { zone: 'a' }, counts: [1, 2, 3, 4, 5, 6], sum: 12.5 }],
  },
  {
    name: 'response_size_bytes',
    type: 'summary',
    help: 'Sizes.',
    quantiles: [0.5, 0.99, 1],
    series: [{ quantiles: [1, 2.5, NaN], count: 12, sum: 30.5 }],
  },
];

it.for(['promtool', 'promtool-debian'] as const)('%s has nothing to say against a page', (name, context) => {
  const promtool = backendOrSkip(context, name);
  for (const timestamps of [undefined, 'wall'] as const) {
    const input = renderPage(createFrame(INPUTS), { format: 'text', timestamps });
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  }
});

it.for(['promtool', 'promtool-debian'] as const)('%s reads an OpenMetrics page as we do', (name, context) => {
  const promtool = backendOrSkip(context, name);
  const directory = mkdtempSync(join(tmpdir(), 'lyrebird-promtool-'));
  const tsdb = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(promtool, ['tsdb', ...args], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return stdout;
  };
  try {
    const options = { format: 'openmetrics', timestamps: 'wall', created: true } as const;
    const page = renderPage(createFrame(INPUTS), options).toString();
    const [file, blocks] = [join(directory, 'page.txt'), join(directory, 'blocks')];
    writeFileSync(file, page);
    tsdb('create-blocks-from', 'openmetrics', file, blocks);
    mkdirSync(join(blocks, 'wal'));
    expect(dumped(tsdb('dump', blocks))).toEqual(read(page));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

type Samples = Record<string, readonly [value: number, timestampMs: number]>;

/** By label set, without labels that are empty. */
function read(page: string): Samples {
  const readSample = createSampleReader('openmetrics');
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const { name, labels, own, value, timestampMs } = readSample(Buffer.from(`${line}\n`), 0);
      const pairs = [...labels, ...(own === undefined ? [] : [own])]
        .filter((label) => label.value !== '')
        .map((label) => [label.name, label.value] as const);
      return [labelKey([['__name__', name], ...pairs]), [value, timestampMs ?? Number.NaN]];
    }),
  );
}

/** Lines as `{__name__="a", b="c"} 1 1700000000500`. */
function dumped(text: string): Samples {
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [, labels = '', value = '', timestamp = ''] = /^\{(.*)\} (\S+) (\d+)$/.exec(line) ?? [];
        const pairs = Array.from(
          labels.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g),
          ([, label = '', quoted = '']) => {
            return [label, JSON.parse(quoted) as string] as const;
          },
        );
        return [labelKey(pairs), [parseValue(value) ?? expect.fail(line), Number(timestamp)]];
      }),
  );
}

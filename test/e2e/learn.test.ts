// What is learnt from pages of real servers under a changing load is like what was held back of them; a wrong model is not.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Seen } from '../conformance/seen.ts';
import { addFiles } from '../../src/learn/files.ts';
import { createHistory, type History } from '../../src/learn/history.ts';
import { learn } from '../../src/learn/learnt.ts';
import { fidelityOf } from '../../src/verify/fidelity.ts';
import { backendOrSkip, findBackend } from '../support/backends.ts';
import { createWorkspace, runLyrebird, type Workspace } from '../support/lyrebird.ts';
import { seenOnPage } from '../support/pages.ts';
import { record, type Recording } from '../support/recording.ts';

/** From 200 on distances are bounded by themselves, too. */
const PAGES = 320;
const EVERY_MS = 200;
const SERVERS = ['node', 'prometheus'] as const;
type Server = (typeof SERVERS)[number];

const BACKENDS = ['node-exporter', 'prometheus'] as const;

let workspace: Workspace;
let recording: Recording | undefined;
beforeAll(async () => {
  workspace = await createWorkspace();
  if (BACKENDS.every((name) => findBackend(name) !== undefined))
    recording = await record({ pages: PAGES, everyMs: EVERY_MS });
}, 300_000);
afterAll(async () => {
  await recording?.remove();
  await workspace.remove();
});

function directoryOf(context: { skip(note?: string): never }, server: Server): string {
  for (const name of BACKENDS) backendOrSkip(context, name);
  return (recording as Recording).directories[server];
}

function historyOf(directory: string): History {
  const history = createHistory();
  addFiles(history, [directory], { intervalMs: EVERY_MS });
  return history;
}

/** Types, and all label sets that were ever there, less labels without a value. */
function shapeOf(pages: readonly Seen[]): Record<string, { type: string; sets: readonly string[] }> {
  const found = new Map<string, { type: string; sets: Set<string> }>();
  for (const page of pages) {
    for (const [name, { type, series }] of Object.entries(page)) {
      const { sets } = found.get(name) ?? { sets: new Set<string>() };
      for (const labels of Object.keys(series)) sets.add(withoutEmpty(labels));
      found.set(name, { type, sets });
    }
  }
  return Object.fromEntries(
    [...found].map(([name, { type, sets }]) => [name, { type, sets: [...sets].toSorted() }]),
  );
}

describe.for(SERVERS)('a page of %s, scraped under a changing load', (server) => {
  test(
    'and learnt, is there with every family and label set, and counts upwards',
    { timeout: 300_000 },
    async (context) => {
      const directory = directoryOf(context, server);
      const learned = join(workspace.directory, `${server}.yaml`);
      const command = ['learn', directory, '--interval', `${EVERY_MS}ms`, '-o', learned];
      const { code, stderr } = await runLyrebird(command, { timeoutMs: 240_000 });
      expect(code, stderr).toBe(0);
      const pages: Seen[] = [];
      for (const tick of [0, 1, 300]) {
        const rendered = await runLyrebird(['render', '-c', learned, '--tick', String(tick)], {
          timeoutMs: 90_000,
        });
        expect(rendered.code, rendered.stderr).toBe(0);
        // Throws when buckets, counts or anything else is not as it must be.
        pages.push(seenOnPage(rendered.stdout, 'text'));
      }
      const [first = {}, ...later] = pages;
      const files = readdirSync(directory).map((file) => readFileSync(join(directory, file), 'utf8'));
      expect(files).toHaveLength(PAGES);
      const seen = shapeOf(files.map((text) => seenOnPage(text, 'text')));
      // Counters that cannot be any on a page of Lyrebird's are told.
      for (const [, name = ''] of stderr.matchAll(/^(\S+) is learnt as of unknown type/gm))
        Object.assign(seen[name] ?? {}, { type: 'unknown' });
      expect(shapeOf([first])).toEqual(seen);
      let before = first;
      for (const page of later) {
        expect(fallen(before, page)).toEqual([]);
        before = page;
      }
    },
  );

  test(
    'is like what was held back of it, by every rule of the report',
    { timeout: 300_000 },
    async (context) => {
      const directory = directoryOf(context, server);
      const page = join(workspace.directory, `${server}.html`);
      const prometheus =
        findBackend('promtool') === undefined ? [] : ['--prometheus', backendOrSkip(context, 'promtool')];
      const { code, stdout, stderr } = await runLyrebird(
        ['learn', directory, '--interval', `${EVERY_MS}ms`, '--report', page, ...prometheus],
        { timeoutMs: 120_000 },
      );
      expect(stdout).toMatch(/^holds: no page breaks a rule/m);
      expect(stdout.match(/^FAILS.*/gm), stdout).toBeNull();
      expect(stdout.match(/^holds: .*below 0\.(2|15)$/gm)).toHaveLength(3);
      expect(code, stderr).toBe(0);
      expect(readFileSync(page, 'utf8')).toContain('alike');
    },
  );
});

describe('a model that is wrong on purpose', () => {
  const wrong: readonly (readonly [string, RegExp, (text: string) => string])[] = [
    ['whose rates are doubled', /^median distance of \d+ rates/, (text) => scaled(text, 'rates', 2)],
    ['whose levels are doubled', /^median distance of \d+ gauges/, (text) => scaled(text, 'values', 2)],
    [
      'that shares nothing',
      /rank correlations/,
      (text) => text.replaceAll(/factors: \{ shared[^}]*\}/g, 'factors: {}'),
    ],
  ];
  test.for(wrong)('%s fails the same report', { timeout: 300_000 }, async ([, rule, spoil], context) => {
    const history = historyOf(directoryOf(context, 'prometheus'));
    const fidelity = await fidelityOf(history, {
      textOf: (trained) => spoil(learn(trained).text),
      seeds: [1],
    });
    expect(fidelity.holds).toBe(false);
    const failed = fidelity.rules.flatMap(({ text, holds }) => (holds ? [] : [text]));
    expect(
      failed.some((text) => rule.test(text)),
      failed.join('\n'),
    ).toBe(true);
  });
});

function withoutEmpty(labels: string): string {
  return JSON.stringify((JSON.parse(labels) as [string, string][]).filter(([, value]) => value !== ''));
}

/** Totals and counts that are less than before. */
function fallen(before: Seen, page: Seen): string[] {
  return Object.entries(page).flatMap(([name, { type, series }]) =>
    type === 'gauge' || type === 'untyped' || type === 'unknown'
      ? []
      : Object.entries(series).flatMap(([labels, { value, count, sum }]) => {
          const old = before[name]?.series[labels];
          const fell = (now: number | undefined, then: number | undefined): boolean =>
            now !== undefined && now < (then ?? 0);
          return fell(value, old?.value) || fell(count, old?.count) || fell(sum, old?.sum)
            ? [`${name}${labels}`]
            : [];
        }),
  );
}

/** The numbers of all lists with a name times a factor. */
function scaled(text: string, list: string, by: number): string {
  return text.replaceAll(new RegExp(`${list}: \\[([^\\]]*)\\]`, 'g'), (_, numbers: string) => {
    const scaledNumbers = numbers.split(', ').map((number) => Number(number) * by);
    return `${list}: [${scaledNumbers.toSorted((a, b) => a - b).join(', ')}]`;
  });
}

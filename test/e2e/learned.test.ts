/** A fleet that is learnt from samples: learnt again when they change, led to another situation, and had again from the journal. */
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import type * as Aside from '../../src/config/learn-aside.ts';
import type * as Learned from '../../src/config/learned.ts';
import type * as Load from '../../src/config/load.ts';
import { parsePage } from '../../src/wire/parse.ts';
import { until } from '../support/backends.ts';
import {
  createWorkspace,
  root,
  runLyrebird,
  startLyrebird,
  stopAll,
  type Lyrebird,
} from '../support/lyrebird.ts';

const workspace = await createWorkspace();
const started: Lyrebird[] = [];
afterEach(() => stopAll(started.splice(0)));
afterAll(() => workspace.remove());

/** The example with its samples, in a folder of its own. */
async function copyExample(name: string): Promise<{ readonly file: string; readonly samples: string }> {
  const folder = join(workspace.directory, name);
  await cp(join(root, 'configs', 'samples'), join(folder, 'samples'), { recursive: true });
  await cp(join(root, 'configs', 'learned-fleet.yaml'), join(folder, 'fleet.yaml'));
  return { file: join(folder, 'fleet.yaml'), samples: join(folder, 'samples', 'shop') };
}

const passTick = async (lyrebird: Lyrebird): Promise<void> => {
  const { tick } = await lyrebird.status();
  await until(async () => (await lyrebird.status()).tick > tick, { what: `a tick after ${tick}` });
};
const told = (lyrebird: Lyrebird, what: RegExp) =>
  until(() => what.test(lyrebird.process.output()), { what: String(what), timeoutMs: 20_000 });

/** Values of all series of a family, by their labels. */
function valuesOf(page: string, family: string): Map<string, number> {
  const found = parsePage(page, 'text').families.find(({ name }) => name === family);
  return new Map(found?.points.map(({ labels, value }) => [JSON.stringify(labels), value ?? Number.NaN]));
}

/** A module as it is built: threads are started from those alone. */
const built = async <Module>(name: string): Promise<Module> =>
  (await import(join(root, 'dist', 'config', `${name}.js`))) as Module;

describe('learning in a thread of its own', () => {
  it('leaves nothing to be learnt when the file is read, and mistakes to be told then', async () => {
    const { learnAside } = await built<typeof Aside>('learn-aside');
    const { learntEntries } = await built<typeof Learned>('learned');
    const { loadConfig } = await built<typeof Load>('load');
    const { file } = await copyExample('aside');
    expect(learntEntries()).toEqual([]);
    await learnAside({ file, options: {} });
    const [entry] = learntEntries();
    expect(entry?.[1].metrics).toHaveLength(5);
    expect(loadConfig(file).config.metrics).toHaveLength(5);
    expect(learntEntries()).toEqual([entry]);

    await learnAside({ file: join(workspace.directory, 'none.yaml'), options: {} });
    expect(learntEntries()).toEqual([entry]);
  });
});

describe.each([[[]], [['--workers', '2']]] as readonly (readonly [readonly string[]])[])(
  'a learned fleet, %j',
  (args) => {
    it(
      'follows its samples, goes to another situation, and is there again in a replay',
      { timeout: 240_000 },
      async () => {
        const { file, samples } = await copyExample(`run-${args.length}`);
        const journal = join(workspace.directory, `run-${args.length}.ndjson`);
        const lyrebird = await startLyrebird({
          config: file,
          sets: {
            'global.tick_interval_s': 0.2,
            'global.max_lag': 100_000,
            'exporters.prometheus.client': 'direct',
          },
          args: ['--journal', journal, ...args],
        });
        started.push(lyrebird);
        expect(lyrebird.process.output()).toContain('learned.shop: 5 metrics from 48 pages of samples/shop');
        const pages = [await lyrebird.page()];
        expect(valuesOf(pages[0] as string, 'shop_http_requests_total').size).toBe(300);

        const { status } = await lyrebird.post('/control/situation', { to: 'high_load', over_s: 1 });
        expect(status).toBe(200);
        for (let i = 0; i < 6; i++) await passTick(lyrebird);
        pages.push(await lyrebird.page());

        // A sample that is broken changes nothing.
        const [first = ''] = await readdir(join(samples, 'normal'));
        const whole = await readFile(join(samples, 'normal', first), 'utf8');
        await writeFile(join(samples, 'normal', first), `${whole}broken{ 1\n`);
        await told(lyrebird, /samples have changed: the run goes on as it was, since.*\.prom:\d+: /);

        // One with a further series is learnt from.
        await writeFile(
          join(samples, 'normal', first),
          whole.replace(
            '# HELP shop_orders_total',
            'shop_http_requests_total{method="PUT",status="200"} 12\n# HELP shop_orders_total',
          ),
        );
        await told(lyrebird, /samples have changed: changed shop_http_requests_total .*from tick \d+/);
        await passTick(lyrebird);
        await passTick(lyrebird);
        pages.push(await lyrebird.page());
        // What is written before a tick is in the file when the tick is done.
        await passTick(lyrebird);
        await passTick(lyrebird);
        lyrebird.process.signal('SIGKILL');
        await lyrebird.process.exited;

        const [before, after] = pages.slice(1).map((page) => valuesOf(page, 'shop_http_requests_total'));
        expect([before?.size, after?.size]).toEqual([300, 400]);
        for (const [labels, value] of before ?? [])
          expect(after?.get(labels), labels).toBeGreaterThanOrEqual(value);

        const lines = (await readFile(journal, 'utf8')).split('\n').slice(0, -1);
        const scrapes = lines
          .map((line) => JSON.parse(line) as { readonly line: string; readonly tick: number })
          .filter(({ line }) => line === 'scrape');
        expect(scrapes).toHaveLength(pages.length);
        for (const [index, { tick }] of scrapes.entries()) {
          const replayed = await runLyrebird(['replay', journal, '--tick', String(tick)]);
          expect(replayed.code, replayed.stderr).toBe(0);
          expect(replayed.stdout, `tick ${tick}`).toBe(pages[index]);
        }
      },
    );
  },
);

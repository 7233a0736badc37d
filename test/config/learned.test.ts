// Samples named in a file become metrics of the configuration, as values of a file become values.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { loadConfig, type LoadedConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { formatConfig } from '../../src/config/write.ts';
import { addFiles, situationsIn } from '../../src/learn/files.ts';
import { createHistory } from '../../src/learn/history.ts';
import { learn } from '../../src/learn/learnt.ts';
import { createPlant } from '../../src/simulation/plant.ts';

/** A page of a shop that has taken so many orders, with a queue as long. */
const page = (orders: number, queue: number): string =>
  [
    '# HELP orders_total Orders taken.',
    '# TYPE orders_total counter',
    `orders_total{instance="a",kind="web"} ${orders}`,
    `orders_total{instance="a",kind="phone"} ${Math.floor(orders / 3)}`,
    '# TYPE queue gauge',
    `queue{instance="a"} ${queue}`,
    '',
  ].join('\n');

const PAGES = { '1.prom': page(100, 3), '2.prom': page(130, 5), '3.prom': page(190, 4) };

/** Writes files into a folder of their own; gives it. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'lyrebird-learned-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const under = (name: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]));

function load(text: string, files: Readonly<Record<string, string>> = under('samples', PAGES)): LoadedConfig {
  const folder = folderOf({ ...files, 'run.yaml': text });
  return loadConfig(join(folder, 'run.yaml'));
}

const SHOP = 'learned:\n  shop: { samples: samples, interval_s: 15 }\n';

const problemOf = (text: string, files?: Readonly<Record<string, string>>): string => {
  try {
    load(text, files);
  } catch (error) {
    return (error as Error).message.replaceAll(/\/[^ :]*\/lyrebird-learned-[^/]*\//g, '');
  }
  throw new Error('nothing was wrong');
};

describe('a learned source', () => {
  it('is what `lyrebird learn` makes of the same samples', () => {
    const { config } = load(SHOP);
    const history = createHistory();
    addFiles(history, [join(folderOf(PAGES))], { intervalMs: 15_000 });
    const learnt = loadConfig({ text: learn(history).text, file: 'learned.yaml' });
    expect(config.metrics).toEqual(learnt.config.metrics);
    expect(config.metrics.map(({ name }) => name)).toEqual(['orders_total', 'queue']);
  });

  it('is ordinary metrics, which need no samples any more', () => {
    const { config, samples, files, notes } = load(SHOP);
    expect(loadConfig({ text: formatConfig(config), file: 'saved.yaml' }).config).toEqual(config);
    expect(samples).toEqual([{ folder: expect.stringMatching(/samples$/) as string, watch: true }]);
    expect(files.map(({ file }) => file)).toEqual(['samples/1.prom', 'samples/2.prom', 'samples/3.prom']);
    expect(notes[0]).toBe('learned.shop: 2 metrics from 3 pages of samples');
  });

  it('stands behind the metrics of the file', () => {
    const { config } = load(`${SHOP}metrics: [{ name: up, type: gauge }]\n`);
    expect(config.metrics.map(({ name }) => name)).toEqual(['up', 'orders_total', 'queue']);
  });

  it('is learnt anew from other samples of the same size', () => {
    const folder = folderOf({ ...under('samples', PAGES), 'run.yaml': SHOP });
    const before = loadConfig(join(folder, 'run.yaml')).config;
    expect(loadConfig(join(folder, 'run.yaml')).config).toEqual(before);
    writeFileSync(join(folder, 'samples', '3.prom'), page(290, 4));
    expect(loadConfig(join(folder, 'run.yaml')).config).not.toEqual(before);
  });

  it.each([
    [
      'a folder that is not there',
      SHOP,
      { 'other/1.prom': '' },
      'run.yaml:2:20 learned.shop.samples: cannot be learnt: samples cannot be read: ENOENT',
    ],
    [
      'a folder without pages',
      SHOP,
      { 'samples/readme.txt': '' },
      'run.yaml:2:20 learned.shop.samples: cannot be learnt: samples holds no .prom file, and no folder of them',
    ],
    [
      'a page that is broken',
      SHOP,
      { 'samples/1.prom': 'up 1\nup{ 2\n' },
      /^run.yaml:2:20 learned.shop.samples: cannot be learnt: samples\/1.prom:2: /,
    ],
    [
      'a name that the file has',
      `${SHOP}metrics: [{ name: queue, type: gauge }]\n`,
      undefined,
      'run.yaml:3:19 metrics[0].name: is queue, and so is a metric that learned.shop has learnt from samples; every metric needs a name of its own',
    ],
    [
      'a name that becomes one of the file',
      `${SHOP}metrics: [{ name: orders, type: counter }]\n`,
      undefined,
      'run.yaml:2:20 learned.shop.samples: orders_total.name: orders_total (counter) and orders (counter) would both be prom_orders_total on the page; rename one of them',
    ],
    [
      'a name of another source',
      `${SHOP}  again: { samples: samples, interval_s: 15 }\n`,
      undefined,
      /run.yaml:3:21 learned.again.samples: hold orders_total, and so do those of learned.shop/,
    ],
    [
      'a factor of a name that it learns',
      `${SHOP}factors: { shop_1: {} }\n`,
      Object.fromEntries(
        Array.from({ length: 30 }, (_, i) => {
          const load = [3, 9, 1, 7, 4, 8, 2][i % 7] as number;
          return [`samples/${i}.prom`, `# TYPE a gauge\na ${load}\n# TYPE b gauge\nb ${2 * load + 1}\n`];
        }),
      ),
      'run.yaml:3:12 factors.shop_1: is shop_1, and so is a factor that learned.shop has learnt; name one of them otherwise',
    ],
    [
      'pages beside situations',
      SHOP,
      { ...under('samples', PAGES), ...under('samples/high', PAGES) },
      /samples holds pages and the folder high with pages/,
    ],
    [
      'a situation that is not there',
      'learned:\n  shop: { samples: samples, interval_s: 15, situation: hihg }\n',
      { ...under('samples/low', PAGES), ...under('samples/high', PAGES) },
      'run.yaml:2:56 learned.shop.situation: unknown situation hihg, did you mean high? Allowed: high, low',
    ],
    [
      'a situation of samples without any',
      'learned:\n  shop: { samples: samples, interval_s: 15, situation: high }\n',
      undefined,
      'run.yaml:2:56 learned.shop.situation: is high, and samples are of one situation; each needs a folder of its own',
    ],
    [
      'a key that is none',
      'learned:\n  shop: { sample: samples }\n',
      undefined,
      /run.yaml:2:11 learned.shop.sample: unknown key sample, did you mean samples\?/,
    ],
    [
      'a replica label that is wrong',
      'learned:\n  shop: { samples: samples, interval_s: 15, replicate: { instance: { range: [9, 1] } } }\n',
      undefined,
      /run.yaml:2:\d+ learned.shop.replicate.instance.range: is reversed/,
    ],
    [
      'a replica label that is not the label of a bucket',
      'learned:\n  shop: { samples: samples, interval_s: 15, replicate: { kind: { range: [1, 2] } } }\nprofiles: { shop: { labels: {} } }\n',
      undefined,
      /learned.shop.replicate: becomes the profile shop, and profiles has one of that name/,
    ],
  ])('refuses %s', (_, text, files, message) => {
    expect(problemOf(text, files)).toMatch(message);
  });

  it('of pages without a sample is refused at its place, though nothing else is in the file', () => {
    expect(problemOf(SHOP, { 'samples/1.prom': '', 'samples/2.prom': '# nothing\n' })).toBe(
      'run.yaml:2:20 learned.shop.samples: cannot be learnt: 2 pages of samples hold no sample',
    );
  });

  it('is for files alone', () => {
    expect(() => parseConfig({ learned: {}, metrics: [{ name: 'up', type: 'gauge' }] })).toThrow(
      /learned: is read with a file of configuration only/,
    );
  });
});

describe('replicate', () => {
  const fleet = 'replicate: { instance: { range: [1, 1000] } }';

  it.each([
    ['of a source', `learned:\n  shop: { samples: samples, interval_s: 15, ${fleet} }\n`, 'shop'],
    ['of the file', `${SHOP}${fleet}\n`, 'replicas'],
  ])('%s makes many of one', (_, text, profile) => {
    const { config } = load(text);
    expect(config.profiles).toMatchObject({ [profile]: { labels: { instance: { range: [1, 1000] } } } });
    const { families } = createPlant(config);
    expect(families.map(({ name, size }) => [name, size])).toEqual([
      ['orders_total', 2000],
      ['queue', 1000],
    ]);
    const [orders] = families;
    expect(orders?.labels.names.toSorted()).toEqual(['instance', 'kind']);
  });

  it('stands in what `lyrebird learn --replicate` writes, where it can be changed', () => {
    const history = createHistory();
    addFiles(history, [folderOf(PAGES)], { intervalMs: 15_000 });
    const { text } = learn(history, { replicas: { label: 'instance', from: 1, to: 3 } });
    expect(text).toContain('replicate:\n  "instance": { range: [1, 3], fmt: "instance-{}" }');
    const { config } = loadConfig({ text: text.replace('[1, 3]', '[1, 7]'), file: 'learned.yaml' });
    expect(createPlant(config).families.map(({ size }) => size)).toEqual([14, 7]);
  });

  it('takes values that are written as numbers for text, and those of a file', () => {
    const files = { ...under('samples', PAGES), 'names.txt': 'x\ny\n' };
    const { config } = load(
      `${SHOP}replicate: { instance: { values: [1.10, 007] }, shop: { values_file: names.txt } }\n`,
      files,
    );
    expect(config.profiles['replicas']?.labels).toEqual({
      instance: { values: ['1.10', '007'] },
      shop: { values: ['x', 'y'] },
    });
  });

  it.each([
    [
      'without anything learnt',
      `${fleet}\nmetrics: [{ name: up, type: gauge }]\n`,
      'run.yaml:1:1 replicate: is for metrics of the algorithm learned that have no profile, and there is none',
    ],
    [
      'that is wrong',
      `replicate: { instance: { rnge: [1, 2] } }\n${SHOP}`,
      /run.yaml:1:26 replicate.instance.rnge: unknown key rnge, did you mean range\?/,
    ],
    [
      'beside its profile',
      `${fleet}\nprofiles: { replicas: {} }\n${SHOP}`,
      /run.yaml:1:1 replicate: becomes the profile replicas, and profiles has one of that name/,
    ],
  ])('is refused %s', (_, text, message) => {
    expect(problemOf(text)).toMatch(message);
  });
});

describe('folders of samples', () => {
  const situated = { ...under('samples/high_load', PAGES), ...under('samples/normal', PAGES) };

  it('are situations, each with models of the same series', () => {
    const more = { ...situated, 'samples/high_load/3.prom': page(900, 40) };
    const { config } = load(SHOP, more);
    const [orders] = config.metrics as unknown as {
      readonly situation: string;
      readonly models: readonly { readonly rates: readonly number[] }[];
      readonly situations: Readonly<Record<string, readonly { readonly rates: readonly number[] }[]>>;
    }[];
    expect(orders?.situation).toBe('normal');
    expect(orders?.models[0]?.rates).toEqual([2, 4]);
    expect(Object.keys(orders?.situations ?? {})).toEqual(['high_load']);
    expect(orders?.situations['high_load']?.[0]?.rates.at(-1)).toBeCloseTo(770 / 15, 4);
  });

  it('begin with the situation that the file names', () => {
    const { config } = load(
      'learned:\n  shop: { samples: samples, interval_s: 15, situation: high_load }\n',
      situated,
    );
    expect(config.metrics[0]).toMatchObject({ situation: 'high_load' });
    expect(Object.keys((config.metrics[0] as unknown as { situations: object }).situations)).toEqual([
      'normal',
    ]);
  });

  it('may have series that others lack: counters rest there, levels stay', () => {
    const failing = Object.entries(PAGES).map(([name, text], i) => [
      name,
      `${text.replace('kind="phone"', 'kind="failed"')}# TYPE broken gauge\nbroken{x="1"} ${7 + i}\n`,
    ]);
    const files = {
      ...under('samples/normal', PAGES),
      ...under('samples/error', Object.fromEntries(failing) as Record<string, string>),
    };
    const { config } = load(SHOP, files);
    const [orders, , broken] = config.metrics as unknown as {
      readonly name: string;
      readonly label_sets: readonly { readonly kind?: string }[];
      readonly models: readonly { readonly rates: readonly number[]; readonly values: readonly number[] }[];
      readonly situations: Readonly<Record<string, readonly { readonly rates: readonly number[] }[]>>;
    }[];
    expect(orders?.label_sets.map(({ kind }) => kind)).toEqual(['web', 'phone', 'failed']);
    const resting = (models: readonly { readonly rates: readonly number[] }[] = []) =>
      models.map(({ rates }) => rates.every((rate) => rate === 0));
    expect(resting(orders?.models)).toEqual([false, false, true]);
    expect(resting(orders?.situations['error'])).toEqual([false, true, false]);
    expect(broken?.name).toBe('broken');
    expect(broken?.models[0]?.values).toEqual([7, 8, 9]);
  });

  it('may count what is of unknown type in one of them, and rests in the others', () => {
    const withFaults = (folder: string, faultsOf: (page: number) => number) =>
      under(
        folder,
        Object.fromEntries(
          Object.entries(PAGES).map(([name, text], i) => [name, `${text}faults ${faultsOf(i)}\n`]),
        ),
      );
    const { config } = load(SHOP, {
      ...withFaults('samples/normal', () => 5),
      ...withFaults('samples/error', (page) => 5 + 10 * page),
    });
    const faults = config.metrics.find(({ name }) => name === 'faults');
    expect(faults).toMatchObject({
      type: 'unknown',
      like: 'counter',
      models: [{ start: 5, rates: [0] }],
      situations: { error: [{ start: 25 }] },
    });
  });

  it('may have other buckets: those of all are there, and each situation keeps what was seen in its own', () => {
    const timed = (bounds: readonly number[], countsOf: (page: number) => readonly number[]) => {
      const pages = Object.keys(PAGES).map((name, i): [string, string] => {
        const counts = countsOf(i);
        const buckets = [...bounds, '+Inf'].map((le, at) => `took_bucket{le="${le}"} ${counts[at]}`);
        const total = counts.at(-1) as number;
        return [
          name,
          ['# TYPE took histogram', ...buckets, `took_sum ${total}`, `took_count ${total}`, ''].join('\n'),
        ];
      });
      return Object.fromEntries(pages);
    };
    const { config, notes } = load(SHOP, {
      ...under(
        'samples/normal',
        timed([0.1, 0.5], (i) => [10 * i, 10 * i, 10 * i]),
      ),
      ...under(
        'samples/slow',
        timed([0.5, 4], (i) => [0, 30 * i, 30 * i]),
      ),
    });
    expect(config.metrics[0]).toMatchObject({
      buckets: [0.1, 0.5, 4],
      models: [{ edges: [0, 0.1], weights: [20] }],
      situations: { slow: [{ edges: [0.5, 4], weights: [60] }] },
    });
    expect(notes).toContain(
      'learned.shop: took has other buckets or quantiles in slow than in normal; it is shown with those of all situations',
    );
  });

  it('are told apart from pages where one target is meant', () => {
    const folder = folderOf({ ...under('calm', PAGES), ...under('busy', PAGES) });
    expect(() => addFiles(createHistory(), [folder])).toThrow(
      `${folder} holds no .prom file, but folders of them (busy, calm): name one, or have learned in a file learn them as situations`,
    );
    expect(() => addFiles(createHistory(), [folderOf({ 'x.txt': '' })])).toThrow(
      /holds no .prom file, and no folder of them/,
    );
  });

  it('are told by their pages; hidden ones and those without pages are none', () => {
    const folder = folderOf({
      ...under('b', PAGES),
      ...under('a', PAGES),
      ...under('.hidden', PAGES),
      'c/x.txt': '',
    });
    expect(situationsIn(folder).map(({ name, files }) => [name, files.length])).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
  });
});

/** Whatever is done to whatever run, what it shows is explained, the same everywhere, and can be had again. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import type { Config } from '../../src/config/schema.ts';
import { openJournal } from '../../src/simulation/journal/journal.ts';
import type { Line } from '../../src/simulation/journal/lines.ts';
import { readRecord } from '../../src/simulation/journal/record.ts';
import { replayPage, type ReplayOptions } from '../../src/simulation/replay.ts';
import type { EffectStatus } from '../../src/simulation/status.ts';
import { FAULT_KINDS, type RequestFault, type Spoilt } from '../../src/sinks/shared/faults.ts';
import { createMemorySink, type MemoryFrame } from '../../src/sinks/memory.ts';
import { LyrebirdError } from '../../src/util/errors.ts';
import { yieldNow } from '../../src/util/turns.ts';
import { createReceiver } from '../../src/verify/receiver.ts';
import type { DecodedMetric } from '../../src/wire/otlp-decode.ts';
import type { PageFormat } from '../../src/wire/page.ts';
import { createExpectedFaults, faultOf } from '../support/expected-faults.ts';
import { createDeeds, expectedRun, identityOf, type ExpectedRun } from '../support/expected-series.ts';
import { findBreaches, identitiesOf, seenInMemory, seenOverOtlp, withSeries } from '../support/invariants.ts';
import { seenOnPage } from '../support/pages.ts';
import {
  ACTIONS,
  randomRuns,
  type RandomAction,
  type RandomReload,
  type RandomRun,
} from '../support/random-runs.ts';
import { ACCEPT } from '../support/scrape.ts';
import { configOf, FREE_PAGE, pageUrlOf, startSimulation } from '../support/simulation.ts';

/** Ends at the first failure: shrinking a run means doing it again and again. */
const RUNS = 90;
/** As many runs are done again on worker threads, whose start takes time. */
const ON_WORKERS = 6;
/** Longest wait for what was sent, which takes milliseconds. */
const ARRIVAL_MS = 10_000;

const folder = mkdtempSync(join(tmpdir(), 'anything-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How often each action had each outcome, each fault was seen, and how many ticks were looked at. */
interface Tally {
  readonly outcomes: Map<string, number>;
  readonly spoilt: Map<string, number>;
  readonly changed: Map<string, number>;
  ticks: number;
  runs: number;
  onWorkers: number;
}

const count = (of: Map<string, number>, what: string): void => void of.set(what, (of.get(what) ?? 0) + 1);

/** A page as it came. */
interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
  /** Whether the connection broke before the end. */
  readonly isBroken: boolean;
}

function scrape(url: string, format: PageFormat): Promise<Answer> {
  return new Promise((resolve) => {
    let [status, type]: [number | undefined, string | undefined] = [undefined, undefined];
    const chunks: Buffer[] = [];
    const answer = (isBroken: boolean): void =>
      resolve({ status, type, body: Buffer.concat(chunks).toString(), isBroken });
    request(url, { headers: { accept: ACCEPT[format] }, agent: false }, (response) => {
      status = response.statusCode;
      type = response.headers['content-type'];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => answer(true));
      response.on('end', () => answer(false));
    })
      .on('error', () => answer(true))
      .end();
  });
}

function reloaded(input: RandomRun['input'], next: RandomReload): RandomRun['input'] {
  const { cap, without, reversed, churn } = next;
  const metrics = input.metrics.filter(({ name }) => name !== without);
  const { shops, pods } = input.profiles;
  return {
    ...input,
    profiles: {
      shops: { ...shops, series_cap: cap },
      pods: { ...pods, ...(churn !== undefined && { churn }) },
    },
    metrics: reversed ? metrics.toReversed() : metrics,
  };
}

/** A frame that is on its way to the receiver, with what has ended since the one before. */
interface Pushed {
  readonly frame: MemoryFrame;
  readonly ended: ReadonlySet<string>;
  /** Names of metrics of which nobody can say what a backend takes them for, since their type is another one. */
  readonly retyped: ReadonlySet<string>;
}

/** A run under a manual clock that keeps a journal, serves its page and pushes to a receiver; ends with `stop`. */
async function start({ client, input }: RandomRun, path: string) {
  const requests: DecodedMetric[][] = [];
  const receiver = await createReceiver({
    port: 0,
    onRequest: (decoded) => {
      requests.push([...decoded]);
      return undefined;
    },
  });
  const memory = createMemorySink({ frames: 10_000 });
  const journal = await openJournal(path, { version: '1.2.3' });
  const exporters = {
    prometheus: { ...FREE_PAGE, client, prefix: '' },
    otel: { client, prefix: '', endpoint: `127.0.0.1:${receiver.port}`, export_interval_s: 1 },
  };
  const fileOf = (of: RandomRun['input']) => configOf({ ...of, exporters });
  let file = () => fileOf(input);
  const configs: Config[] = [];
  const run = await startSimulation(
    { ...input, exporters },
    {
      journal,
      sinks: [() => memory],
      reread: () => ({ config: file(), place: () => 'the file' }),
      onConfig: (config) => configs.push(config),
    },
  );
  const { simulation } = run;
  let read = 0;
  let taken = 0;
  return {
    run,
    url: pageUrlOf(simulation.status()),
    take(action: RandomAction): Promise<unknown> {
      switch (action.do) {
        case 'edit':
          return simulation.editMetrics(action.edit);
        case 'reload':
          file = () => fileOf(reloaded(input, action.file));
          return simulation.reload();
        default:
          return simulation.act(action);
      }
    },
    /** Configurations since it was last asked. */
    configs: () => configs.splice(0),
    /** Frames since it was last asked. */
    frames() {
      const shown = memory.frames().slice(read);
      read += shown.length;
      return shown;
    },
    /** The next requests that come to the receiver. */
    async received(number: number): Promise<DecodedMetric[][]> {
      taken += number;
      for (const end = performance.now() + ARRIVAL_MS; requests.length < taken; await yieldNow())
        if (performance.now() > end)
          throw new Error(`${requests.length} requests came, and there should be ${taken}`);
      return requests.slice(taken - number, taken);
    },
    /** Requests that came and nobody expected so far. */
    surplus: () => requests.length - taken,
    async stop() {
      await run.stop();
      await receiver.close();
    },
  };
}

/** Metrics that do not go on through a row of configurations. */
function replacedIn(configs: readonly Config[]): Set<string> {
  const identities = configs.map(
    (config) => new Map(config.metrics.map((metric) => [metric.name, identityOf(config, metric)])),
  );
  const names = new Set(identities.flatMap((of) => [...of.keys()]));
  return new Set([...names].filter((name) => new Set(identities.map((of) => of.get(name))).size > 1));
}

/** What a run left to look at when it has ended. */
interface Watched {
  /** Pages that came whole, and beginnings of those that did not, by tick. */
  readonly pages: ReadonlyMap<number, string>;
  readonly beginnings: ReadonlyMap<number, string>;
  /** Requests that were spoilt, as they should be on record. */
  readonly spoilt: readonly Spoilt[];
}

/** Does all that a run says, and looks at every tick. */
async function watch(drawn: RandomRun, path: string, tally: Tally): Promise<Watched> {
  const live = await start(drawn, path);
  const { run, url } = live;
  const { simulation } = run;
  const isDirect = drawn.client === 'direct';
  const deeds = createDeeds(simulation.config);
  const requests = createExpectedFaults<Pushed>(simulation.config.global.seed);
  const pages = new Map<number, string>();
  const beginnings = new Map<number, string>();
  let config = simulation.config;
  let earlier: { readonly effects: readonly EffectStatus[] | undefined; readonly expected: ExpectedRun } = {
    effects: [],
    expected: new Map(),
  };
  let before: MemoryFrame | undefined;
  /** Series of the frame last sent, and metrics whose type is another one since. */
  let told = new Set<string>();
  let retyped = new Set<string>();

  /** What is sent of a frame. */
  const pushOf = (frame: MemoryFrame): Pushed => {
    const now = identitiesOf(seenInMemory(frame, 'otlp'));
    for (const { name, type, otel } of frame.families)
      if (before?.families.some((old) => old.name === name && old.type !== type)) retyped.add(otel.name);
    return { frame, ended: new Set([...told].filter((name) => !now.has(name))), retyped: new Set(retyped) };
  };
  const checkPushed = async (arrived: readonly Pushed[]): Promise<void> => {
    // A frame that shows nothing, and of which nothing has ended, is no request.
    const sent = arrived.filter(
      ({ frame, ended }) => ended.size > 0 || frame.families.some(({ series }) => series.length > 0),
    );
    const received = await live.received(sent.length);
    for (const [index, { frame, ended, retyped: others }] of sent.entries()) {
      const { seen, ended: said } = seenOverOtlp(received[index] ?? []);
      expect(seen).toEqual(withSeries(seenInMemory(frame, 'otlp')));
      const known = (names: Iterable<string>) =>
        [...names].filter((name) => !others.has(name.split(' ', 1)[0] ?? '')).toSorted();
      if (isDirect) expect(known(said)).toEqual(known(ended));
    }
  };
  const checkPage = async (
    frame: MemoryFrame,
    format: PageFormat,
    faults: readonly RequestFault[],
  ): Promise<void> => {
    const spoilt = requests.scrape(faults, frame.tick);
    const answer = await scrape(url, format);
    for (const { kind } of spoilt?.faults ?? []) count(tally.spoilt, kind);
    const isAnswered = spoilt?.breaks !== true && spoilt?.status === undefined;
    const isWhole = isAnswered && spoilt?.afterBytes === undefined;
    expect(answer.isBroken).toBe(spoilt?.breaks === true || (isAnswered && !isWhole));
    if (spoilt?.breaks !== true) expect(answer.status ?? 200).toBe(spoilt?.status ?? 200);
    if (isWhole) expect(answer.type).toContain(spoilt?.contentType ?? ACCEPT[format].split(';', 1)[0]);
    if (isWhole) expect(seenOnPage(answer.body, format)).toEqual(seenInMemory(frame, format));
    if (isWhole && format === 'text') pages.set(frame.tick, answer.body);
    if (isAnswered && !isWhole && format === 'text') {
      expect(Buffer.byteLength(answer.body)).toBeLessThanOrEqual(spoilt?.afterBytes ?? 0);
      beginnings.set(frame.tick, answer.body);
    }
  };

  try {
    for (const [index, { actions, together, stallTicks }] of [CALM, ...drawn.steps].entries()) {
      const outcomes = actions.map((action) => async () => {
        const outcome = await live.take(action).then(
          () => 'taken',
          (error: unknown) => {
            if (error instanceof LyrebirdError) return error.code;
            throw error;
          },
        );
        count(tally.outcomes, `${action.do}: ${outcome}`);
        deeds.note(simulation.status());
      });
      if (together) await Promise.all(outcomes.map((act) => act()));
      else for (const act of outcomes) await act();
      const asked = simulation.status();
      if (stallTicks > 0) run.clock.stall(stallTicks * 1000);
      // The first look is at birth.
      if (index > 0) await run.ticks(1);
      const begun = simulation.status();
      deeds.note(begun);
      const shown = live.frames();
      const faults = asked.active_faults.map(faultOf);
      const others = live.configs();
      for (const other of others) deeds.follow(other, before?.tick ?? 0);
      const configs = [config, ...others];
      config = simulation.config;
      let replaced = replacedIn(configs);
      for (const frame of shown) {
        const { tick } = frame;
        const expected = expectedRun(config, deeds, tick);
        // Of ticks that were caught up with nobody knows when a scenario did what.
        const effects =
          shown.length > 1
            ? undefined
            : [...asked.active_effects, ...begun.active_effects].filter(
                ({ from_tick: from, until_tick: until }) => from <= tick && tick < (until ?? Infinity),
              );
        const breaches = findBreaches(before, frame, {
          config,
          expected: {
            before: earlier.expected,
            now: expected,
            asNow: expectedRun(config, deeds, before?.tick ?? 0),
          },
          replaced,
          effects: effects && earlier.effects && { before: earlier.effects, now: effects },
        });
        expect(breaches).toEqual([]);
        for (const effect of effects ?? []) for (const name of changesOf(effect)) count(tally.changed, name);
        const pushed = pushOf(frame);
        if (requests.push(faults, tick, pushed)) {
          told = identitiesOf(seenInMemory(frame, 'otlp'));
          retyped = new Set();
        }
        await checkPushed(requests.arrived(tick));
        before = frame;
        earlier = { effects, expected };
        replaced = new Set();
        tally.ticks += 1;
      }
      const last = run.frame();
      await checkPage(last, 'text', faults);
      if (index % 3 === 0) await checkPage(last, 'openmetrics', faults);
    }
  } finally {
    await live.stop();
  }
  await checkPushed(requests.arrived(Number.POSITIVE_INFINITY));
  expect(live.surplus()).toBe(0);
  for (const { way, faults } of requests.spoilt)
    if (way === 'push') for (const { kind } of faults) count(tally.spoilt, kind);
  return { pages, beginnings, spoilt: requests.spoilt };
}

/** What chance hardly ever does: an effect that is taken back while it is there. */
const TAKEN_BACK: RandomRun = {
  client: 'direct',
  input: {
    profiles: {
      shops: { labels: { shop: { values: ['a', 'b'] } } },
      pods: { labels: { pod: { range: [1, 2] } } },
    },
    metrics: [{ name: 'metric_0', type: 'counter', algorithm: 'poisson', profile: 'shops' }],
  },
  steps: [
    {
      actions: [{ do: 'set_effect', id: 'calm', metrics: ['*'], series: '{shop="a"}', rate: 9 }],
      together: false,
      stallTicks: 0,
    },
    { actions: [{ do: 'cancel_effect', id: 'calm' }], together: false, stallTicks: 0 },
    { actions: [], together: false, stallTicks: 0 },
  ],
};

/** Exports of which some are withheld. */
const WITHHELD: RandomRun = {
  ...TAKEN_BACK,
  steps: [
    {
      actions: [{ do: 'set_fault', id: 'loss', kind: 'drop', share: 0.5, duration_s: 4 }],
      together: false,
      stallTicks: 0,
    },
    ...Array.from({ length: 5 }, () => ({ actions: [], together: false, stallTicks: 0 })),
  ],
};

/** Increments that go from one label value to another. */
const MOVED: RandomRun = {
  ...TAKEN_BACK,
  steps: [
    {
      actions: [
        {
          do: 'set_effect',
          id: 'moved',
          metrics: ['metric_0'],
          errorRate: { from: { shop: 'a' }, to: { shop: 'b' }, share: 0.5 },
          durationS: 3,
        },
      ],
      together: false,
      stallTicks: 0,
    },
    ...Array.from({ length: 5 }, () => ({ actions: [], together: false, stallTicks: 0 })),
  ],
};

/** A step that does nothing: the first look is at birth. */
const CALM: RandomRun['steps'][number] = { actions: [], together: false, stallTicks: 0 };

const CHANGES = ['rate', 'value', 'params', 'error_rate', 'freeze', 'nan', 'drop', 'reset'];

/** What an effect changes, by name. */
function changesOf(effect: EffectStatus): string[] {
  const { rate, value, params, error_rate: errorRate, ...rest } = effect;
  return [
    ...(rate === 1 ? [] : ['rate']),
    ...(value.scale === 1 && value.offset === 0 ? [] : ['value']),
    ...(Object.keys(params).length === 0 ? [] : ['params']),
    ...(errorRate === null ? [] : ['error_rate']),
    ...(['freeze', 'nan', 'drop', 'reset'] as const).filter((fault) => rest[fault]),
  ];
}

async function replayed(
  path: string,
  options: Partial<ReplayOptions> & Pick<ReplayOptions, 'tick'>,
  replay: typeof replayPage = replayPage,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of replay(readRecord(path), { format: 'text', ...options }))
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** The replay of the built program: worker threads run what is built. */
async function builtReplay(): Promise<typeof replayPage> {
  const built = new URL('../../dist/simulation/replay.js', import.meta.url);
  if (!existsSync(built)) throw new Error('dist/simulation/replay.js is not there: npm run build');
  const module = (await import(built.href)) as { readonly replayPage: typeof replayPage };
  return module.replayPage;
}

/** The spoilt requests of a journal, scrapes and pushes each in order. */
function spoiltOnRecord(path: string): Spoilt[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as Line)
    .flatMap((line) =>
      line.line === 'fault'
        ? [{ way: line.way, number: line.number, tick: line.tick, faults: line.faults }]
        : [],
    );
}

const byWay = (spoilt: readonly Spoilt[]) =>
  (['scrape', 'push'] as const).map((way) => spoilt.filter((one) => one.way === way));

describe('any actions on any run', () => {
  it(
    'leave what it shows whole, explained, equal in all sinks, and to be had again on any number of threads',
    { timeout: 600_000 },
    async () => {
      const tally: Tally = {
        outcomes: new Map(),
        spoilt: new Map(),
        changed: new Map(),
        ticks: 0,
        runs: 0,
        onWorkers: 0,
      };
      const onWorkers = await builtReplay();
      await fc.assert(
        fc.asyncProperty(randomRuns(14), fc.array(fc.nat(100), { maxLength: 2 }), async (drawn, picks) => {
          tally.runs += 1;
          const path = join(folder, `${tally.runs}.ndjson`);
          const { pages, beginnings, spoilt } = await watch(drawn, path, tally);
          expect(byWay(spoiltOnRecord(path))).toEqual(byWay(spoilt));
          const ticks = [...pages.keys()];
          const chosen = new Set([...picks.map((pick) => ticks[pick % ticks.length]), ticks.at(-1)]);
          for (const tick of chosen)
            if (tick !== undefined) expect(await replayed(path, { tick })).toBe(pages.get(tick));
          for (const [tick, beginning] of beginnings) {
            const page = await replayed(path, { tick });
            expect(page.slice(0, beginning.length)).toBe(beginning);
          }
          const last = ticks.at(-1);
          if (last === undefined || tally.runs % Math.floor(RUNS / ON_WORKERS) !== 0) return;
          tally.onWorkers += 1;
          for (const workers of [1, 2])
            expect(await replayed(path, { tick: last, workers }, onWorkers)).toBe(pages.get(last));
        }),
        {
          numRuns: RUNS,
          endOnFailure: true,
          examples: [
            [TAKEN_BACK, []],
            [WITHHELD, []],
            [MOVED, []],
          ],
        },
      );
      expect(tally.ticks).toBeGreaterThan(RUNS * 4);
      expect(tally.onWorkers).toBeGreaterThanOrEqual(ON_WORKERS);
      // Every kind of action was taken, those that a library client cannot show were refused, every fault and change was seen.
      const kinds = Object.values(ACTIONS).flatMap((action) => fc.sample(action, 1).map((one) => one.do));
      const limited = ['set_effect', 'set_churn', 'explode', 'edit', 'reload'];
      const wanted = [
        ...kinds.map((kind) => `${kind}: taken`),
        ...limited.map((kind) => `${kind}: client_cannot_express`),
      ];
      expect(wanted.filter((outcome) => !tally.outcomes.has(outcome))).toEqual([]);
      expect(Object.keys(FAULT_KINDS).filter((kind) => !tally.spoilt.has(kind))).toEqual([]);
      expect(CHANGES.filter((change) => !tally.changed.has(change))).toEqual([]);
    },
  );
});

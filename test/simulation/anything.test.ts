/** Whatever is done to whatever run, what it shows is explained, the same everywhere, and can be had again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { openJournal } from '../../src/simulation/journal/journal.ts';
import { readRecord } from '../../src/simulation/journal/record.ts';
import { replayPage } from '../../src/simulation/replay.ts';
import type { EffectStatus } from '../../src/simulation/status.ts';
import { createMemorySink } from '../../src/sinks/memory.ts';
import { LyrebirdError } from '../../src/util/errors.ts';
import { yieldNow } from '../../src/util/mutex.ts';
import { createReceiver } from '../../src/verify/receiver.ts';
import type { DecodedMetric } from '../../src/wire/otlp-decode.ts';
import { findBreaches, identitiesOf, seenInMemory, seenOverOtlp, withSeries } from '../support/invariants.ts';
import { seenOnPage } from '../support/pages.ts';
import { randomRuns, type RandomAction, type RandomReload, type RandomRun } from '../support/random-runs.ts';
import { configOf, FREE_PAGE, startSimulation, type TestSimulation } from '../support/simulation.ts';

/** Ends at the first failure: shrinking a run means doing it again and again. */
const RUNS = 20;

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

const folder = mkdtempSync(join(tmpdir(), 'anything-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How often each action had each outcome, and how many ticks were looked at. */
interface Tally {
  readonly outcomes: Map<string, number>;
  ticks: number;
  runs: number;
}

const createTally = (): Tally => ({ outcomes: new Map(), ticks: 0, runs: 0 });

/** Takes actions one after the other; gives the names of metrics that are others since. */
async function act(
  live: LiveRun,
  actions: RandomRun['steps'][number]['actions'],
  tally: Tally,
): Promise<Set<string>> {
  const { simulation } = live.run;
  const before = simulation.config;
  for (const action of actions) {
    const outcome = await take(live, action).then(
      () => 'taken',
      (error: unknown) => {
        if (error instanceof LyrebirdError) return error.code;
        throw error;
      },
    );
    const name = `${action.do}: ${outcome}`;
    tally.outcomes.set(name, (tally.outcomes.get(name) ?? 0) + 1);
  }
  const now = simulation.config;
  if (now === before) return new Set();
  return new Set([...before.metrics, ...now.metrics].map(({ name }) => name));
}

function take({ run: { simulation }, write }: LiveRun, action: RandomAction): Promise<unknown> {
  switch (action.do) {
    case 'edit':
      return simulation.editMetrics(action.edit);
    case 'reload':
      write(action.file);
      return simulation.reload();
    default:
      return simulation.act(action);
  }
}

/** The label sets of each family, shown or not. */
function labelSetsOf({ simulation }: TestSimulation) {
  return new Map(
    simulation.families.map(({ name, size, labels }) => [
      name,
      Array.from({ length: size }, (_, slot) =>
        Object.fromEntries(labels.names.map((label, dimension) => [label, labels.value(slot, dimension)])),
      ),
    ]),
  );
}

function reloaded(input: RandomRun['input'], { cap, without, reversed }: RandomReload): RandomRun['input'] {
  const metrics = input.metrics.filter(({ name }) => name !== without);
  const { shops, ...others } = input.profiles;
  return {
    ...input,
    profiles: { shops: { ...shops, series_cap: cap }, ...others },
    metrics: reversed ? metrics.toReversed() : metrics,
  };
}

/** A run under a manual clock that keeps a journal, serves its page and pushes to a receiver; ends with `stop`. */
async function start({ client, input }: RandomRun, path: string) {
  const received: DecodedMetric[] = [];
  const receiver = await createReceiver({ port: 0, onRequest: (decoded) => void received.push(...decoded) });
  const memory = createMemorySink({ frames: 10_000 });
  const journal = await openJournal(path, { version: '1.2.3' });
  const exporters = {
    prometheus: { ...FREE_PAGE, client, prefix: '' },
    otel: { client, prefix: '', endpoint: `127.0.0.1:${receiver.port}`, export_interval_s: 1 },
  };
  const fileOf = ({ metrics, profiles, ...rest }: RandomRun['input']) =>
    configOf({ ...rest, metrics, profiles, exporters });
  let file = () => fileOf(input);
  const run = await startSimulation(
    { ...input, exporters },
    { journal, sinks: [() => memory], reread: () => ({ config: file(), place: () => 'the file' }) },
  );
  let read = 0;
  return {
    run,
    /** Has the file be another one. */
    write(next: RandomReload) {
      file = () => fileOf(reloaded(input, next));
    },
    /** Frames since it was last asked, and the one before them. */
    frames() {
      const all = memory.frames();
      const before = all[read - 1];
      const shown = all.slice(read);
      read = all.length;
      return { before, shown };
    },
    /** What came over OTLP since it was last asked, once everything has been delivered. */
    async received() {
      const pending = (): number =>
        run.simulation.status().exporters.reduce((sum, { points }) => sum + (points?.pending ?? 0), 0);
      while (pending() > 0) await yieldNow();
      return received.splice(0);
    },
    async stop() {
      await run.stop();
      await receiver.close();
    },
  };
}

type LiveRun = Pick<Awaited<ReturnType<typeof start>>, 'run' | 'write'>;

/** Does all that a run says, and looks at every tick. */
async function watch(drawn: RandomRun, path: string, tally: Tally): Promise<Map<number, string>> {
  const live = await start(drawn, path);
  const { run, frames, received, stop } = live;
  const pages = new Map<number, string>();
  const isDirect = drawn.client === 'direct';
  try {
    frames();
    let told = identitiesOf(seenOverOtlp(await received()).seen);
    let earlier: EffectStatus[] | undefined = [];
    for (const [index, { actions, stallTicks }] of drawn.steps.entries()) {
      const changed = await act(live, actions, tally);
      const { active_effects: asked } = run.simulation.status();
      if (stallTicks > 0) run.clock.stall(stallTicks * 1000);
      await run.ticks(1);
      const { active_effects: begun } = run.simulation.status();
      const { before, shown } = frames();
      const { tick } = run.frame();
      // Of ticks that were caught up with nobody knows when a scenario did what.
      const effects: EffectStatus[] | undefined =
        shown.length > 1
          ? undefined
          : [...asked, ...begun].filter(
              ({ from_tick: from, until_tick: until }) => from <= tick && tick < (until ?? Infinity),
            );
      const known = {
        metrics: run.simulation.config.metrics,
        changed,
        labelSets: labelSetsOf(run),
        effects: effects && earlier && { before: earlier, now: effects },
      };
      earlier = effects;
      tally.ticks += shown.length;
      for (const [at, frame] of shown.entries())
        expect(findBreaches(shown[at - 1] ?? before, frame, known)).toEqual([]);

      const frame = run.frame();
      const page = await run.page();
      pages.set(frame.tick, page);
      expect(seenOnPage(page, 'text')).toEqual(seenInMemory(frame, 'prometheus'));
      if (index % 3 === 0)
        expect(seenOnPage(await run.page(OPENMETRICS), 'openmetrics')).toEqual(
          seenInMemory(frame, 'prometheus'),
        );

      const pushed = await received();
      const byTick = shown.map(({ wallMs }) => pushed.filter(({ points }) => points[0]?.timeMs === wallMs));
      expect(byTick.flat().length).toBe(pushed.length);
      for (const [at, one] of shown.entries()) {
        const { seen, ended } = seenOverOtlp(byTick[at] ?? []);
        expect(seen).toEqual(withSeries(seenInMemory(one, 'otel')));
        const now = identitiesOf(seen);
        // What a backend can tell of a metric of another type depends on both types.
        const retyped = new Set(
          one.families
            .filter(({ name, type }) =>
              (shown[at - 1] ?? before)?.families.some((old) => old.name === name && old.type !== type),
            )
            .map(({ otel }) => otel.name),
        );
        const ofOthers = (names: Iterable<string>) =>
          [...names].filter((name) => !retyped.has(name.split(' ', 1)[0] ?? '')).toSorted();
        if (isDirect) expect(ofOthers(ended)).toEqual(ofOthers([...told].filter((name) => !now.has(name))));
        told = now;
      }
    }
  } finally {
    await stop();
  }
  return pages;
}

async function replayed(path: string, tick: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of replayPage(readRecord(path), { tick, format: 'text' }))
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

describe('any actions on any run', () => {
  it(
    'leave what it shows whole, explained, equal in all sinks, and to be had again',
    { timeout: 240_000 },
    async () => {
      const tally = createTally();
      await fc.assert(
        fc.asyncProperty(randomRuns(14), fc.array(fc.nat(100), { maxLength: 2 }), async (drawn, picks) => {
          tally.runs += 1;
          const path = join(folder, `${tally.runs}.ndjson`);
          const pages = await watch(drawn, path, tally);
          const ticks = [...pages.keys()];
          const chosen = [...picks.map((pick) => ticks[pick % ticks.length]), ticks.at(-1)];
          for (const tick of new Set(chosen))
            expect(await replayed(path, tick ?? 0)).toBe(pages.get(tick ?? 0));
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
      expect(tally.ticks).toBeGreaterThan(RUNS * 4);
      const taken = [...tally.outcomes.keys()].filter((name) => name.endsWith(': taken'));
      expect(taken).toEqual(
        expect.arrayContaining(['spike: taken', 'set_effect: taken', 'edit: taken', 'reload: taken']),
      );
    },
  );
});

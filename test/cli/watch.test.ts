import { beforeEach, describe, expect, it } from 'vitest';

import { createTerminal } from '../../src/cli/terminal.ts';
import { createWatch, type Watch } from '../../src/cli/watch.ts';
import type { ParityStatus } from '../../src/simulation/status.ts';
import { createFakeSimulation, type FakeSimulation } from '../api/fake.ts';
import { createTestLogger, type LogLine } from '../support/sources.ts';

let simulation: FakeSimulation;
let watch: Watch;
let lines: readonly LogLine[];
let announced: string[];
let nowMs: number;
let status: string;

beforeEach(() => {
  simulation = createFakeSimulation();
  const log = createTestLogger();
  ({ lines } = log);
  announced = [];
  nowMs = 0;
  status = '';
  const terminal = createTerminal({ isTTY: true, columns: 500, write: () => undefined });
  watch = createWatch({
    simulation,
    terminal: { ...terminal, status: (text) => (status = text) },
    logger: log.logger,
    announce: (line) => announced.push(line),
    nowMs: () => nowMs,
  });
});

const WAITING: ParityStatus = {
  state: 'waiting',
  tick: -1,
  series: 0,
  samples: 0,
  differing: 0,
  examples: ['no tick was seen on both paths yet'],
};
const IDENTICAL: ParityStatus = {
  ...WAITING,
  state: 'identical',
  tick: 4,
  series: 1234,
  samples: 5,
  examples: [],
};
const DIFFERING: ParityStatus = {
  ...IDENTICAL,
  state: 'differing',
  tick: 9,
  differing: 2,
  examples: ['up: 1 and 2', 'down: 3 and 4'],
};

function messages(): string[] {
  return lines.map(({ level, msg }) => `${level} ${msg}`);
}

describe('the start', () => {
  it('is told once, when the run is ready', () => {
    simulation.isReady = false;
    watch.look();
    expect(announced).toEqual([]);
    simulation.isReady = true;
    watch.look();
    watch.look();
    expect(announced).toEqual(['fake']);
  });

  it('is told of a run that was over before anyone looked', () => {
    watch.end();
    expect(announced).toEqual(['fake']);
  });
});

describe('parity', () => {
  it('is told once', () => {
    for (const parity of [WAITING, IDENTICAL, { ...IDENTICAL, tick: 5 }]) {
      simulation.saying = { parity };
      watch.look();
    }
    expect(messages()).toEqual(['30 both paths hold the same 1,234 series with the same values (tick 4)']);
    expect(lines[0]).toMatchObject({ parity: 'identical', tick: 4, series: 1234 });
  });

  it('is an error while it is not there, and told again when it is back', () => {
    for (const parity of [IDENTICAL, DIFFERING, { ...DIFFERING, tick: 10 }, { ...IDENTICAL, tick: 11 }]) {
      simulation.saying = { parity };
      watch.look();
    }
    expect(messages()).toEqual([
      expect.stringMatching(/^30 both paths hold/),
      '50 THE PATHS DIFFER in 2 of 1,234 series (tick 9): up: 1 and 2; down: 3 and 4',
      '30 both paths hold the same 1,234 series with the same values (tick 11)',
    ]);
  });

  it('that is back after faults that were asked for is not told anew', () => {
    const spoilt = { ...IDENTICAL, state: 'spoilt' } as const;
    for (const parity of [IDENTICAL, spoilt, { ...IDENTICAL, tick: 6 }, WAITING, { ...IDENTICAL, tick: 8 }]) {
      simulation.saying = { parity };
      watch.look();
    }
    expect(messages()).toEqual([expect.stringMatching(/^30 both paths hold/)]);
  });

  it('that was never looked for is told at the end', () => {
    simulation.saying = { parity: WAITING };
    watch.end();
    expect(messages()[0]).toBe('40 parity: no tick was seen on both paths yet');
  });
});

describe('the status line', () => {
  /** Ticks of a second, four points each, seen every 200 ms. */
  function goTo(seconds: number): void {
    for (; nowMs <= seconds * 1000; nowMs += 200) {
      simulation.tick = Math.floor(nowMs / 1000);
      simulation.countersNow = {
        points: new Map([['a', 4 * (simulation.tick + 1)]]),
        series: new Map(),
        faults: new Map(),
      };
      watch.look();
    }
  }

  it('says where the run is; points a second do not jump with the ticks', () => {
    goTo(0);
    expect(status).toBe('tick 0 · on time · 4 series');
    goTo(3.6);
    expect(status).toBe('tick 3 · on time · 4 series · 4 points/s');
    goTo(1200);
    expect(status).toBe('tick 1,200 · on time · 4 series · 4 points/s');
  });

  it('says how exporters fare, and whether the paths agree', () => {
    const exporter = {
      client: 'direct',
      why: '',
      description: '',
      queue_depth: 0,
      points: undefined,
      reasons: {},
      scrapes: undefined,
      last_error: undefined,
    } as const;
    const scrapes = {
      codes: { 200: 11, 503: 1 },
      slow: 0,
      aborted: 0,
      broken: 0,
      active: 0,
      bytes: 0,
      seconds: 0,
    };
    const points = { accepted: 2880, rejected: 0, lost: 12, unknown: 0, pending: 4, duplicates: 0 };
    simulation.saying = {
      parity: IDENTICAL,
      exporters: [
        { ...exporter, name: 'prometheus', protocol: 'prometheus', scrapes },
        { ...exporter, name: 'otlp', protocol: 'otel', points, queue_depth: 1 },
      ],
    };
    watch.look();
    expect(status).toBe(
      'tick 0 · on time · both paths identical · 12 scrapes · otlp 2,880 accepted, 12 lost, 1 queued · 4 series',
    );
    simulation.saying = { ...simulation.saying, parity: DIFFERING };
    watch.look();
    expect(status).toContain('PATHS DIFFER in 2 series');
  });

  it('says when the generator is late', () => {
    const { lateness } = simulation.status();
    simulation.saying = { lateness: { ...lateness, on_time: false, last_seconds: 3.21 } };
    watch.look();
    expect(status).toContain('LATE by 3.2 s');
  });

  it('says that a run holds', () => {
    goTo(5);
    simulation.saying = { state: 'holding' };
    watch.look();
    expect(status).toBe('holding, tick 5 · on time · 4 series');
  });

  it('is gone at the end, which is told with where every point went', () => {
    goTo(5);
    const points = { accepted: 20, rejected: 1, lost: 2, unknown: 1, pending: 0, duplicates: 0 };
    simulation.saying = {
      exporters: [
        {
          name: 'otlp',
          protocol: 'otel',
          client: 'direct',
          why: '',
          description: '',
          queue_depth: 0,
          points,
          reasons: {},
          scrapes: undefined,
          last_error: undefined,
        },
      ],
    };
    watch.end();
    expect(status).toBe('');
    expect(messages()).toEqual([
      '30 ended after tick 5, 24 points generated; otlp: 20 accepted, 1 rejected, 2 lost, 1 unknown',
    ]);
  });
});

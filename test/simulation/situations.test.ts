// Learned series are led from one situation to another by effects and scenarios, and everything that holds of effects holds of that.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Config } from '../../src/config/schema.ts';
import type { Action } from '../../src/simulation/actions.ts';
import { createWorld, type WorldOptions } from '../../src/simulation/world.ts';
import { LyrebirdError } from '../../src/util/errors.ts';
import { configOf, START_MS } from '../support/simulation.ts';

const RATES = { integer: true, every_s: 1 };

/** Two replicas that count 10 a second when it is calm, 1000 when it is busy and 1 when it fails. */
const of = (more: object = {}): Config =>
  configOf({
    profiles: { shops: { labels: { shop: { values: ['a', 'b'] } } } },
    metrics: [
      {
        name: 'orders_total',
        type: 'counter',
        profile: 'shops',
        algorithm: 'learned',
        models: [{ rates: [10], ...RATES }],
        situation: 'calm',
        situations: { busy: [{ rates: [1000], ...RATES }], failing: [{ rates: [1], ...RATES }] },
      },
      { name: 'other', type: 'gauge', algorithm: 'constant', start: 7 },
    ],
    ...more,
  });

async function born(config: Config, options: WorldOptions = {}) {
  const world = await createWorld(config, { startMs: START_MS, ...options });
  await world.ticker.birth(START_MS);
  const totals = (): number[] => {
    const [orders] = world.ticker.frame.families;
    if (orders?.column.kind !== 'scalar') throw new TypeError('not read here');
    return [...orders.column.values];
  };
  /** Increments of both shops in each of so many ticks. */
  const tick = async (times = 1): Promise<number[][]> => {
    const seen: number[][] = [];
    for (let i = 0; i < times; i++) {
      const before = totals();
      await world.ticker.advance(START_MS + (world.ticker.frame.tick + 1) * 1000);
      seen.push(totals().map((total, slot) => total - (before[slot] as number)));
    }
    return seen;
  };
  const act = async <A extends Action>(action: A) => {
    const { commit } = await world.prepare(action);
    return commit(world.ticker.frame);
  };
  return { world, tick, act };
}

const lead = (situation: string, more: object = {}) =>
  ({ do: 'set_effect', metrics: ['*'], situation, ...more }) as const;
const firstOf = (increments: readonly number[][]): number[] => increments.map(([first]) => first as number);

describe('an effect with a situation', () => {
  it('leads there at once, and back when it ends', async () => {
    const { tick, act } = await born(of());
    await tick();
    const { effect } = await act(lead('busy', { durationS: 2 }));
    expect(effect).toMatchObject({ situation: 'busy', metrics: ['orders_total'], rate: 1 });
    expect(firstOf(await tick(4))).toEqual([1000, 1000, 10, 10]);
  });

  it('leads there over some time in even steps', async () => {
    const { tick, act } = await born(of());
    await act(lead('busy', { rampUpS: 10 }));
    expect(firstOf(await tick(12))).toEqual([109, 208, 307, 406, 505, 604, 703, 802, 901, 1000, 1000, 1000]);
  });

  it('leads away from where an earlier one has led, which is over then', async () => {
    const { world, tick, act } = await born(of());
    await act(lead('busy', { id: 'z' }));
    await tick(2);
    await act(lead('failing', { id: 'a', rampUpS: 3 }));
    expect(firstOf(await tick(5))).toEqual([667, 334, 1, 1, 1]);
    expect(world.effects.active(world.ticker.frame.tick).map(({ id }) => id)).toEqual(['a']);
    await act(lead('calm', { id: 'b', rampUpS: 3 }));
    expect(firstOf(await tick(4))).toEqual([4, 7, 10, 10]);
  });

  it('with an end goes back to where the one before it leads', async () => {
    const { tick, act } = await born(of());
    await act(lead('busy'));
    await act(lead('failing', { durationS: 2 }));
    expect(firstOf(await tick(4))).toEqual([1, 1, 1000, 1000]);
  });

  it('may be for some series alone', async () => {
    const { tick, act } = await born(of());
    await act(lead('busy', { series: '{shop="b"}' }));
    expect(await tick(2)).toEqual([
      [10, 1000],
      [10, 1000],
    ]);
  });

  it('goes together with a rate', async () => {
    const { tick, act } = await born(of());
    await act(lead('busy'));
    await act({ do: 'set_effect', metrics: ['orders_total'], rate: 2 });
    expect(firstOf(await tick())).toEqual([2000]);
  });

  it.each([
    ['bzy', /situation is bzy, which no metric knows, did you mean busy\? Situations: calm, busy, failing/],
  ])('is refused when no metric knows %s', async (situation, message) => {
    const { act } = await born(of());
    await expect(act(lead(situation))).rejects.toThrow(message);
  });

  it('may be what a run begins with', async () => {
    const runtime = { on_start: [{ action: 'situation', to: 'busy', over_s: 2, duration_s: 5 }] };
    const { tick } = await born(of({ runtime }));
    expect(firstOf(await tick(6))).toEqual([505, 1000, 1000, 1000, 505, 10]);
  });

  it('is over when a reload takes the situation away', async () => {
    const { world, tick, act } = await born(of());
    await act(lead('busy', { id: 'rush' }));
    await tick();
    const metrics = [
      { ...of().metrics[0], situations: { failing: [{ rates: [1], ...RATES }] } },
      of().metrics[1],
    ];
    const answer = await act({ do: 'configure', config: of({ metrics }) });
    expect(answer).toMatchObject({
      effects: { ended: ['rush'], lost: [] },
      outcomes: { orders_total: 'changed', other: 'same' },
    });
    expect(firstOf(await tick())).toEqual([10]);
    expect(world.effects.active(world.ticker.frame.tick)).toEqual([]);
  });

  it('stays when a reload gives the situation another model, and so do totals', async () => {
    const { tick, act } = await born(of());
    await act(lead('busy'));
    await tick(2);
    const metrics = [
      { ...of().metrics[0], situations: { busy: [{ rates: [5000], ...RATES }] } },
      of().metrics[1],
    ];
    await act({ do: 'configure', config: of({ metrics }) });
    expect(firstOf(await tick(2))).toEqual([5000, 5000]);
  });
});

describe('a step of a scenario', () => {
  const scenarios = (steps: readonly object[]) => of({ scenarios: { rush: { steps } } });

  it('leads there and back', async () => {
    const { tick, act } = await born(scenarios([{ at: 1, for: 6, situation: { to: 'busy', over: 2 } }]));
    await act({ do: 'start_scenario', scenario: 'rush' });
    expect(firstOf(await tick(8))).toEqual([10, 505, 1000, 1000, 1000, 1000, 505, 10]);
  });

  it('leads away from the one before it', async () => {
    const { tick, act } = await born(
      scenarios([
        { situation: { to: 'busy' } },
        { at: 2, situation: { to: 'failing' } },
        { at: 3, situation: { to: 'calm', over: 3 } },
      ]),
    );
    await act({ do: 'start_scenario', scenario: 'rush' });
    expect(firstOf(await tick(7))).toEqual([1000, 1000, 1, 4, 7, 10, 10]);
    await act({ do: 'stop_scenario', scenario: 'rush' });
    expect(firstOf(await tick())).toEqual([10]);
  });

  it.each([
    [
      { situation: { to: 'bsy' } },
      /scenarios.rush.steps\[0\].situation.to: is bsy, a situation that no metric knows, did you mean busy\? Situations: calm, busy, failing/,
    ],
    [
      { for: 5, situation: { to: 'busy', over: 3 } },
      /situation.over: is 3 s there and 3 s back, which do not fit into the 5 s of the step/,
    ],
  ])('is checked: %o', (step, message) => {
    expect(() => scenarios([step])).toThrow(message);
  });
});

describe('any way through situations', () => {
  /** Of every type, with factors and memory, beside each other for three replicas. */
  const config = configOf({
    factors: { tide: { memory_s: 7 } },
    profiles: { shops: { labels: { shop: { values: ['a', 'b', 'c'] } } } },
    metrics: [
      {
        name: 'm_total',
        type: 'counter',
        models: [{ rates: [0, 3, 9], integer: true, memory_s: 4, factors: { tide: 0.7 } }],
        situations: { busy: [{ rates: [50, 90], every_s: 3 }], failing: [{ rates: [0] }] },
      },
      {
        name: 'level',
        type: 'gauge',
        models: [{ values: [1, 2, 8], memory_s: 9, factors: { tide: -0.5 } }],
        situations: {
          busy: [{ values: [40], trend_per_s: 0.5 }],
          failing: [{ values: [-3, 0], changes_per_s: 0.2, integer: true }],
        },
      },
      {
        name: 'latency',
        type: 'histogram',
        buckets: [0.1, 1],
        models: [{ edges: [0, 0.1, 0.4], weights: [2, 1], rates: [2, 6] }],
        situations: { busy: [{ edges: [0.2, 3], rates: [80] }], failing: [{ edges: [2], rates: [1, 2] }] },
      },
    ].map((metric) => ({ ...metric, profile: 'shops', algorithm: 'learned' })),
  });
  const ids = fc.constantFrom('one', 'two', 'three');
  const steps = fc.array(
    fc.oneof(
      fc.record({
        do: fc.constant('set_effect' as const),
        id: ids,
        metrics: fc.constantFrom(['*'], ['m_total'], ['latency', 'level']),
        situation: fc.constantFrom('normal', 'busy', 'failing'),
        series: fc.constantFrom(undefined, '{shop="b"}', '{shop!="b"}'),
        rampUpS: fc.constantFrom(undefined, 3),
        durationS: fc.constantFrom(undefined, 5),
      }),
      fc.record({ do: fc.constant('cancel_effect' as const), id: ids }),
    ),
    { minLength: 1, maxLength: 12 },
  );

  /** What slots show of each family at every tick, an action before each: totals and levels, or buckets and sums. */
  async function play(actions: readonly Action[], options: WorldOptions = {}): Promise<number[][][]> {
    const { world, tick, act } = await born(config, options);
    const frames: number[][][] = [];
    for (const action of [...actions, undefined, undefined, undefined]) {
      if (action !== undefined)
        await act(action).catch((error: unknown) => {
          // Nothing by this id to be cancelled, or none of these series on this machine.
          if (!(error instanceof LyrebirdError)) throw error;
        });
      await tick();
      frames.push(
        world.ticker.frame.families.map(({ column }) =>
          column.kind === 'scalar' ? [...column.values] : [...column.counts, ...column.sums],
        ),
      );
    }
    return frames;
  }

  it('has totals that never fall, and is the same again', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        const frames = await play(actions);
        for (const [at, frame] of frames.entries()) {
          for (const family of [0, 2])
            for (const [i, value] of (frame[family] ?? []).entries())
              expect(value).toBeGreaterThanOrEqual(frames[at - 1]?.[family]?.[i] ?? 0);
        }
        expect(await play(actions)).toEqual(frames);
      }),
      { numRuns: 40 },
    );
  });

  it('is the same on several machines', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        const whole = await play(actions);
        const parts = await Promise.all([0, 1].map((index) => play(actions, { shard: { index, count: 2 } })));
        for (const [at, frame] of whole.entries())
          for (const family of [0, 1])
            expect(parts.flatMap((part) => part[at]?.[family] ?? [])).toEqual(frame[family]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('what series move together by', () => {
  const moved = (memory: number) =>
    configOf({
      factors: { tide: { memory_s: memory }, other: { memory_s: 5 } },
      metrics: ['tide', 'other'].map((name) => ({
        name,
        type: 'gauge',
        algorithm: 'learned',
        models: [{ values: [0, 1], factors: { [name]: 0.9 } }],
      })),
    });

  it('is a change of the metrics that read it, and of no others', async () => {
    const { act } = await born(moved(5));
    const { outcomes } = await act({ do: 'configure', config: moved(50) });
    expect(outcomes).toEqual({ tide: 'changed', other: 'same' });
  });
});

/**
 * fast-check arbitraries of whole runs: a configuration, and what is done to it from tick to tick. To draw another kind of
 * action, add an entry to `ACTIONS`; to draw another kind of metric, one to `METRICS`.
 */
import fc from 'fast-check';

import type { MetricEdit } from '../../src/config/edit.ts';
import type { FaultRequest } from '../../src/control/fault.ts';
import { churnFields } from '../../src/labels/churn/kinds.ts';
import type { Action } from '../../src/simulation/actions.ts';

export interface RandomRun {
  readonly client: 'direct' | 'library';
  readonly input: {
    readonly metrics: readonly RandomMetric[];
    readonly profiles: Readonly<Record<'shops' | 'pods', object>>;
    readonly [key: string]: unknown;
  };
  readonly steps: readonly RandomStep[];
}

export interface RandomMetric {
  readonly name: string;
  readonly type: string;
  readonly profile?: string;
  readonly algorithm: string;
  readonly [option: string]: unknown;
}

/** Actions, and what becomes one when the configuration of its moment is known. */
export type RandomAction =
  | Action
  | { readonly do: 'edit'; readonly edit: MetricEdit }
  | { readonly do: 'reload'; readonly file: RandomReload };

/** How a file that is read again differs from what it was. */
export interface RandomReload {
  readonly cap: number;
  readonly without: string;
  readonly reversed: boolean;
  /** Of pods, in place of what there was. */
  readonly churn: object | undefined;
}

/** What is done between two ticks, and how many ticks of time then go by; the clock is found that much later. */
export interface RandomStep {
  readonly actions: readonly RandomAction[];
  /** Whether they are asked for at the same time. */
  readonly together: boolean;
  readonly stallTicks: number;
}

/** Label matchers, and whether they match a label set: told here once more, without a parser. */
export const MATCHERS: Readonly<Record<string, (labels: Readonly<Record<string, string>>) => boolean>> = {
  '': () => true,
  '{shop="a"}': ({ shop = '' }) => shop === 'a',
  '{shop!="b"}': ({ shop = '' }) => shop !== 'b',
  '{zone=~"e.*",shop=~"a|c"}': ({ zone = '', shop = '' }) =>
    zone.startsWith('e') && ['a', 'c'].includes(shop),
  '{pod=~"[0-2].*"}': ({ pod = '' }) => /^[0-2]/.test(pod),
  '{pod!~"1|2"}': ({ pod = '' }) => !['1', '2'].includes(pod),
  '{user=~"1|3"}': ({ user = '' }) => ['1', '3'].includes(user),
};

const ALL_MATCHERS = Object.keys(MATCHERS);
const NAMES = ['metric_0', 'metric_1', 'metric_2', 'metric_3', 'metric_4'];
/** Follows from the first metric. */
const FOLLOWER = 'follower';
const SCENARIOS = ['once', 'again', 'upheaval'];

/** Of the first metric, by its profile. */
const SCENARIO_SERIES: Readonly<Record<string, string>> = {
  shops: '{shop="a"}',
  pods: '{pod=~"[0-2].*"}',
};

const seconds = fc.integer({ min: 1, max: 6 });
const factor = fc.constantFrom(0.5, 1, 2, 3, 10);
const matcher = fc.constantFrom(...ALL_MATCHERS);
const metricNames = fc.oneof(
  fc.constant(['*']),
  fc.subarray(NAMES, { minLength: 1 }),
  fc.constant(['metric_?']),
);

/** What an effect changes. */
const CHANGES: readonly fc.Arbitrary<object>[] = [
  fc.record({ rate: fc.constantFrom(0, 0.5, 4) }),
  fc.record({ value: fc.record({ scale: factor, offset: fc.integer({ min: -5, max: 5 }) }) }),
  fc.record({ rate: factor, value: fc.record({ scale: factor }) }),
  fc.record({ params: fc.record({ mu: fc.record({ add: fc.constantFrom(0.5, 1) }) }) }),
  fc.record({ params: fc.record({ base_rate: fc.record({ scale: factor }) }) }),
  fc.constant({ freeze: true }),
  fc.constant({ drop: true }),
  fc.constant({ nan: true }),
  fc.constant({ freeze: true, drop: true }),
  fc.record({
    errorRate: fc.record({
      from: fc.constantFrom({ shop: 'a' }, { zone: 'east' }),
      to: fc.constantFrom({ shop: 'b' }, { zone: 'west' }),
      share: fc.constantFrom(0.5, 1),
    }),
    rate: fc.constantFrom(undefined, 3),
  }),
];

/** Some are over when they are asked for. */
const at = fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined });

const effect = fc
  .record({
    metrics: metricNames,
    series: matcher,
    at: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, at),
    durationS: fc.option(seconds, { nil: undefined }),
    rampUpS: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    shape: fc.constantFrom(undefined, 'sine' as const, 'exponential' as const),
    change: fc.oneof(...CHANGES),
  })
  .map(({ change, rampUpS, shape, ...rest }) => ({
    ...rest,
    ...change,
    // What is there or not has no ramp.
    ...('rate' in change || 'value' in change || 'errorRate' in change
      ? { rampUpS, shape: (rampUpS ?? 0) > 0 ? shape : undefined }
      : {}),
  }));

/** The next tick, or one that may be to come. */
const soon = fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined });
const id = fc.constantFrom('calm', 'odd', 'effect-1');
const name = fc.constantFrom(...NAMES);

function edits(): fc.Arbitrary<MetricEdit>[] {
  const definition = fc.tuple(name, oneMetric(false)).map(([of, metric]) => ({ ...metric, name: of }));
  const follower = profile.map((of) => followerOf(of));
  const labels = fc.record({ shop: fc.constantFrom('a', 'z'), zone: fc.constantFrom('east', 'north') });
  return [
    definition.map((of) => ({ do: 'create', definition: of })),
    definition.map((of) => ({ do: 'replace', name: of.name, definition: of })),
    fc
      .tuple(name, fc.constantFrom(1, 20))
      .map(([of, base_rate]) => ({ do: 'patch', name: of, patch: { base_rate } })),
    fc
      .tuple(name, fc.constantFrom('x', 'y'))
      .map(([of, help]) => ({ do: 'patch', name: of, patch: { help } })),
    fc.constantFrom(...NAMES, FOLLOWER).map((of) => ({ do: 'remove', name: of })),
    follower.map((of) => ({ do: 'replace', name: FOLLOWER, definition: of })),
    fc.tuple(name, labels).map(([of, set]) => ({ do: 'add_series', name: of, series: { labels: set } })),
    fc.tuple(name, labels).map(([of, set]) => ({ do: 'remove_series', name: of, labels: set })),
  ];
}

/** Churn of a label with so many values. */
function churnOf(label: string, count: number): fc.Arbitrary<object> {
  return fc.oneof(
    fc.record({
      kind: fc.constant('rolling'),
      label: fc.constant(label),
      over: fc.integer({ min: 2, max: 6 }),
      every: fc.constant(6),
      after: fc.integer({ min: 0, max: 3 }),
    }),
    fc.record({
      kind: fc.constant('autoscale'),
      label: fc.constant(label),
      min: fc.integer({ min: 0, max: 2 }),
      max: fc.integer({ min: 3, max: count }),
      period: fc.integer({ min: 4, max: 10 }),
    }),
    fc.record({
      kind: fc.constant('crash_loop'),
      label: fc.constant(label),
      share: fc.constantFrom(0.5, 1),
      every: fc.integer({ min: 3, max: 8 }),
      back_off: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({
      kind: fc.constant('steady'),
      label: fc.constant(label),
      per_hour: fc.constantFrom(300, 1500),
    }),
  );
}

const podChurn = churnOf('pod', 4);

const runtimeChurn = fc
  .oneof(
    fc.record({ profile: fc.constant('shops'), churn: churnOf('shop', 3) }),
    fc.record({ profile: fc.constant('pods'), churn: podChurn }),
  )
  .map(({ churn, ...rest }) => ({ ...rest, churn: churnFields.parse(churn) }));

const FAULTS: readonly fc.Arbitrary<FaultRequest>[] = [
  fc.record({
    kind: fc.constant('slow' as const),
    latency_s: fc.constant(0.002),
    jitter_s: fc.constant(0.002),
  }),
  fc.record({ kind: fc.constant('fail' as const), status: fc.constantFrom(500, 429) }),
  fc.record({ kind: fc.constant('truncate' as const), after_bytes: fc.constantFrom(0, 60, 1e6) }),
  fc.record({
    kind: fc.constant('flap' as const),
    up_s: fc.constantFrom(1, 2),
    down_s: fc.constantFrom(1, 2),
  }),
  fc.record({ kind: fc.constant('content_type' as const), content_type: fc.constant('text/html') }),
  fc.record({ kind: fc.constant('delay' as const), lag_s: fc.constantFrom(1, 3) }),
  fc.record({ kind: fc.constant('late' as const), lag_s: fc.constantFrom(1, 3) }),
  fc.record({ kind: fc.constant('duplicate' as const) }),
  fc.record({ kind: fc.constant('drop' as const) }),
];

const fault: fc.Arbitrary<FaultRequest> = fc
  .record({
    fault: fc.oneof(...FAULTS),
    share: fc.constantFrom(undefined, 0.5),
    duration_s: fc.option(seconds, { nil: undefined }),
  })
  .map(({ fault: kind, share, duration_s }) => ({
    ...kind,
    ...(share !== undefined && { share }),
    ...(duration_s !== undefined && { duration_s }),
  }));

const profile = fc.constantFrom('shops', 'pods', undefined);
/** Profiles whose series stay: library clients cannot follow others. */
const steadyProfile = fc.constantFrom('shops', undefined);

type Profiles = fc.Arbitrary<string | undefined>;

/** Kinds of metrics, and whether every library client can show them. */
const METRICS: readonly {
  readonly everywhere: boolean;
  draw(profiles: Profiles): fc.Arbitrary<Omit<RandomMetric, 'name'>>;
}[] = [
  {
    everywhere: true,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('counter'),
        algorithm: fc.constantFrom('poisson', 'constant'),
        base_rate: fc.constantFrom(0, 0.3, 7, 500),
        profile: profiles,
      }),
  },
  {
    everywhere: true,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('gauge'),
        algorithm: fc.constantFrom('random_walk', 'sine', 'sawtooth'),
        decimals: fc.option(fc.nat(3), { nil: undefined }),
        profile: profiles,
      }),
  },
  {
    everywhere: false,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('histogram'),
        algorithm: fc.constantFrom('lognormal', 'exponential', 'uniform'),
        observations_per_s: fc.constantFrom(0.5, 3, 200),
        arrivals: fc.constantFrom('fixed', 'poisson'),
        buckets: fc.constantFrom([0.1, 1], [0.5]),
        profile: profiles,
      }),
  },
  {
    everywhere: true,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('histogram'),
        algorithm: fc.constantFrom('lognormal', 'uniform'),
        observations_per_s: fc.constantFrom(0.5, 2),
        profile: profiles,
      }),
  },
  {
    everywhere: false,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('summary'),
        algorithm: fc.constant('lognormal'),
        observations_per_s: fc.constantFrom(0.5, 20),
        window_s: fc.constantFrom(5, 60),
        profile: profiles,
      }),
  },
  {
    everywhere: true,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('updown'),
        algorithm: fc.constantFrom('random_walk', 'sine'),
        profile: profiles,
      }),
  },
  {
    everywhere: true,
    draw: (profiles) =>
      fc.oneof(
        fc.record({
          type: fc.constant('unknown'),
          like: fc.constant('counter'),
          algorithm: fc.constant('poisson'),
          base_rate: fc.constantFrom(3, 90),
          profile: profiles,
        }),
        fc.record({ type: fc.constant('unknown'), algorithm: fc.constant('random_walk'), profile: profiles }),
      ),
  },
  {
    everywhere: true,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('info'),
        algorithm: fc.constant('one'),
        labels: fc.constant({ version: { values: ['1.2'] } }),
        profile: profiles,
      }),
  },
  {
    everywhere: true,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('stateset'),
        algorithm: fc.constant('markov'),
        states: fc.constant(['ready', 'busy', 'down']),
        dwell_s: fc.constantFrom(1, 3),
        profile: profiles,
      }),
  },
  {
    everywhere: true,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('gauge'),
        algorithm: fc.constantFrom('time_since', 'last_event'),
        every_s: fc.constantFrom(2, 5),
        profile: profiles,
      }),
  },
  {
    everywhere: true,
    draw: (profiles) =>
      fc.oneof(
        fc.record({
          type: fc.constant('counter'),
          algorithm: fc.constant('learned'),
          models: fc.constant([{ rates: [0, 2, 30], factors: { load: 0.8 } }]),
          profile: profiles,
        }),
        fc.record({
          type: fc.constant('gauge'),
          algorithm: fc.constant('learned'),
          models: fc.constant([{ values: [-1, 4, 9], memory_s: 3, factors: { load: -0.5 } }]),
          profile: profiles,
        }),
      ),
  },
  {
    everywhere: false,
    draw: (profiles) =>
      fc.record({
        type: fc.constant('histogram'),
        algorithm: fc.constant('learned'),
        models: fc.constant([
          { edges: [0.05, 0.5, 2], weights: [3, 1], rates: [0, 2, 6], factors: { load: 0.6 } },
        ]),
        buckets: fc.constant([0.1, 1]),
        profile: profiles,
      }),
  },
  {
    everywhere: true,
    draw: () =>
      fc.constant({
        type: 'counter',
        algorithm: 'constant',
        base_rate: 2,
        series: [
          { labels: { shop: 'a', zone: 'east' } },
          { labels: { shop: 'east', zone: 'a' }, algorithm: 'poisson', base_rate: 9 },
        ],
      }),
  },
  {
    everywhere: false,
    draw: () =>
      fc.constant({
        type: 'gauge',
        algorithm: 'pattern',
        labels: { shop: { values: ['a', 'b'] } },
        pattern: [{ linear: { from: 0, to: 10, ticks: 4 } }, { gap: 2 }, { constant: { value: 3, for: 3 } }],
        end: 'loop',
      }),
  },
];

function oneMetric(everywhere: boolean): fc.Arbitrary<Omit<RandomMetric, 'name'>> {
  const kinds = METRICS.filter((kind) => kind.everywhere || !everywhere);
  return fc
    .oneof(...kinds.map(({ draw }) => draw(everywhere ? steadyProfile : profile)))
    .map(
      (metric) =>
        Object.fromEntries(
          Object.entries(metric).filter(([, value]) => value !== undefined),
        ) as typeof metric,
    );
}

function metrics(everywhere: boolean): fc.Arbitrary<RandomMetric[]> {
  return fc
    .tuple(fc.array(oneMetric(everywhere), { minLength: 2, maxLength: NAMES.length }), fc.boolean())
    .map(([drawn, isFollowed]) => {
      const named = drawn.map((metric, index) => ({ ...metric, name: NAMES[index] }) as RandomMetric);
      const [first] = named;
      const follows = isFollowed && first !== undefined && canBeFollowed(first);
      return follows ? [...named, followerOf(first.profile)] : named;
    });
}

function canBeFollowed({ type, series, labels }: RandomMetric): boolean {
  return (
    ['counter', 'gauge', 'updown', 'unknown'].includes(type) && series === undefined && labels === undefined
  );
}

function followerOf(of: string | undefined): RandomMetric {
  return {
    name: FOLLOWER,
    type: 'gauge',
    algorithm: 'derived',
    expression: `2 * ${NAMES[0]} + 1`,
    ...(of !== undefined && { profile: of }),
  };
}

/** What can be done to a run. Many are refused, as they are when people ask; what is taken is on record. */
export const ACTIONS: Readonly<Record<string, fc.Arbitrary<RandomAction>>> = {
  spike: fc.record({
    do: fc.constant('spike' as const),
    metric: fc.constantFrom(...NAMES),
    multiplier: factor,
    durationS: seconds,
  }),
  'the end of a spike': fc.record({
    do: fc.constant('cancel_spike' as const),
    id: fc.constantFrom('spike-1', 'spike-2', 'spike-3'),
  }),
  effect: effect.map((request) => ({ do: 'set_effect' as const, ...request })),
  'an effect with a name': fc
    .tuple(id, effect)
    .map(([name, request]) => ({ do: 'set_effect' as const, id: name, ...request })),
  reset: fc.record({
    do: fc.constant('set_effect' as const),
    metrics: metricNames,
    series: matcher,
    reset: fc.constant(true as const),
  }),
  'the end of an effect': fc.record({ do: fc.constant('cancel_effect' as const), id, at: soon }),
  scenario: fc.record({
    do: fc.constant('start_scenario' as const),
    scenario: fc.constantFrom(...SCENARIOS),
    at: soon,
  }),
  'the end of a scenario': fc.record({
    do: fc.constant('stop_scenario' as const),
    scenario: fc.constantFrom(...SCENARIOS),
    at: soon,
  }),
  churn: fc
    .tuple(runtimeChurn, fc.constantFrom(undefined, 'turn'), at, fc.option(seconds, { nil: undefined }))
    .map(([request, name, from, durationS]) => ({
      do: 'set_churn' as const,
      ...request,
      id: name,
      at: from,
      durationS,
    })),
  'the end of a churn': fc.record({
    do: fc.constant('cancel_churn' as const),
    id: fc.constantFrom('churn-1', 'turn'),
  }),
  explosion: fc.record({
    do: fc.constant('explode' as const),
    id: fc.constantFrom(undefined, 'bomb'),
    metric: name,
    label: fc.constantFrom('user', 'user', 'shop'),
    values: fc.integer({ min: 1, max: 3 }),
    at,
    durationS: fc.option(seconds, { nil: undefined }),
  }),
  'the end of an explosion': fc.record({
    do: fc.constant('cancel_explosion' as const),
    id: fc.constantFrom('explosion-1', 'bomb'),
  }),
  fault: fc.tuple(fault, fc.constantFrom(undefined, 'bad')).map(([request, name]) => ({
    do: 'set_fault' as const,
    ...request,
    ...(name !== undefined && { id: name }),
  })),
  'the end of a fault': fc.record({
    do: fc.constant('cancel_fault' as const),
    id: fc.constantFrom('fault-1', 'bad', 'file'),
  }),
  'an edit of a metric': fc.oneof(...edits()).map((edit) => ({ do: 'edit' as const, edit })),
  'another file': fc
    .record({
      cap: fc.integer({ min: 1, max: 6 }),
      without: fc.constantFrom(...NAMES.slice(1)),
      reversed: fc.boolean(),
      churn: fc.option(podChurn, { nil: undefined }),
    })
    .map((file) => ({ do: 'reload' as const, file })),
};

const step = (stalls: boolean): fc.Arbitrary<RandomStep> =>
  fc.record({
    actions: fc.array(fc.oneof(...Object.values(ACTIONS)), { maxLength: 3 }),
    together: fc.boolean(),
    stallTicks: stalls
      ? fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 6 }))
      : fc.constant(0),
  });

/** Runs of up to `maxTicks` steps. */
export function randomRuns(maxTicks: number): fc.Arbitrary<RandomRun> {
  return fc
    .record({
      client: fc.oneof(
        { weight: 3, arbitrary: fc.constant('direct' as const) },
        fc.constant('library' as const),
      ),
      stalls: fc.boolean(),
      seed: fc.nat(1000),
      churn: podChurn,
      ramp: fc.constantFrom(undefined, undefined, 3, 7),
      cap: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fc.integer({ min: 1, max: 5 })),
      faults: fc.array(fault, { maxLength: 1 }),
    })
    .chain(({ client, stalls, seed, churn, ramp, cap, faults }) =>
      fc.record({
        client: fc.constant(client),
        steps: fc.array(step(stalls), { minLength: 4, maxLength: maxTicks }),
        input: metrics(client === 'library').map((drawn) => ({
          global: { seed, late: 'skip', max_lag: 3 },
          factors: { load: { memory_s: 3 } },
          profiles: {
            shops: {
              labels: { shop: { values: ['a', 'b', 'c'] }, zone: { values: ['east', 'west'] } },
              ...(cap !== undefined && { series_cap: cap }),
            },
            pods: {
              labels: { pod: { range: [1, 4] } },
              churn,
              ...(ramp !== undefined && { ramp_series: ramp }),
            },
          },
          // Longer than birth, so that it is told of afterwards.
          faults: faults.map((one) => ({
            ...one,
            id: 'file',
            ...(one.duration_s !== undefined && { duration_s: one.duration_s + 1 }),
          })),
          metrics: drawn,
          scenarios: {
            once: {
              steps: [
                {
                  for: 4,
                  effect: {
                    metrics: drawn[0]?.name ?? '',
                    series: SCENARIO_SERIES[drawn[0]?.profile ?? ''],
                    ...(client === 'direct' ? { drop: true } : calmChange(drawn[0])),
                  },
                },
                ...(drawn.some(isMeasured)
                  ? [{ at: 2, for: 3, effect: { metrics: '*', rate: 3, value: { offset: 1 } } }]
                  : []),
              ],
            },
            ...(isMeasured(drawn[0]) && {
              again: {
                loop: { every: 4 },
                steps: [{ for: 2, spike: { metric: drawn[0]?.name ?? '', multiplier: 3 } }],
              },
            }),
            // Of ticks that are caught up with nobody knows what began and ended on the way.
            ...(canExplode(drawn, client) &&
              !stalls && {
                upheaval: {
                  steps: [
                    { at: 1, for: 3, explode: { metric: drawn[0]?.name ?? '', label: 'user', values: 2 } },
                    {
                      for: 5,
                      churn: { profile: 'shops', churn: { kind: 'rolling', label: 'shop', over: 3 } },
                    },
                  ],
                },
              }),
          },
        })),
      }),
    );
}

/** What a library client can show of a metric. */
function calmChange(metric: RandomMetric | undefined): object {
  return isMeasured(metric) ? { rate: 2, value: { scale: 2 } } : { freeze: true };
}

function canExplode(metrics: readonly RandomMetric[], client: RandomRun['client']): boolean {
  return client === 'direct' && !metrics.some(({ name: of }) => of === FOLLOWER);
}

function isMeasured(metric: RandomMetric | undefined): boolean {
  return metric !== undefined && !['info', 'stateset'].includes(metric.type);
}

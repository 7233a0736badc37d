import { describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/util/errors.ts';

const METRICS = `metrics:
  - { name: http_requests_total, type: counter, labels: { region: { values: [eu, us] } } }
  - { name: level, type: gauge }
`;

/** What is wrong with a file of these metrics, by line. */
function mistakesOf(text: string): string[] {
  try {
    loadConfig({ text: METRICS + text, file: 'f.yaml' });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ place, path, message }) => `${place} ${path ?? ''}: ${message}`);
  }
}

const steps = (...lines: string[]) =>
  `scenarios:\n  s:\n    steps:\n${lines.map((line) => `      - ${line}\n`).join('')}`;

describe('a scenario of the file', () => {
  it('has times as durations, and is what is written', () => {
    const text = `${METRICS}scenarios:
  black_friday:
    description: Much.
    loop: { every: 1h, times: 2 }
    steps:
      - { at: 5m, for: 2m, effect: { metrics: http_*, series: '{region="eu"}', rate: 5, ramp_up_s: 30s } }
      - { for: 90, spike: { metric: level, multiplier: 3 } }
`;
    expect(loadConfig({ text, file: 'f.yaml' }).config.scenarios).toEqual({
      black_friday: {
        description: 'Much.',
        loop: { every: 3600, times: 2 },
        steps: [
          {
            at: 300,
            for: 120,
            effect: { metrics: 'http_*', series: '{region="eu"}', rate: 5, ramp_up_s: 30 },
          },
          { at: 0, for: 90, spike: { metric: 'level', multiplier: 3 } },
        ],
      },
    });
  });

  it.each<[string, string, string]>([
    [
      'no step',
      'scenarios: { s: { steps: [] } }\n',
      'f.yaml:4:26 scenarios.s.steps: is an empty list; needs at least 1 entry',
    ],
    [
      'a name that no id can hold',
      'scenarios: { "a b": { steps: [] } }\n',
      'f.yaml:4:14 scenarios.a b: the name of a scenario is up to 40',
    ],
    [
      'a step that does nothing',
      steps('for: 5'),
      'f.yaml:7:9 scenarios.s.steps[0]: does nothing; needs one of: effect, spike, fault, explode, churn',
    ],
    [
      'a step that does two things',
      steps('{ effect: { metrics: level, value: { scale: 2 } }, spike: { metric: level, multiplier: 2 } }'),
      'f.yaml:7:9 scenarios.s.steps[0]: has effect and spike; needs one of',
    ],
    [
      'a key that an effect does not have',
      steps('{ for: 5, effect: { metrics: level, rte: 2 } }'),
      'f.yaml:7:45 scenarios.s.steps[0].effect.rte: unknown key rte, did you mean rate?',
    ],
    [
      'a time that is none',
      steps('{ at: soon, spike: { metric: level, multiplier: 2 } }'),
      'f.yaml:7:15 scenarios.s.steps[0].at: is "soon"; needs seconds from 0',
    ],
    [
      'a metric that is not there',
      steps('{ for: 5, effect: { metrics: [http_requests_total, http_request_total], rate: 2 } }'),
      'f.yaml:7:60 scenarios.s.steps[0].effect.metrics[1]: is http_request_total, and no metric is called so, did you mean http_requests_total?',
    ],
    [
      'a spike that leaves totals infinite',
      steps('{ for: 5, spike: { metric: http_requests_total, multiplier: 1e300 } }'),
      'f.yaml:7:69 scenarios.s.steps[0].spike.multiplier: is 1e+300; allowed for http_requests_total, a counter: above 0, up to 1000000',
    ],
    [
      'a spike of a metric that is not there',
      steps('{ for: 5, spike: { metric: levle, multiplier: 2 } }'),
      'f.yaml:7:36 scenarios.s.steps[0].spike.metric: is levle, and no metric is called so, did you mean level?',
    ],
    [
      'matchers that are none',
      steps(`{ for: 5, effect: { metrics: http_*, series: '{region}', rate: 2 } }`),
      'f.yaml:7:54 scenarios.s.steps[0].effect.series: character 8: needs =, !=, =~ or !~',
    ],
    [
      'a label that is not there',
      steps(`{ for: 5, effect: { metrics: http_*, series: '{zone="eu"}', rate: 2 } }`),
      'f.yaml:7:54 scenarios.s.steps[0].effect.series: there is no label zone; labels of these metrics: region',
    ],
    [
      'a rate of a gauge',
      steps('{ for: 5, effect: { metrics: level, rate: 2 } }'),
      'f.yaml:7:38 scenarios.s.steps[0].effect.metrics: metrics: level is a gauge: rate changes counters',
    ],
    [
      'nothing that changes',
      steps('{ for: 5, effect: { metrics: level } }'),
      'f.yaml:7:27 scenarios.s.steps[0].effect: nothing changes: rate, value.scale',
    ],
    [
      'an option that the algorithm does not have',
      steps('{ for: 5, effect: { metrics: http_*, params: { mu: 1 } } }'),
      'f.yaml:7:54 scenarios.s.steps[0].effect.params: params: mu: not all are numeric options; http_requests_total (poisson) has base_rate',
    ],
    [
      'an option that is not numeric',
      steps('{ for: 5, effect: { metrics: level, params: { clamp: 1 } } }'),
      'params: clamp: not all are numeric options; level (random_walk) has ',
    ],
    [
      'an option that becomes what it cannot be',
      steps('{ for: 5, effect: { metrics: http_*, params: { base_rate: -1 } } }'),
      'f.yaml:7:54 scenarios.s.steps[0].effect.params: params.base_rate: would be -1 for http_requests_total',
    ],
    [
      'a rate beyond what is allowed',
      steps('{ for: 5, effect: { metrics: http_*, rate: 1e9 } }'),
      'f.yaml:7:52 scenarios.s.steps[0].effect.rate: rate is 1000000000; allowed: 0 to 1000000',
    ],
    [
      'a value of a label that is not there',
      steps(`{ for: 5, effect: { metrics: http_*, series: '{region="asia"}', rate: 2 } }`),
      'f.yaml:7:54 scenarios.s.steps[0].effect.series: no region matches "asia"; there are: eu, us',
    ],
    [
      'an error rate between what is not there',
      steps(
        '{ for: 5, effect: { metrics: http_*, error_rate: { from: { region: eu }, to: { region: asia }, share: 1 } } }',
      ),
      'scenarios.s.steps[0].effect.error_rate.to.region: is "asia", and http_requests_total has no such region; there are: eu, us',
    ],
    [
      'an error rate of what is no counter',
      steps('{ for: 5, effect: { metrics: level, error_rate: { from: { a: x }, to: { a: y }, share: 1 } } }'),
      'scenarios.s.steps[0].effect.error_rate: error_rate: level is a gauge, not a counter',
    ],
    [
      'churn of a profile that is not there',
      steps('{ for: 5, churn: { profile: web, churn: { kind: rolling, label: pod, over: 5 } } }'),
      'f.yaml:7:37 scenarios.s.steps[0].churn.profile: is web, and no profile is called so. Profiles: none',
    ],
    [
      'churn of a label that the profile does not have',
      `profiles: { web: { labels: { pod: { range: [1, 2] } } } }\n${steps(
        '{ for: 5, churn: { profile: web, churn: { kind: rolling, label: pods, over: 5 } } }',
      )}`,
      'f.yaml:8:73 scenarios.s.steps[0].churn.churn.label: is "pods", which is no label of the profile; it has pod',
    ],
    [
      'churn of another label than that of the file',
      `profiles: { web: { labels: { pod: { range: [1, 2] }, az: { range: [1, 2] } }, churn: { kind: rolling, label: az, over: 5 } } }\n${steps(
        '{ for: 5, churn: { profile: web, churn: { kind: rolling, label: pod, over: 5 } } }',
      )}`,
      'is pod, and series of web turn over by az; all churn of a profile is of one label',
    ],
    [
      'an explosion into too many series',
      steps('{ for: 5, explode: { metric: http_requests_total, label: id, values: 10000000 } }'),
      'scenarios.s.steps[0].explode.values: is 10000000, which brings the stored series to 20,000,001, more than limits.max_series, 20,000,000',
    ],
    [
      'a fault of what is not sent',
      `exporters: { otel: { enabled: false } }\n${steps('{ for: 5, fault: { kind: drop } }')}`,
      'f.yaml:8:34 scenarios.s.steps[0].fault.kind: drop is a fault of pushes, and this run has none: exporters.otel.enabled is false',
    ],
    [
      'ramps that do not fit',
      steps('{ for: 5, effect: { metrics: level, value: { scale: 2 }, ramp_up_s: 10 } }'),
      'ramps of 10 s do not fit into the 5 s of the step',
    ],
    [
      'a loop with a step that has no end',
      'scenarios: { s: { loop: {}, steps: [{ spike: { metric: level, multiplier: 2 } }] } }\n',
      'scenarios.s.steps[0]: has no end, and the scenario loops; needs for',
    ],
    [
      'a loop that is too short',
      'scenarios: { s: { loop: { every: 1 }, steps: [{ for: 5, spike: { metric: level, multiplier: 2 } }] } }\n',
      'scenarios.s.loop.every: is 1 s; needs at least 5 s',
    ],
  ])('with %s is refused at its place', (_, text, message) => {
    const mistakes = mistakesOf(text);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(message);
  });
});

it('a step of a misspelt kind is told what it may be', () => {
  expect(mistakesOf(steps('{ for: 5, efect: {} }'))).toEqual([
    'f.yaml:7:9 scenarios.s.steps[0]: does nothing; needs one of: effect, spike, fault, explode, churn, situation',
    expect.stringContaining(
      'f.yaml:7:19 scenarios.s.steps[0].efect: unknown key efect, did you mean effect?',
    ),
  ]);
});

describe('runtime.on_start', () => {
  const start = (entry: string) => `runtime: { on_start: [${entry}] }\n`;

  it('takes an error rate of a counter that tells success from failure', () => {
    const metric = 'name: answers_total, type: counter, labels: { code: { values: [ok, error] } }';
    const text = `metrics: [{ ${metric} }]\n${start(
      '{ action: error_rate, metric: answers_total, rate: 0.2, duration_s: 5m }',
    )}`;
    expect(loadConfig({ text, file: 'f.yaml' }).config.runtime.on_start).toEqual([
      { action: 'error_rate', metric: 'answers_total', rate: 0.2, duration_s: 300 },
    ]);
  });

  it('takes the actions that Mockingbird writes', () => {
    const text = `${METRICS}${steps('spike: { metric: level, multiplier: 2 }')}${start(
      '{ action: spike, metric: level, multiplier: 5, duration_s: 30 }, { action: scenario, scenario: s }',
    )}`;
    expect(loadConfig({ text, file: 'f.yaml' }).config.runtime.on_start).toEqual([
      { action: 'spike', metric: 'level', multiplier: 5, duration_s: 30 },
      { action: 'scenario', scenario: 's' },
    ]);
  });

  it('takes a situation, for ever or for a while', () => {
    const metric = 'name: level, type: gauge, algorithm: learned, situations: { busy: [{ values: [7] }] }';
    const text = `metrics: [{ ${metric} }]\n${start(
      '{ action: situation, to: busy, over_s: 2m }, { action: situation, to: normal, series: "{a=\'b\'}", duration_s: 9 }',
    )}`;
    expect(loadConfig({ text, file: 'f.yaml' }).config.runtime.on_start).toEqual([
      { action: 'situation', to: 'busy', over_s: 120 },
      { action: 'situation', to: 'normal', series: "{a='b'}", duration_s: 9 },
    ]);
  });

  it.each<[string, string, string]>([
    [
      'an action that is not there',
      start('{ action: spkie }'),
      'runtime.on_start[0].action: is "spkie", did you mean spike?',
    ],
    [
      'a spike without its parts',
      start('{ action: spike, metric: level, duration_s: 5 }'),
      'runtime.on_start[0].multiplier: is missing; spike needs metric, multiplier, duration_s',
    ],
    [
      'a key of another action',
      start('{ action: spike, metric: level, multiplier: 2, duration_s: 5, scenario: s }'),
      'runtime.on_start[0].scenario: is nothing that spike has',
    ],
    [
      'a metric that is not there',
      start('{ action: spike, metric: lvel, multiplier: 2, duration_s: 5 }'),
      'runtime.on_start[0].metric: is lvel, and no metric is called so, did you mean level?',
    ],
    [
      'an error rate of a counter without a status',
      start('{ action: error_rate, metric: http_requests_total, rate: 0.5, duration_s: 5 }'),
      'runtime.on_start[0].metric: is http_requests_total: it has no label such as status or code',
    ],
    [
      'an error rate of a gauge',
      start('{ action: error_rate, metric: level, rate: 0.5, duration_s: 5 }'),
      'runtime.on_start[0].metric: is level: level is a gauge, not a counter',
    ],
    [
      'an error rate over 1',
      start('{ action: error_rate, metric: level, rate: 5, duration_s: 5 }'),
      'runtime.on_start[0].rate: needs a number above 0, up to 1',
    ],
    [
      'a situation that is not there',
      start('{ action: situation, to: busy }'),
      'runtime.on_start[0].to: is busy, a situation that no metric knows. Situations: none',
    ],
    [
      'a situation without its name',
      start('{ action: situation, over_s: 5 }'),
      'runtime.on_start[0].to: is missing; situation needs to',
    ],
    [
      'a key of another action in a situation',
      start('{ action: situation, to: busy, rate: 1 }'),
      'runtime.on_start[0].rate: is nothing that situation has; it has to, over_s, series, duration_s',
    ],
    [
      'a scenario that is not there',
      start('{ action: scenario, scenario: s }'),
      'runtime.on_start[0].scenario: is s; scenarios of the file: none',
    ],
  ])('with %s is refused at its place', (_, text, message) => {
    const mistakes = mistakesOf(text);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(message);
    expect(mistakes[0]).toMatch(/^f\.yaml:4:\d+ /);
  });
});

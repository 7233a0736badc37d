import { describe, expect, it } from 'vitest';

import { specOf } from '../../src/simulation/spec.ts';
import { configOf } from '../support/simulation.ts';

function spec(metric: object) {
  const [parsed] = configOf({ metrics: [{ name: 'm', ...metric }] }).metrics;
  if (parsed === undefined) throw new Error('there is no metric');
  return specOf(parsed, 1000);
}

describe('what a source is made with', () => {
  it.each<[string, object, object]>([
    [
      'the algorithm and its options alone',
      { type: 'counter', algorithm: 'constant', base_rate: 5, unit: 'By', seed: 3, help: 'Bytes.' },
      {
        algorithm: 'constant',
        options: { base_rate: 5 },
        diurnal: undefined,
        arrivals: undefined,
        windowS: undefined,
      },
    ],
    [
      "the default algorithm's defaults",
      { type: 'gauge' },
      { algorithm: 'random_walk', options: { step: 0.1 } },
    ],
    [
      'the daily cycle',
      { type: 'gauge', diurnal_amp: 0.5, diurnal_phase: 0.25, diurnal_offset_h: -3 },
      { diurnal: { amplitude: 0.5, phase: 0.25, offsetHours: -3 } },
    ],
    [
      'no cycle at amplitude 0, whatever its phase',
      { type: 'gauge', diurnal_phase: 0.5 },
      { diurnal: undefined },
    ],
    [
      'one observation a tick unless a rate is given',
      { type: 'histogram' },
      { arrivals: { observationsPerS: undefined, process: 'fixed' }, windowS: undefined },
    ],
    [
      'arrivals of a histogram, none at a rate of 0',
      { type: 'histogram', observations_per_s: 0, arrivals: 'poisson' },
      { arrivals: { observationsPerS: 0, process: 'poisson' } },
    ],
    [
      'the window of a summary',
      { type: 'summary', window_s: '2m', observations_per_s: 4 },
      { windowS: 120, arrivals: { observationsPerS: 4, process: 'fixed' } },
    ],
  ])('%s', (_, metric, expected) => {
    expect(spec(metric)).toEqual(expect.objectContaining(expected));
  });
});

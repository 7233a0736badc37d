import { expect, it } from 'vitest';

import { intervalMsOf, joinTickOf, startMsOf } from '../../src/simulation/times.ts';
import { configOf, START_MS } from '../support/simulation.ts';

const withGlobal = (global: object) => configOf({ global, metrics: [{ name: 'up', type: 'gauge' }] });

it.each([
  [0.1, 100],
  [0.3, 300],
  [0.001, 1],
  ['2m', 120_000],
])('a tick of %s is %d ms', (tick, ms) => {
  expect(intervalMsOf(withGlobal({ tick_interval_s: tick }))).toBe(ms);
});

it.each([
  ['a date', '2026-01-01', START_MS],
  ['a time with its zone', '2026-01-01T01:00:00+01:00', START_MS],
  ['seconds since 1970', START_MS / 1000, START_MS],
  ['the start of 1970, which is a time', 0, 0],
  ['nothing', undefined, undefined],
])('start_time as %s', (_, start, ms) => {
  expect(startMsOf(withGlobal({ start_time: start }))).toBe(ms);
});

it.each([
  ['is the newest that is due', 'wall', START_MS + 25_000, 2],
  ['is the first before the epoch', 'wall', START_MS - 1, 0],
  ['is not known of a run that counts from its own start', 'start', START_MS + 25_000, undefined],
])('the tick to join at %s', (_, epoch, nowMs, tick) => {
  const config = withGlobal({ tick_interval_s: 10, epoch, start_time: '2026-01-01' });
  expect(joinTickOf(config, nowMs)).toBe(tick);
});

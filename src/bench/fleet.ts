/** A fleet that was learnt: pages of one machine of the node_exporter preset, learnt from and replicated. */
import { fileURLToPath } from 'node:url';

import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { addPage, countSeries, createHistory } from '../learn/history.ts';
import { learn } from '../learn/learnt.ts';
import { createPlant } from '../simulation/plant.ts';
import { createPageEncoder, preparePagesNow } from '../wire/exposition.ts';
import { createPageParser } from '../wire/parse.ts';
import { frameOf, momentOf } from './frames.ts';
import { NEUTRAL } from '../series/modulation.ts';
import { inputsFirst } from '../series/order.ts';
import type { Source } from '../series/source.ts';

const PAGES = 30;
const TICKS_APART = 15;
/** Its profiles, each with the instances that machines are told apart by. */
const PROFILES = ['nodes', 'cpus', 'filesystems', 'disks', 'interfaces'];

/** The configuration of so many series, or as few more as make the last machine whole. */
export function createFleet(series: number): Config {
  const history = createHistory();
  const preset = fileURLToPath(new URL('../../configs/presets/node-exporter.yaml', import.meta.url));
  const sets = PROFILES.map((profile) => `profiles.${profile}.labels.instance.cardinality=1`);
  const { sources, families } = createPlant(loadConfig(preset, { sets }).config);
  const encoder = createPageEncoder({ format: 'text' });
  const labels = preparePagesNow(families);
  const order = inputsFirst(sources).map((index) => sources[index] as Source);
  for (const source of order) source.start(momentOf(0), 0, source.family.size);
  for (let tick = 1; tick <= PAGES * TICKS_APART; tick++) {
    for (const source of order) source.advance(momentOf(tick), 0, source.family.size, NEUTRAL);
    if (tick % TICKS_APART !== 0) continue;
    const parser = createPageParser('text');
    for (const chunk of encoder.encode(frameOf(sources, tick), labels)) parser.push(chunk);
    addPage(history, parser.end(), momentOf(tick).modelMs, `tick ${tick}`);
  }
  const replicas = { label: 'instance', from: 1, to: Math.ceil(series / countSeries(history)) };
  return loadConfig({ text: learn(history, { replicas }).text, file: 'fleet.yaml' }).config;
}

/** What `run` tells while a run goes on: the start once it is up, whether both paths agree, and the status line. */
import type { Logger } from 'pino';

import type { Simulation } from '../simulation/contract.ts';
import type { ParityStatus } from '../simulation/status.ts';
import { formatCount, formatNumber } from './format.ts';
import { formatStatus } from './status-line.ts';
import type { Terminal } from './terminal.ts';

export interface WatchOptions {
  readonly simulation: Simulation;
  readonly terminal: Terminal;
  readonly logger: Logger;
  /** Prints a line of the start. */
  announce(line: string): void;
  /** Milliseconds on a monotonic clock. */
  nowMs(): number;
}

export interface Watch {
  /** Looks at the run and tells what is new. To be called a few times a second. */
  look(): void;
  /** The last look, after a run that did not fail, and the line that sums it up. */
  end(): void;
}

/** Points a second are an average over this time, longer than a usual tick. */
const RATE_WINDOW_MS = 10_000;

/** Points a second from a count that grows in steps: from step to step, not from look to look. */
function createRate(): (ms: number, count: number) => number | undefined {
  const steps: { readonly ms: number; readonly count: number }[] = [];
  return (ms, count) => {
    if (steps.at(-1)?.count !== count) steps.push({ ms, count });
    while (steps.length > 2 && ms - (steps[1]?.ms ?? ms) > RATE_WINDOW_MS) steps.shift();
    const [first] = steps;
    const last = steps.at(-1);
    if (first === undefined || last === undefined || first === last) return undefined;
    return ((last.count - first.count) * 1000) / (last.ms - first.ms);
  };
}

export function createWatch({ simulation, terminal, logger, announce, nowMs }: WatchOptions): Watch {
  const rateOf = createRate();
  let described = false;
  /** What was last told: a time in which nothing is compared, or in which faults spoil it, is between the same. */
  let toldParity: ParityStatus['state'] | undefined;

  const describe = (): void => {
    if (described) return;
    described = true;
    for (const line of simulation.describe()) announce(line);
  };

  const tellParity = (parity: ParityStatus | undefined): void => {
    if (parity === undefined || parity.state === toldParity) return;
    const { state, tick, series, differing, examples } = parity;
    if (state === 'waiting' || state === 'spoilt') return;
    toldParity = state;
    if (state === 'identical') {
      const text = `both paths hold the same ${formatNumber(series)} series with the same values (tick ${tick})`;
      logger.info({ parity: state, tick, series }, text);
    } else {
      const text = `THE PATHS DIFFER in ${formatNumber(differing)} of ${formatCount(series, 'series', 'series')} (tick ${tick}): ${examples.join('; ')}`;
      logger.error({ parity: state, tick, series, differing }, text);
    }
  };

  return {
    look() {
      if (simulation.ready()) describe();
      if (!described) return;
      const status = simulation.status();
      tellParity(status.parity);
      if (terminal.isLive) terminal.status(formatStatus(status, rateOf(nowMs(), pointsOf(simulation))));
    },
    end() {
      describe();
      const { tick, parity, exporters } = simulation.status();
      tellParity(parity);
      if (parity?.state === 'waiting') logger.warn(`parity: ${parity.examples.join('; ')}`);
      terminal.status('');
      const generated = pointsOf(simulation);
      const ends = exporters.flatMap(({ name, points }) =>
        points === undefined
          ? []
          : `${name}: ${['accepted', 'rejected', 'lost', 'unknown']
              .map((outcome) => `${formatNumber(points[outcome as keyof typeof points])} ${outcome}`)
              .join(', ')}`,
      );
      const text = [
        `ended after tick ${tick}, ${formatCount(generated, 'point', 'points')} generated`,
        ...ends,
      ];
      logger.info({ tick, points: generated }, text.join('; '));
    },
  };
}

function pointsOf(simulation: Simulation): number {
  let total = 0;
  for (const points of simulation.counters().points.values()) total += points;
  return total;
}

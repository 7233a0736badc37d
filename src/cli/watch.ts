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

export function createWatch({ simulation, terminal, logger, announce, nowMs }: WatchOptions): Watch {
  const looks: { readonly ms: number; readonly points: number }[] = [];
  let described = false;
  let parityState: ParityStatus['state'] = 'waiting';

  const describe = (): void => {
    if (described) return;
    described = true;
    for (const line of simulation.describe()) announce(line);
  };

  const tellParity = (parity: ParityStatus | undefined): void => {
    if (parity === undefined || parity.state === parityState) return;
    parityState = parity.state;
    const { state, tick, series, differing, examples } = parity;
    if (state === 'identical') {
      const text = `both paths hold the same ${formatNumber(series)} series with the same values (tick ${tick})`;
      logger.info({ parity: state, tick, series }, text);
    } else if (state === 'differing') {
      const text = `THE PATHS DIFFER in ${formatNumber(differing)} of ${formatCount(series, 'series', 'series')} (tick ${tick}): ${examples.join('; ')}`;
      logger.error({ parity: state, tick, series, differing }, text);
    }
  };

  const pointsPerSecond = (): number => {
    const now = { ms: nowMs(), points: sum(simulation.counters().points.values()) };
    looks.push(now);
    while (looks.length > 2 && now.ms - (looks[1]?.ms ?? now.ms) >= RATE_WINDOW_MS) looks.shift();
    const first = looks[0] ?? now;
    return now.ms === first.ms ? 0 : ((now.points - first.points) * 1000) / (now.ms - first.ms);
  };

  return {
    look() {
      if (simulation.ready()) describe();
      if (!described) return;
      const status = simulation.status();
      tellParity(status.parity);
      if (terminal.isLive) terminal.status(formatStatus(status, pointsPerSecond()));
    },
    end() {
      describe();
      const { tick, parity, exporters } = simulation.status();
      tellParity(parity);
      terminal.status('');
      const generated = sum(simulation.counters().points.values());
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

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

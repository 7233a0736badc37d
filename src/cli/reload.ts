/** The file is read again: by SIGHUP, or when it or samples have changed. What came of it goes to the log. */
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';

import type { LearntFolder } from '../config/learned.ts';
import { stateOf } from '../learn/files.ts';
import type { Simulation } from '../simulation/contract.ts';
import { describeReport } from '../simulation/report.ts';
import { LyrebirdError } from '../util/errors.ts';
import { createFileWatch } from './file-watch.ts';

export interface ReloadOptions {
  readonly simulation: Pick<Simulation, 'reload'>;
  readonly logger: Logger;
  readonly file: string;
  /** Whether the file is looked at, beside SIGHUP. */
  readonly watch: boolean;
  /** The samples that the configuration was last learnt from. */
  readonly samples: () => readonly LearntFolder[];
}

/** Between two looks at the file, and at samples; they are read again when two give the same. */
const LOOK_MS = 500;
const SAMPLES_LOOK_MS = 1000;

/** Handles SIGHUP, and looks at what is watched. The function returned ends all. */
export function reloadOnDemand({ simulation, logger, file, watch, samples }: ReloadOptions): () => void {
  const reload = (why: string): void => {
    void reloadLogged(simulation, logger, why);
  };
  const onSignal = (): void => reload('SIGHUP');
  const looker = createFileWatch(
    () => readFileSync(file, 'utf8'),
    () => reload(`${file} has changed`),
  );
  process.on('SIGHUP', onSignal);
  const timer = watch ? setInterval(looker.look, LOOK_MS) : undefined;
  const samplesLooker = createFileWatch(
    () => stateOfSamples(samples()),
    () => reload('samples have changed'),
  );
  const samplesTimer = setInterval(samplesLooker.look, SAMPLES_LOOK_MS);
  return () => {
    process.off('SIGHUP', onSignal);
    clearInterval(timer);
    clearInterval(samplesTimer);
  };
}

/** A text that changes when samples do that are watched, also into some that cannot be read. */
export function stateOfSamples(samples: readonly LearntFolder[]): string {
  return samples
    .filter(({ watch }) => watch)
    .map(({ folder }) => {
      try {
        return stateOf(folder);
      } catch (error) {
        if (error instanceof LyrebirdError) return error.message;
        throw error;
      }
    })
    .join('\n');
}

/** A reload whose outcome is logged; it never throws. */
export async function reloadLogged(
  simulation: Pick<Simulation, 'reload'>,
  logger: Logger,
  why: string,
): Promise<void> {
  try {
    logger.info(`${why}: ${describeReport(await simulation.reload())}`);
  } catch (error) {
    if (error instanceof LyrebirdError)
      logger.error({ code: error.code }, `${why}: the run goes on as it was, since\n${error.message}`);
    else logger.error({ err: error }, `${why}: the run goes on as it was, since reading the file failed`);
  }
}

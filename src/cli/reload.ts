/** The file is read again: by SIGHUP, or when it has changed. What came of it goes to the log. */
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';

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
}

/** Between two looks at the file; it is read again when two give the same. */
const LOOK_MS = 500;

/** Handles SIGHUP, and looks at the file if asked to. The function returned ends both. */
export function reloadOnDemand({ simulation, logger, file, watch }: ReloadOptions): () => void {
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
  return () => {
    process.off('SIGHUP', onSignal);
    clearInterval(timer);
  };
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
      logger.error({ code: error.code }, `${why}: nothing has changed, since\n${error.message}`);
    else logger.error({ err: error }, `${why}: nothing has changed, since reading the file failed`);
  }
}

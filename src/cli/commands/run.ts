/** `lyrebird run`: generate by the clock, serve and push, until the end or a signal. */
import { Option, type Command } from 'commander';

import { createApp } from '../../api/app.ts';
import { describeExposure } from '../../api/auth.ts';
import { startApiServer } from '../../api/server.ts';
import { learnAside } from '../../config/learn-aside.ts';
import { loadConfig, type AppliedOverride } from '../../config/load.ts';
import { readChanges, withChanges, writeChanges } from '../../config/state.ts';
import type { Config } from '../../config/schema.ts';
import type { Simulation } from '../../simulation/contract.ts';
import type { Shard } from '../../simulation/plant.ts';
import { openJournal } from '../../simulation/journal/journal.ts';
import { createSimulation } from '../../simulation/simulation.ts';
import { intervalMsOf, joinTickOf, ticksIn } from '../../simulation/times.ts';
import { UsageError } from '../failure.ts';
import { createLog, type Log } from '../log.ts';
import { collect, parseDuration, parseLogLevel, parseShard, parseWhole } from '../options.ts';
import { reloadOnDemand } from '../reload.ts';
import { onStopSignal } from '../signals.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { createWatch } from '../watch.ts';

interface RunOptions {
  readonly config: string;
  readonly set?: readonly string[];
  readonly ticks?: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly hold?: true;
  readonly workers?: number;
  readonly shard?: Shard;
  readonly watch?: true;
  readonly state?: string;
  readonly logLevel?: string;
  readonly journal?: string;
  readonly journalOverwrite?: true;
}

/** Between two looks at the run: for the status line, and for what is said once. */
const LOOK_MS = 200;

export function defineRun(command: Command): void {
  command
    .description('Generate the metrics of a file, serve them to Prometheus and push them over OTLP.')
    .requiredOption('-c, --config <file>', 'The file to run.')
    .option(
      '--set <key=value>',
      'Replace a value of the file, as in metrics.up.base_rate=5; repeatable.',
      collect,
    )
    .option('--ticks <n>', 'End after tick n.', parseWhole(0))
    .addOption(
      new Option('--duration <time>', 'End after so long: 90s, 5m.')
        .argParser(parseDuration)
        .conflicts('ticks'),
    )
    .option('--hold', 'Keep serving the last tick, until a signal.')
    .option('--workers <n>', 'Advance series on n threads.', parseWhole(1, 64))
    .option('--shard <i/n>', 'Be part i (from 0) of n machines; needs global.epoch: wall.', parseShard)
    .option('--journal <file>', 'Keep a record of the run, for lyrebird replay.')
    .option('--journal-overwrite', 'Take the place of a journal that is there.')
    .option(
      '--watch',
      'Read the file again whenever it has changed (not what it refers to; samples of learned are watched anyway).',
    )
    .option('--state <file>', 'Keep metrics that are changed over the API there, for the next start.')
    .option('--log-level <level>', 'Replace global.log_level.', parseLogLevel)
    .addHelpText(
      'after',
      `
SIGHUP reads the file again. The first SIGINT or SIGTERM finishes the tick, exports it and exits 0; a second one exits at once, 130 or 143.

Example:
  lyrebird run -c configs/quickstart.yaml --set global.seed=7 --duration 5m`,
    )
    .action(run);
}

async function run(options: RunOptions): Promise<void> {
  if (options.hold === true && options.ticks === undefined && options.duration === undefined) {
    throw new UsageError('--hold keeps the last tick of a run that ends: it needs --ticks or --duration');
  }
  const level = options.logLevel === undefined ? [] : [`global.log_level=${options.logLevel}`];
  const loadOptions = { env: { ...process.env }, sets: [...(options.set ?? []), ...level] };
  const load = () => loadConfig(options.config, loadOptions);
  const loaded = load();
  const { file, config: fileConfig } = loaded;
  const { state } = options;
  const config =
    state === undefined ? fileConfig : withChanges(fileConfig, readChanges(state), state, loaded.place);
  const terminal = createTerminal(process.stdout);
  const log = createLog({
    terminal,
    format: formatOf(config, terminal),
    level: config.global.log_level,
    secrets: loaded.secrets,
  });
  const announce = announcerOf(config, terminal, log);
  for (const override of loaded.overrides) announce(describeOverride(override));
  for (const note of shownNotes(loaded.notes)) announce(note);

  if (options.journalOverwrite === true && options.journal === undefined)
    throw new UsageError('--journal-overwrite needs --journal');
  const journal =
    options.journal === undefined
      ? undefined
      : await openJournal(options.journal, { version: VERSION, overwrite: options.journalOverwrite });
  let { samples } = loaded;
  const simulation = await createSimulation(config, {
    journal,
    logger: log.logger,
    file,
    fileConfig,
    async reread() {
      if (samples.length > 0) await learnAside({ file: options.config, options: loadOptions });
      const again = load();
      log.addSecrets(again.secrets);
      ({ samples } = again);
      return again;
    },
    saveChanges: state === undefined ? undefined : (changes) => writeChanges(state, changes),
    onConfig: followLogLevel(config, log),
    lastTick: lastTickOf(config, options),
    hold: options.hold,
    workers: options.workers,
    shard: options.shard,
  });
  const app = createApp(simulation, { logger: log.logger, setLogLevel: log.setLevel, version: VERSION });
  const { control_bind_address: host, control_api_port: port, control_tls: tls } = config.global;
  const exposure = describeExposure(config.global);
  if (exposure !== undefined) log.logger.warn(exposure);
  const server = await startApiServer({ fetch: app.fetch, host, port, tls });
  const stopReloads = reloadOnDemand({
    simulation,
    logger: log.logger,
    file: options.config,
    watch: options.watch === true,
    samples: () => samples,
  });
  announce(`control API: ${server.url} (GET / lists what there is)`);
  try {
    await runWatched(simulation, terminal, log, announce);
  } finally {
    stopReloads();
    await server.close();
  }
}

/** Notes about samples that are told; the rest is counted. */
const NOTES_SHOWN = 20;

function shownNotes(notes: readonly string[]): readonly string[] {
  if (notes.length <= NOTES_SHOWN) return notes;
  return [...notes.slice(0, NOTES_SHOWN), `and ${notes.length - NOTES_SHOWN} more notes about samples`];
}

/** A level that the file changes holds from then on; one that was set over the API stays until then. */
function followLogLevel({ global }: Config, { setLevel }: Log): (config: Config) => void {
  let level = global.log_level;
  return (next) => {
    if (next.global.log_level !== level) setLevel(next.global.log_level);
    level = next.global.log_level;
  };
}

async function runWatched(
  simulation: Simulation,
  terminal: Terminal,
  { logger }: Log,
  announce: (line: string) => void,
): Promise<void> {
  const watch = createWatch({ simulation, terminal, logger, announce, nowMs: () => performance.now() });
  const ignoreSignals = onStopSignal((signal) => {
    logger.info(`${signal}: finishing the tick and delivering what is left; a second signal ends at once`);
    simulation.stop();
  });
  // Nobody reads any more what a run has to say.
  process.stdout.once('error', simulation.stop);
  const timer = setInterval(watch.look, LOOK_MS);
  try {
    await simulation.run();
    watch.end();
  } finally {
    clearInterval(timer);
    terminal.status('');
    process.stdout.off('error', simulation.stop);
    ignoreSignals();
  }
}

/** `LOG_LEVEL sets global.log_level to DEBUG`, `--set global.seed=7`. */
function describeOverride({ source, path, value }: AppliedOverride): string {
  return source.startsWith('--set ') ? `${source}=${value}` : `${source} sets ${path} to ${value}`;
}

/** The start is text for people; among JSON it is log lines like all others. */
function announcerOf(config: Config, terminal: Terminal, { logger }: Log): (line: string) => void {
  if (formatOf(config, terminal) === 'text') return terminal.print;
  return (line) => {
    logger.info(line);
  };
}

function formatOf({ global }: Config, { isLive }: Terminal): 'text' | 'json' {
  if (global.log_format !== 'auto') return global.log_format;
  return isLive ? 'text' : 'json';
}

/** Ticks of a duration count from the one that the run joins at, which is not 0 where the epoch is shared. */
function lastTickOf(config: Config, { ticks, duration }: RunOptions): number | undefined {
  if (duration === undefined) return ticks;
  return (joinTickOf(config, Date.now()) ?? 0) + ticksIn(duration / 1000, intervalMsOf(config));
}

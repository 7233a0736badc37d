/** `lyrebird ctl`: drives running instances over their control APIs. */
import type { Command } from 'commander';

import { LyrebirdError } from '../../util/errors.ts';
import { accessOf, addAccess, type AccessOptions } from '../access.ts';
import { createAsk, findTargets, type Answer } from '../ctl/client.ts';
import { COMMANDS, type CtlCommand } from '../ctl/commands.ts';
import { sendAll, sendTogether, type Result } from '../ctl/send.ts';
import { UsageError } from '../failure.ts';
import { collect } from '../options.ts';

interface CtlOptions extends AccessOptions {
  readonly target?: readonly string[];
  readonly at?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

const EXAMPLES = `
Options that are not given come from the environment: LYREBIRD_TARGET (several, with commas), LYREBIRD_TOKEN,
LYREBIRD_USER (name:password), LYREBIRD_CA, LYREBIRD_CERT, LYREBIRD_KEY.

Several targets, or a name with several addresses, take a command at one tick to come, so that shards agree. A shard that
has none of the series is no failure, as long as another one has; any other refusal is, and is told with its target.

Example:
  lyrebird ctl status
  lyrebird ctl spike http_requests_total 5 30s
  lyrebird ctl error-rate http_requests_total 0.2 10m
  lyrebird ctl effect '{"metrics":"http_*","rate":5,"duration_s":"10m"}' --target a:8081 --target b:8081
  lyrebird ctl fault '{"id":"flaky","kind":"fail","share":0.2}'
  lyrebird ctl explode http_requests_total request_id 500 2m
  lyrebird ctl churn '{"profile":"web","churn":{"kind":"rolling","label":"pod","over":"5m"}}'
  lyrebird ctl situation high_load 2m
  lyrebird ctl effects
  lyrebird ctl cancel fault flaky --at 600
  lyrebird ctl scenario start black_friday --target lyrebird.example:8081
  lyrebird ctl reload --dry-run --target https://lyrebird.example:8081 --ca ca.pem`;

export function defineCtl(command: Command): void {
  command.description('Drive running instances over their control APIs.').addHelpText('after', EXAMPLES);
  for (const one of COMMANDS) add(command, one);
}

function add(command: Command, { usage, description, mayBeDry, request, show }: CtlCommand): void {
  const defined = command
    .command(usage)
    .description(description)
    .option(
      '--target <address>',
      'Control API; may be given several times. Default: 127.0.0.1:8081.',
      collect,
    )
    .option('--at <tick or time>', 'When, instead of the next tick, or the next one that all can reach.')
    .option('--json', 'Print a list of whole answers, whatever came.')
    .action(async (...given: unknown[]) => {
      const options = given.at(-2) as CtlOptions;
      const asked = request(given.slice(0, -2) as string[], options);
      const targets = await findTargets(targetsOf(options));
      const ask = createAsk(accessOf(options, process.env, 'LYREBIRD_'));
      const at = options.at !== undefined && /^\d+$/.test(options.at) ? Number(options.at) : options.at;
      if (at !== undefined && !('at' in asked)) {
        const name = `${usage.split(' ')[0]}${options.dryRun === true ? ' --dry-run' : ''}`;
        throw new UsageError(`--at is ${at}; ${name} has no time`);
      }
      const result =
        'at' in asked ? await sendTogether(ask, targets, asked, at) : await sendAll(ask, targets, asked);
      print(result, options.json === true, show);
    });
  addAccess(defined, { timeoutMs: 30_000 });
  if (mayBeDry === true) defined.option('--dry-run', 'Only tell what would change.');
}

function targetsOf({ target }: CtlOptions): readonly string[] {
  const known = (process.env['LYREBIRD_TARGET'] ?? '').split(',').filter((address) => address.trim() !== '');
  return target ?? (known.length > 0 ? known : ['127.0.0.1:8081']);
}

/** Prints what each instance answered; throws what was not done. */
function print({ answers, done }: Result, asJson: boolean, show: CtlCommand['show']): void {
  const isTold = ({ error }: Answer): boolean => done || error === undefined;
  if (asJson) process.stdout.write(`${JSON.stringify(answers)}\n`);
  else for (const answer of answers.filter(isTold)) process.stdout.write(`${lineOf(answer, show)}\n`);
  if (done) return;
  const failed = answers.filter(({ error }) => error !== undefined);
  throw new LyrebirdError(
    'not_done',
    failed.map(({ target, error }) => `${target}: ${error?.code}: ${error?.message}`).join('\n'),
  );
}

function lineOf({ target, status, body, error }: Answer, show: CtlCommand['show']): string {
  if (error !== undefined) return `${target}: has none of these series: ${error.message}`;
  return `${target}: ${show === undefined ? `${status} ${JSON.stringify(body)}` : show(body)}`;
}

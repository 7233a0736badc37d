/** `lyrebird ctl`: drives running instances over their control APIs. */
import type { Command } from 'commander';

import { readTlsFiles } from '../../transport/tls.ts';
import { LyrebirdError } from '../../util/errors.ts';
import { createAsk, findTargets, type Answer, type Ask, type Target } from '../ctl/client.ts';
import { sendAll, sendTogether, type Result } from '../ctl/send.ts';
import { UsageError } from '../failure.ts';
import { collect, parseDuration } from '../options.ts';

interface CtlOptions {
  readonly target?: readonly string[];
  readonly token?: string;
  readonly user?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly timeout: number;
  readonly json?: true;
}

const EXAMPLES = `
Options that are not given come from the environment: LYREBIRD_TARGET (several, with commas), LYREBIRD_TOKEN,
LYREBIRD_USER (name:password), LYREBIRD_CA, LYREBIRD_CERT, LYREBIRD_KEY.

Several targets, or a name with several addresses, get effects and faults at one tick to come. A shard that has none of
the series is no failure, as long as another one has.

Example:
  lyrebird ctl status
  lyrebird ctl effect '{"metrics":"http_*","rate":5,"duration_s":"10m"}' --target a:8081 --target b:8081
  lyrebird ctl fault '{"id":"flaky","kind":"fail","share":0.2}'
  lyrebird ctl cancel fault flaky
  lyrebird ctl scenario start black_friday
  lyrebird ctl reload --dry-run --target https://lyrebird.example:8081 --ca ca.pem`;

export function defineCtl(command: Command): void {
  command.description('Drive running instances over their control APIs.').addHelpText('after', EXAMPLES);
  add(command, 'status', 'Where each run is.', (_, ask, targets) =>
    sendAll(ask, targets, { method: 'GET', path: '/status' }),
  );
  add(command, 'metrics', 'The metrics of each run, in the form of the file.', (_, ask, targets) =>
    sendAll(ask, targets, { method: 'GET', path: '/api/v1/metrics' }),
  );
  add(
    command,
    'effect <json>',
    'Change what series generate: POST /api/v1/effects.',
    ([text], ask, targets) =>
      sendTogether(ask, targets, { method: 'POST', path: '/api/v1/effects', body: bodyOf(text) }),
  );
  add(command, 'fault <json>', 'Spoil scrapes or pushes: POST /api/v1/faults.', ([text], ask, targets) =>
    sendTogether(ask, targets, { method: 'POST', path: '/api/v1/faults', body: bodyOf(text) }),
  );
  add(command, 'cancel <kind> <id>', 'End an effect, spike or fault.', ([kind, id = ''], ask, targets) =>
    sendAll(ask, targets, { method: 'DELETE', path: `${collectionOf(kind)}/${encodeURIComponent(id)}` }),
  );
  add(
    command,
    'scenario <verb> <name>',
    'Start or stop a scenario of the file.',
    ([verb, name = ''], ask, targets) => {
      if (verb === 'start')
        return sendAll(ask, targets, { method: 'POST', path: '/control/scenario', body: { scenario: name } });
      if (verb === 'stop')
        return sendAll(ask, targets, {
          method: 'DELETE',
          path: `/control/scenario/${encodeURIComponent(name)}`,
        });
      throw new UsageError(`the verb is ${verb}; allowed: start, stop`);
    },
  );
  add(command, 'reload', 'Read the file again: POST /control/reload.', (_, ask, targets, { dryRun }) =>
    sendAll(ask, targets, {
      method: 'POST',
      path: `/control/reload${dryRun === true ? '?dry_run=true' : ''}`,
    }),
  ).option('--dry-run', 'Only tell what would change.');
}

type Act = (
  args: readonly (string | undefined)[],
  ask: Ask,
  targets: readonly Target[],
  options: CtlOptions & { readonly dryRun?: true },
) => Promise<Result>;

function add(command: Command, usage: string, description: string, act: Act): Command {
  return command
    .command(usage)
    .description(description)
    .option(
      '--target <address>',
      'Control API; may be given several times. Default: 127.0.0.1:8081.',
      collect,
    )
    .option('--token <token>', 'Bearer token.')
    .option('--user <name:password>', 'Basic auth.')
    .option('--ca <file>', 'Authorities to trust, PEM.')
    .option('--cert <file>', 'Certificate of this client, PEM.')
    .option('--key <file>', 'Its key, PEM.')
    .option('--timeout <duration>', 'Longest wait for an answer.', parseDuration, 30_000)
    .option('--json', 'Print a list of answers, whatever came.')
    .action(async (...given: unknown[]) => {
      const options = given.at(-2) as CtlOptions;
      const { env } = process;
      const wanted = options.target ?? env['LYREBIRD_TARGET']?.split(',') ?? ['127.0.0.1:8081'];
      const material = readTlsFiles({
        ca_file: options.ca ?? env['LYREBIRD_CA'],
        cert_file: options.cert ?? env['LYREBIRD_CERT'],
        key_file: options.key ?? env['LYREBIRD_KEY'],
      });
      const authorization = authorizationOf(options, env);
      const ask = createAsk({ ...material, authorization, timeoutMs: options.timeout });
      const args = given.slice(0, -2) as string[];
      const result = await act(args, ask, await findTargets(wanted), options);
      print(result, options.json === true);
    });
}

function authorizationOf({ token, user }: CtlOptions, env: NodeJS.ProcessEnv): string | undefined {
  if (token !== undefined && user !== undefined)
    throw new UsageError('--token and --user do not go together');
  const bearer = token ?? (user === undefined ? env['LYREBIRD_TOKEN'] : undefined);
  if (bearer !== undefined) return `Bearer ${bearer}`;
  const basic = user ?? env['LYREBIRD_USER'];
  return basic === undefined ? undefined : `Basic ${Buffer.from(basic).toString('base64')}`;
}

function bodyOf(text: string | undefined): object {
  try {
    const body: unknown = JSON.parse(text ?? '');
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  } catch {
    // Said below.
  }
  throw new UsageError(`the body is ${text}; it needs an object in JSON`);
}

function collectionOf(kind: string | undefined): string {
  switch (kind) {
    case 'effect':
      return '/api/v1/effects';
    case 'fault':
      return '/api/v1/faults';
    case 'spike':
      return '/control/spike';
    default:
      throw new UsageError(`the kind is ${kind}; allowed: effect, fault, spike`);
  }
}

/** Prints what each instance answered; throws when it was not done. */
function print({ answers, done }: Result, asJson: boolean): void {
  if (asJson) process.stdout.write(`${JSON.stringify(answers)}\n`);
  else for (const answer of answers) process.stdout.write(`${lineOf(answer)}\n`);
  if (done) return;
  const failed = answers.filter(({ error }) => error !== undefined);
  throw new LyrebirdError(
    'not_done',
    failed.map(({ target, error }) => `${target}: ${error?.code}: ${error?.message}`).join('\n'),
  );
}

function lineOf({ target, status, body, error }: Answer): string {
  if (error === undefined) return `${target}: ${status} ${JSON.stringify(body)}`;
  const what = error.code === 'no_series' ? 'has none of these series' : 'refused';
  return `${target}: ${what}: ${error.message}`;
}

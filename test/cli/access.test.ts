// Secrets and certificates through the program itself.
import { get } from 'node:https';

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { freePort } from '../support/backends.ts';
import { createCertificate } from '../support/certificates.ts';
import {
  createWorkspace,
  runArguments,
  runLyrebird,
  startLyrebird,
  type Workspace,
} from '../support/lyrebird.ts';

const METRICS = [{ name: 'visits', type: 'counter', algorithm: 'constant', base_rate: 20 }];
const TICKS = { tick_interval_s: 0.05 };

let workspace: Workspace;

beforeAll(async () => {
  workspace = await createWorkspace();
});

afterAll(async () => {
  await workspace.remove();
});

describe('secrets', () => {
  it('of every place and every origin are in nothing that is printed', async () => {
    await workspace.write('page.token', 'file-sesame-token\n');
    const config = await workspace.write('secrets.yaml', {
      global: {
        ...TICKS,
        log_level: 'TRACE',
        control_auth: {
          bearer_token: '${CONTROL}',
          basic: { username: 'admin', password: 'text-sesame-password' },
        },
      },
      exporters: {
        prometheus: {
          auth: {
            bearer_token: '${file:page.token}',
            basic: { username: 'prom', password: 'replaced-sesame' },
          },
        },
        // Nobody listens: what fails is logged.
        otel: {
          endpoint: `127.0.0.1:${await freePort()}`,
          export_interval_s: 0.05,
          headers: { authorization: 'Bearer header-sesame-token', 'x-tenant': 'replaced-sesame' },
        },
      },
      metrics: METRICS,
    });
    const env = {
      CONTROL: 'environment-sesame-token',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=environment-sesame-tenant',
    };
    const set = ['--set', 'exporters.prometheus.auth.basic.password=option-sesame-password'];
    const run = await runArguments({ config, args: [...set, '--ticks', '3'] });
    for (const args of [run.args, ['check', config], ['plan', '-c', config, '--json']]) {
      const { code, stdout, stderr } = await runLyrebird(args, { env });
      expect(code, stderr).toBe(0);
      expect(stdout + stderr).not.toMatch(/sesame/);
      // Not because nothing is printed.
      expect(stdout).not.toBe('');
    }
  });
});

describe('a control API', () => {
  it('that anybody can reach is warned of, and one that asks for credentials is not', async () => {
    const config = await workspace.write('open.yaml', {
      global: { ...TICKS, control_bind_address: '0.0.0.0' },
      exporters: { otel: { enabled: false } },
      metrics: METRICS,
    });
    const warning = 'the control API listens at 0.0.0.0 and asks for no credentials';
    const run = await runArguments({ config, args: ['--ticks', '1'] });
    expect((await runLyrebird(run.args)).stdout).toContain(warning);
    const guarded = [...run.args, '--set', 'global.control_auth.bearer_token=sesame-token'];
    const { code, stdout } = await runLyrebird(guarded);
    expect(code).toBe(0);
    expect(stdout).not.toContain(warning);
  });

  it('and a page over TLS are served by certificates from files, and compared with OTLP', async () => {
    const authority = createCertificate({ name: 'authority', isAuthority: true });
    const pair = createCertificate({ name: 'lyrebird', issuer: authority, hosts: ['127.0.0.1'] });
    const tls = {
      cert_file: await workspace.write('cert.pem', pair.cert),
      key_file: await workspace.write('key.pem', pair.key),
    };
    const client_ca_file = await workspace.write('ca.pem', authority.cert);
    const config = await workspace.write('tls.yaml', {
      global: { ...TICKS, control_auth: { bearer_token: 'control-sesame-token' } },
      exporters: {
        prometheus: { bind_address: '127.0.0.1', tls: { ...tls, client_ca_file } },
        otel: { endpoint: 'embedded', export_interval_s: 0.05 },
      },
      metrics: METRICS,
    });
    const lyrebird = await startLyrebird({ config });
    onTestFinished(lyrebird.stop);
    const headers = { authorization: 'Bearer control-sesame-token' };
    expect((await fetch(`${lyrebird.controlUrl}/status`)).status).toBe(401);
    await expect
      .poll(
        async () =>
          (
            (await (await fetch(`${lyrebird.controlUrl}/status`, { headers })).json()) as {
              parity: { state: string };
            }
          ).parity.state,
        { timeout: 10_000 },
      )
      .toBe('identical');
    const page = await new Promise((resolve, reject) => {
      const client = createCertificate({ name: 'prometheus', issuer: authority });
      const options = { agent: false, ca: authority.cert, cert: client.cert, key: client.key };
      get(`https://${lyrebird.scrapeTarget}/metrics`, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
    expect(page).toContain('prom_visits_total ');
  });

  it.each([
    ['global.control_tls', 'global.control_tls.cert_file: ENOENT'],
    ['exporters.prometheus.tls', 'exporters.prometheus.tls.cert_file: ENOENT'],
  ])('does not start when a file of %s is not there', async (key, message) => {
    const config = await workspace.write('plain.yaml', {
      exporters: { otel: { enabled: false } },
      metrics: METRICS,
    });
    const files = `{cert_file: /none/cert.pem, key_file: /none/key.pem}`;
    const { args } = await runArguments({ config, args: ['--set', `${key}=${files}`, '--ticks', '1'] });
    const { code, stderr } = await runLyrebird(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

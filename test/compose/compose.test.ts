import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { backendOrSkip, type BackendName } from '../support/backends.ts';
import { root } from '../support/lyrebird.ts';
import { lyrebirdCommand, readText, readYaml, serviceEntries, serviceOf } from './files.ts';

const folder = join(root, 'compose');

const mounts = serviceEntries.flatMap(([name, { volumes = [] }]) =>
  volumes.map((volume) => {
    const [source = '', target = '', mode] = volume.split(':');
    return { name, source: resolve(folder, source), target, mode };
  }),
);

/** Where a container finds a file of the repository. */
function mountedAt(name: string, path: string): string | undefined {
  for (const { name: owner, source, target } of mounts) {
    const rest = relative(source, join(root, path));
    if (owner === name && !rest.startsWith('..')) return posix.join(target, rest);
  }
  return undefined;
}

/** The configuration that the compose file's command and environment come to, by Lyrebird's own loader. */
function composedConfig() {
  const { file, sets, environment } = lyrebirdCommand();
  return loadConfig(join(root, file), { env: environment, sets }).config;
}

describe('compose/compose.yaml', () => {
  it('has the generator, a Collector, Prometheus and Grafana', () => {
    expect(serviceEntries.map(([name]) => name)).toEqual([
      'lyrebird',
      'otel-collector',
      'prometheus',
      'grafana',
    ]);
  });

  it('uses no key of a service that it should not need', () => {
    const running = [
      'command',
      'environment',
      'volumes',
      'ports',
      'depends_on',
      'stop_grace_period',
      'restart',
    ];
    const known = ['build', 'image', ...running];
    for (const [name, entry] of serviceEntries)
      expect(known, name).toEqual(expect.arrayContaining(Object.keys(entry)));
  });

  it.each(serviceEntries.filter(([, { build }]) => build === undefined))(
    'pins the image of %s',
    (_, { image }) => {
      expect(image).toMatch(/^[a-z]+\/[a-z-]+:v?\d+\.\d+\.\d+$/);
    },
  );

  it('runs the Prometheus and the Collector that the end-to-end tests run', () => {
    const version = /prometheus\/prometheus v0\.(\d)(\d\d)\.(\d+)/.exec(
      readText('scripts/backends/prometheus/go.mod'),
    );
    expect(serviceOf('prometheus').image).toBe(
      `prom/prometheus:v${version?.[1]}.${version?.[2]}.${version?.[3]}`,
    );
    const { dist } = readYaml('scripts/backends/otelcol.yaml') as { dist: { version: string } };
    expect(serviceOf('otel-collector').image).toBe(`otel/opentelemetry-collector:${dist.version}`);
  });

  it('MB-04, broken as shipped: all that it builds from, mounts and runs is in the repository', () => {
    for (const [name, { build }] of serviceEntries) {
      if (build !== undefined) expect(existsSync(join(folder, build, 'Dockerfile')), name).toBe(true);
    }
    expect(mounts.length).toBeGreaterThanOrEqual(6);
    for (const { name, source, target, mode } of mounts) {
      expect(existsSync(source), `${name} mounts ${source}`).toBe(true);
      expect(target, name).toMatch(/^\//);
      expect(mode, `${name} may not write ${source}`).toBe('ro');
    }
    const { file } = lyrebirdCommand();
    expect(mountedAt('lyrebird', file)).toBe(`/app/${file}`);
  });

  it('MB-04, broken as shipped: all that the image is made of and runs is in the repository', () => {
    const dockerfile = readText('Dockerfile');
    const ignored = readText('.dockerignore').split('\n');
    expect(ignored).toContain('*');
    const copied = dockerfile
      .split('\n')
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(copied).toContain('configs');
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(ignored, `${path} is kept out of the image by .dockerignore`).toContain(`!${path}`);
    }
    const command = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '') as string[];
    expect(command.slice(0, 3)).toEqual(['lyrebird', 'run', '-c']);
    expect(() => loadConfig(join(root, command[3] ?? ''))).not.toThrow();
  });

  it('publishes ports on loopback only, each of them once, and only what somebody listens on', () => {
    const { exporters, global } = composedConfig();
    const listening: Readonly<Record<string, readonly number[]>> = {
      lyrebird: [exporters.prometheus.port, global.control_api_port],
      prometheus: [9090],
      grafana: [3000],
    };
    const published: string[] = [];
    for (const [name, { ports = [] }] of serviceEntries) {
      for (const port of ports) {
        const [address, outside = '', inside] = port.split(':');
        expect(address, `${name} ${port}`).toBe('127.0.0.1');
        expect(listening[name], `${name} ${port}`).toContain(Number(inside));
        published.push(outside);
      }
    }
    expect(new Set(published).size).toBe(published.length);
  });

  it('waits for services that exist, without a circle', () => {
    const order = serviceEntries.map(([name]) => name);
    const after = (name: string, seen: readonly string[] = []): void => {
      expect(seen, `${name} waits for itself`).not.toContain(name);
      for (const other of serviceOf(name).depends_on ?? []) {
        expect(order).toContain(other);
        after(other, [...seen, name]);
      }
    };
    for (const name of order) after(name);
  });

  it('gives Lyrebird what it takes: the control API reachable from outside, OTLP to the Collector, both paths on', () => {
    const { global, exporters } = composedConfig();
    expect(global.control_bind_address).toBe('0.0.0.0');
    expect(exporters.prometheus).toMatchObject({ enabled: true, bind_address: '0.0.0.0' });
    const { receivers } = readYaml('compose/otelcol.yaml') as Collector;
    const [, port] = receivers.otlp.protocols.grpc.endpoint.split(':');
    expect(exporters.otel).toMatchObject({
      enabled: true,
      protocol: 'grpc',
      insecure: true,
      endpoint: `http://otel-collector:${port}`,
    });
  });

  it('says in its README what it publishes and how it is started', () => {
    const readme = readText('compose/README.md');
    expect(readme).toContain('docker compose -f compose/compose.yaml up --build');
    for (const [, { ports = [] }] of serviceEntries) {
      for (const port of ports) expect(readme).toContain(`http://localhost:${port.split(':')[1]}`);
    }
  });
});

interface Collector {
  readonly receivers: {
    readonly otlp: { readonly protocols: { readonly grpc: { readonly endpoint: string } } };
  };
  readonly exporters: { readonly prometheus: { readonly endpoint: string } };
}

describe('compose/otelcol.yaml', () => {
  it('is valid, says the Collector', (context) => {
    const { output } = check(context, 'otelcol', ['validate', `--config=${join(folder, 'otelcol.yaml')}`]);
    expect(output).not.toMatch(/error|warn/i);
  });

  it('is mounted where the Collector is told to look', () => {
    expect(serviceOf('otel-collector').command).toEqual([
      `--config=${mountedAt('otel-collector', 'compose/otelcol.yaml')}`,
    ]);
  });
});

describe('compose/prometheus.yaml', () => {
  const { scrape_configs: jobs } = readYaml('compose/prometheus.yaml') as {
    scrape_configs: readonly {
      readonly job_name: string;
      readonly honor_labels?: boolean;
      readonly static_configs: readonly { readonly targets: readonly string[] }[];
    }[];
  };

  it('is valid, says promtool', (context) => {
    const { output } = check(context, 'promtool', [
      'check',
      'config',
      '--lint-fatal',
      join(folder, 'prometheus.yaml'),
    ]);
    expect(output).toContain('SUCCESS');
  });

  it('is mounted where the image looks', () => {
    expect(mountedAt('prometheus', 'compose/prometheus.yaml')).toBe('/etc/prometheus/prometheus.yml');
  });

  it('scrapes the page, the Collector and the generator itself, where they listen', () => {
    const { exporters, global } = composedConfig();
    const collector = readYaml('compose/otelcol.yaml') as Collector;
    const [, collectorPort] = collector.exporters.prometheus.endpoint.split(':');
    const targets = jobs.map((job) => [job.job_name, job.static_configs.flatMap((entry) => entry.targets)]);
    expect(targets).toEqual([
      ['lyrebird', [`lyrebird:${exporters.prometheus.port}`]],
      ['otel-collector', [`otel-collector:${collectorPort}`]],
      ['lyrebird-self', [`lyrebird:${global.control_api_port}`]],
    ]);
  });

  it('scrapes as often as Lyrebird exports, so that both paths are seen at one pace', () => {
    const { global } = readYaml('compose/prometheus.yaml') as { global: { scrape_interval: string } };
    expect(global.scrape_interval).toBe(`${composedConfig().exporters.otel.export_interval_s}s`);
  });

  it('leaves the labels of both paths as they are', () => {
    expect(jobs.map(({ job_name: name, honor_labels: honored }) => [name, honored === true])).toEqual([
      ['lyrebird', true],
      ['otel-collector', true],
      ['lyrebird-self', false],
    ]);
  });
});

describe('compose/grafana', () => {
  const { datasources } = readYaml('compose/grafana/datasources.yaml') as {
    datasources: readonly {
      readonly uid: string;
      readonly type: string;
      readonly url: string;
      readonly isDefault: boolean;
      readonly jsonData: { readonly timeInterval: string };
    }[];
  };
  const { providers } = readYaml('compose/grafana/dashboards.yaml') as {
    providers: readonly { readonly type: string; readonly options: { readonly path: string } }[];
  };

  it('has one data source, the Prometheus of the compose file, at the pace at which that scrapes', () => {
    const { global } = readYaml('compose/prometheus.yaml') as { global: { scrape_interval: string } };
    expect(datasources).toMatchObject([
      {
        type: 'prometheus',
        url: 'http://prometheus:9090',
        isDefault: true,
        jsonData: { timeInterval: global.scrape_interval },
      },
    ]);
  });

  it('is mounted where Grafana looks', () => {
    const provisioning = '/etc/grafana/provisioning';
    expect(dirname(mountedAt('grafana', 'compose/grafana/datasources.yaml') ?? '')).toBe(
      `${provisioning}/datasources`,
    );
    expect(dirname(mountedAt('grafana', 'compose/grafana/dashboards.yaml') ?? '')).toBe(
      `${provisioning}/dashboards`,
    );
  });

  it('finds the dashboard, and opens with it', () => {
    const dashboard = mountedAt('grafana', 'dashboards/lyrebird.json');
    expect(statSync(join(root, 'dashboards/lyrebird.json')).isFile()).toBe(true);
    expect(providers).toMatchObject([{ type: 'file', options: { path: dirname(dashboard ?? '') } }]);
    expect(serviceOf('grafana').environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']).toBe(dashboard);
  });
});

/** Runs a backend's own check of a file; throws with what it printed when it does not like it. */
function check(
  context: TestContext,
  name: BackendName,
  args: readonly string[],
): { readonly output: string } {
  const program = backendOrSkip(context, name);
  return { output: execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' }) };
}

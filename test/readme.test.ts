// Everything in README.md that can be run is run, and what it names is there; so are the links of the other documents.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it, onTestFinished } from 'vitest';

import { describeFamilies } from '../src/config/families.ts';
import { loadConfig } from '../src/config/load.ts';
import { generatorDefinitions } from '../src/generators/builtin.ts';
import type { MetricType } from '../src/series/family.ts';
import { until } from './support/backends.ts';
import { createWorkspace, root, runArguments, runLyrebird, startLyrebird } from './support/lyrebird.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const FENCED = /^```(\w+)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a language, as lines. */
function blocks(language: string): string[][] {
  return Array.from(readme.matchAll(FENCED))
    .filter(([, found]) => found === language)
    .map(([, , text = '']) => text.trimEnd().split('\n'));
}

/** The block of a language that has a line which begins so. */
function blockWith(language: string, beginning: string): string[] {
  const found = blocks(language).find((lines) => lines.some((line) => line.startsWith(beginning)));
  if (found === undefined) throw new Error(`no ${language} block has a line that begins with ${beginning}`);
  return found;
}

/** The cells of the table whose first column is headed so, header aside. */
function tableOf(head: string): string[][] {
  const lines = readme.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  if (from === -1) throw new Error(`no table is headed ${head}`);
  const rows = lines.slice(from + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** What stands in back quotes, fenced blocks aside. */
function quoted(text: string): string[] {
  return Array.from(text.replaceAll(FENCED, '').matchAll(/`([^`\n]+)`/g), ([, inside = '']) => inside);
}

/** Words of a command line as a shell reads them; single quotes alone. */
function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, inside, word]) => inside ?? word ?? '');
}

describe('the two commands', () => {
  it('are scripts of the package', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(blocks('console').flat()).toEqual(['$ npm ci && npm start', '$ npm ci && npm test']);
    expect(scripts['start']).toBe('node dist/cli/main.js run -c configs/quickstart.yaml');
    expect(scripts).toHaveProperty('test');
  });

  it('the first prints what is shown, on a terminal', async () => {
    /** Numbers, ports and times differ from run to run. */
    const shapeOf = (line: string) => line.replaceAll(/\d[\d,.:]*/g, '0');
    const isStatus = (line: string) => line.startsWith('tick ');

    const { args } = await runArguments({ config: 'configs/quickstart.yaml', args: ['--ticks', '3'] });
    const terminal = 'process.stdout.isTTY = true; process.stdout.columns = 200';
    const { code, stdout, stderr } = await runLyrebird(args, {
      nodeArgs: ['--import', `data:text/javascript,${terminal}`],
      env: { NO_COLOR: '1' },
    });
    expect(code, stderr).toBe(0);
    const printed = stdout
      .split(/\r\u001B\[2K|\n/)
      .filter((line) => line !== '' && !line.startsWith('--set ') && !line.includes('INFO  ended after'));
    const shown = blockWith('text', 'control API:');
    expect(shown.filter((line) => !isStatus(line)).map(shapeOf)).toEqual(
      printed.filter((line) => !isStatus(line)).map(shapeOf),
    );
    const status = shown.filter(isStatus).map(shapeOf);
    expect(status).toHaveLength(1);
    expect(printed.filter(isStatus).map(shapeOf)).toEqual(expect.arrayContaining(status));
  });
});

describe('the file', () => {
  it('is right, as is every other YAML block', () => {
    expect(blocks('yaml').length).toBeGreaterThan(0);
    for (const lines of blocks('yaml'))
      expect(() => loadConfig({ text: lines.join('\n'), file: 'README.md' })).not.toThrow();
  });

  it('has the series that its comments speak of', () => {
    const text = blockWith('yaml', 'profiles:').join('\n');
    const families = describeFamilies(loadConfig({ text, file: 'README.md' }).config);
    expect(text).toContain('3 x 20 = 60 series, of which 40 are kept');
    expect(families.map(({ product, slots }) => [product, slots])).toEqual([
      [60, 40],
      [60, 40],
      [60, 40],
      [1, 1],
    ]);
    expect(new Set(families.map(({ type }) => type)).size).toBe(4);
  });

  it('has the algorithms of the table, the default first', () => {
    const listed = tableOf('type').flatMap(([types = '', algorithms = '']) =>
      types.split(', ').map((type): [string, string[]] => [type, quoted(algorithms)]),
    );
    const built = (['counter', 'gauge', 'histogram', 'summary'] as MetricType[]).map(
      (type): [string, string[]] => [
        type,
        generatorDefinitions.filter(({ types }) => types.includes(type)).map(({ name }) => name),
      ],
    );
    expect(listed.map(([type]) => type)).toEqual(built.map(([type]) => type));
    for (const [index, [type, names]] of built.entries()) {
      expect(listed[index]?.[1][0], `the default of ${type}`).toBe(names[0]);
      expect(listed[index]?.[1].toSorted(), type).toEqual(names.toSorted());
    }
  });

  it('reads the environment variables that are named, and no others', () => {
    const named = new Set(readme.match(/`[A-Z]+(_[A-Z]+)+`/g)?.map((name) => name.slice(1, -1)));
    const loader = readFileSync(join(root, 'src/config/overrides.ts'), 'utf8');
    const read = new Set(loader.match(/'[A-Z]+(_[A-Z]+)+'/g)?.map((name) => name.slice(1, -1)));
    expect(named).toEqual(read);

    const values: Record<string, string> = {
      LOG_LEVEL: 'debug',
      OTEL_ENDPOINT: 'a:1',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'b:1',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-a=b',
    };
    const text = 'metrics: [{ name: m, type: gauge }]';
    for (const name of named) {
      const { overrides } = loadConfig({ text, file: 'a.yaml' }, { env: { [name]: values[name] } });
      expect(overrides.map(({ source }) => source)).toEqual([name]);
    }
  });

  it('takes values from the environment, from files and from the command line', async () => {
    expect(quoted(readme)).toEqual(
      expect.arrayContaining(['${NAME}', '${file:path}', '--set key.path=value']),
    );
    const workspace = await createWorkspace();
    onTestFinished(workspace.remove);
    await workspace.write('unit', 'seconds\n');
    const text = 'metrics: [{ name: "${NAME}", type: gauge, unit: "${file:unit}" }]';
    const { config } = loadConfig(await workspace.write('a.yaml', text), {
      env: { NAME: 'wait' },
      sets: ['global.seed=7'],
    });
    expect([config.metrics[0]?.name, config.metrics[0]?.unit, config.global.seed]).toEqual([
      'wait',
      'seconds',
      7,
    ]);
  });

  it('is refused in the words that are shown', () => {
    const [shown = ''] = blockWith('text', 'shop.yaml:');
    const [, line = '', column = ''] = /^shop\.yaml:(\d+):(\d+) /.exec(shown) ?? [];
    const indent = ' '.repeat(Number(column) - 1);
    const text = `metrics:${'\n'.repeat(Number(line) - 3)}\n  - name: m\n    type: counter\n`.replace(
      /\n {4}type: counter\n$/,
      `\n${indent}base_rte: 5\n${indent}type: counter\n`,
    );
    let message = '';
    try {
      loadConfig({ text, file: 'shop.yaml' });
    } catch (error) {
      ({ message } = error as Error);
    }
    const beginning = shown.replace(/\.\.\.$/, '');
    expect(beginning).not.toBe(shown);
    expect(message.slice(0, beginning.length)).toBe(beginning);
  });
});

describe('the commands', () => {
  const lines = blockWith('sh', 'lyrebird ');

  it.each(lines.filter((line) => !/^lyrebird (run|receive|learn)/.test(line)))('%s', async (line) => {
    const [, ...args] = wordsOf(line);
    const { code, stdout, stderr } = await runLyrebird(args);
    expect(code, stderr).toBe(0);
    expect(stdout.length).toBeGreaterThan(50);
  });

  it.each(lines.filter((line) => line.startsWith('lyrebird run')))('%s', async (line) => {
    const [, , flag, config = '', ...more] = wordsOf(line);
    expect(flag).toBe('-c');
    const { args } = await runArguments({ config, args: [...more, '--ticks', '2'] });
    const { code, stdout, stderr } = await runLyrebird(args);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('ended after tick 2');
  });

  it.each(lines.filter((line) => line.startsWith('lyrebird receive')))('%s', async (line) => {
    const [, ...args] = wordsOf(line);
    const child = spawn(
      process.execPath,
      ['dist/cli/main.js', ...args, '--grpc-port', '0', '--http-port', '0'],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    await until(() => printed.includes('receiving OTLP'), { what: 'the receiver' });
    const closed = once(child, 'close');
    child.kill('SIGINT');
    expect(await closed).toEqual([0, null]);
  });

  it('are those of the program, each with an example and the options that are named', async () => {
    const rows = tableOf('command');
    const { stdout } = await runLyrebird(['--help']);
    const there = Array.from(stdout.matchAll(/^ {2}(\w+) /gm), ([, name]) => name);
    expect(rows.map(([name = '']) => quoted(name)[0])).toEqual(there);
    await Promise.all(
      rows.map(async ([name = '', text = '']) => {
        const [command = ''] = quoted(name);
        const help = await runLyrebird([command, '--help']);
        expect(help.code).toBe(0);
        expect(help.stdout).toMatch(/\nExample:\n {2}\S/);
        for (const option of quoted(text).map((words) => words.split(' ')[0] ?? ''))
          if (option.startsWith('--')) expect(help.stdout, command).toContain(`${option} `);
      }),
    );
  });

  it('are there as `npx lyrebird` in a clone', async () => {
    expect(readme).toContain('`npx lyrebird`');
    const { stdout } = await promisify(execFile)('npx', ['--no', 'lyrebird', '--version'], { cwd: root });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('the endpoints', () => {
  it('answer the requests that are shown, in their order, and those of the table are in the document', async () => {
    const lyrebird = await startLyrebird({ config: 'configs/quickstart.yaml' });
    onTestFinished(lyrebird.stop);
    const page = new URL(lyrebird.pageUrl).origin;

    const asked = blockWith('sh', 'curl ').map(readCurl);
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST', 'DELETE', 'GET']);
    for (const { method, url, headers, body } of asked) {
      const real = url
        .replace('http://localhost:8000', page)
        .replace('http://localhost:8081', lyrebird.controlUrl);
      expect(real).not.toBe(url);
      const response = await fetch(real, { method, headers, body: body ?? null });
      expect(response.status, `${method} ${url}: ${await response.clone().text()}`).toBe(200);
      expect((await response.text()).length).toBeGreaterThan(50);
    }

    const document = (await (await fetch(`${lyrebird.controlUrl}/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    const endpoints = tableOf('endpoint').flatMap(([cell = '']) => quoted(cell));
    expect(endpoints.length).toBeGreaterThan(6);
    for (const endpoint of endpoints.filter((one) => !/^GET \/(openapi\.json|docs)$/.test(one))) {
      const [method = '', path = ''] = endpoint.split(' ');
      expect(document.paths[path], endpoint).toHaveProperty(method.toLowerCase());
    }
  });
});

interface CurlRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A request from the options of curl that the README uses; any other is an error. */
function readCurl(line: string): CurlRequest {
  const [program, ...words] = wordsOf(line);
  expect(program).toBe('curl');
  const request = {
    method: 'GET',
    url: '',
    headers: {} as Record<string, string>,
    body: undefined as string | undefined,
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-s') continue;
    if (word === '-X') request.method = words.shift() ?? '';
    else if (word === '-d') request.body = words.shift();
    else if (word === '-H') {
      const [name = '', value = ''] = (words.shift() ?? '').split(': ');
      request.headers[name] = value;
    } else if (word.startsWith('http://')) request.url = word;
    else throw new Error(`what is ${word} in ${line}?`);
  }
  return request;
}

describe('the documents', () => {
  const documents = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'compose/README.md',
    ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  ].filter((name) => name.endsWith('.md'));

  it.each(documents)('%s links to what is there', (name) => {
    const text = readFileSync(join(root, name), 'utf8');
    const targets = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target);
    const missing = targets
      .filter((target) => !/^(https?:|#)/.test(target))
      .filter((target) => !existsSync(join(root, dirname(name), target.replace(/#.*$/, ''))));
    expect(missing).toEqual([]);
  });

  it('README.md has one place for the figures', () => {
    expect(readme.match(/<!-- performance:(begin|end) -->/g)).toEqual([
      '<!-- performance:begin -->',
      '<!-- performance:end -->',
    ]);
  });

  it.each(['README.md', 'CONTRIBUTING.md', 'docs/architecture.md'])(
    '%s names files that are there',
    (name) => {
      const named = quoted(readFileSync(join(root, name), 'utf8')).filter((text) =>
        /^(src|test|scripts|configs|docs|compose|dashboards|\.ci)\/[\w./-]*$/.test(text),
      );
      expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    },
  );

  it('CONTRIBUTING.md names scripts that are there, and what the recipes call for', () => {
    const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = Array.from(text.matchAll(/npm run ([\w:]+)/g), ([, script = '']) => script);
    expect(named.length).toBeGreaterThan(2);
    for (const script of named) expect(scripts).toHaveProperty([script]);

    const contracts = {
      'Add a generator': 'src/generators/generator.ts',
      'Add a sink': 'src/sinks/sink.ts',
    };
    for (const [title, path] of Object.entries(contracts)) {
      const recipe = text.slice(text.indexOf(`## ${title}\n`)).split('\n## ', 1)[0] ?? '';
      expect(recipe, title).toContain(path);
      const contract = readFileSync(join(root, path), 'utf8');
      for (const [, define = ''] of recipe.matchAll(/`(define\w+)\(/g))
        expect(contract, title).toContain(`export function ${define}<`);
      // Words that are no command and no other file's are members of a definition.
      const members = quoted(recipe).filter((word) => /^[a-z]+$/.test(word) && !OTHER_WORDS.has(word));
      expect(members.length, title).toBeGreaterThan(5);
      for (const member of members) expect(contract, title).toMatch(new RegExp(`\\b${member}\\??[:(]`));
    }
  });
});

/** Of the recipes: values, and keys of the file. */
const OTHER_WORDS = new Set(['algorithm', 'none', 'exporters', 'enabled']);

describe('the library', () => {
  it('prints what is shown, run against the built package', async () => {
    const code = blockWith('ts', 'import { describe, gap').join('\n');
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        code.replace("'lyrebird'", `'${new URL('../dist/index.js', import.meta.url).href}'`),
      ],
      { cwd: root },
    );
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual(blockWith('text', 'join'));
  });
});

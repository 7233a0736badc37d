import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lyrebird-tooling-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

function runNode(args: readonly string[], cwd = root) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('scripts/summary.js', () => {
  const passed = { status: 'passed' };
  const failed = { status: 'failed' };
  const skipped = { status: 'skipped' };
  const file = (status: string, ...assertionResults: object[]) => ({ status, assertionResults });

  it.each([
    ['all passed', [file('passed', passed, passed)], 0, '2 passed, 0 failed'],
    [
      'skipped tests are named only if there are any',
      [file('passed', passed, skipped)],
      0,
      '1 passed, 0 failed, 1 skipped',
    ],
    [
      'a test to do was not run',
      [file('passed', passed, { status: 'todo' })],
      0,
      '1 passed, 0 failed, 1 skipped',
    ],
    [
      'failures are counted by test',
      [file('failed', passed, failed, failed), file('passed', passed)],
      1,
      '2 passed, 2 failed',
    ],
    [
      'a file that cannot be loaded is one failure',
      [file('failed'), file('passed', passed)],
      1,
      '1 passed, 1 failed',
    ],
    ['an error outside of any test is one failure', [file('passed', passed)], 1, '1 passed, 1 failed'],
  ])('%s', (_, testResults, exitCode, line) => {
    const report = join(scratch, 'report.json');
    writeFileSync(report, JSON.stringify({ testResults }));
    const { status, stdout } = runNode(['scripts/summary.js', report, String(exitCode)]);
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(line);
  });

  it('takes a missing report of a failed run for one failure', () => {
    const { stdout } = runNode(['scripts/summary.js', join(scratch, 'none.json'), '1']);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed');
  });

  it('refuses wrong usage', () => {
    const { status, stderr } = runNode(['scripts/summary.js']);
    expect(status).toBe(2);
    expect(stderr).toContain('usage: ');
  });
});

describe('the package', () => {
  const manifest = readJson('package.json') as {
    bin: { lyrebird: string };
    scripts: Record<string, string>;
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const lock = readJson('package-lock.json') as {
    packages: Record<string, { version?: string; optional?: boolean; os?: string[] }>;
  };
  const declared = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });

  it.each(declared)('%s is pinned exactly (%s), and the lock agrees', (name, range) => {
    expect(range).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lock.packages[`node_modules/${name}`]?.version).toBe(range);
  });

  it('locks every package by its content and none to a host', () => {
    // A binary for one platform may be locked by its version alone: it is optional and only that platform fetches it.
    const isBinary = (entry: { optional?: boolean; os?: string[] }) =>
      entry.optional === true && entry.os !== undefined;
    for (const [path, entry] of Object.entries(lock.packages)) {
      expect(entry, path).not.toHaveProperty('resolved');
      if (path !== '' && !isBinary(entry)) expect(entry, path).toHaveProperty('integrity');
    }
  });

  it('has every script that npm run check runs', () => {
    const source = readFileSync(join(root, 'scripts/check.js'), 'utf8');
    const names = /const checks = \[(.*?)\]/s.exec(source)?.[1]?.match(/[\w:]+/g) ?? [];
    expect(names).toHaveLength(5);
    for (const name of names) expect(manifest.scripts).toHaveProperty([name]);
  });

  it('has a command that the shell can run', (context) => {
    const bin = join(root, manifest.bin.lyrebird);
    if (!existsSync(bin)) context.skip('nothing is built: run npm run build');
    expect(readFileSync(bin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(bin).mode & 0o111).toBe(0o111);
  });
});

describe('.dependency-cruiser.mjs', () => {
  interface Rules {
    forbidden: { name: string; comment: string; severity: string }[];
  }

  async function readRules() {
    const module = (await import(pathToFileURL(join(root, '.dependency-cruiser.mjs')).href)) as {
      default: Rules;
    };
    return module.default.forbidden;
  }

  it('gives a reason for every rule', async () => {
    for (const { name, comment, severity } of await readRules()) {
      expect(comment, name).toMatch(/^[A-Za-z].*\.$/);
      expect(severity, name).toBe('error');
    }
  });

  it('says what each folder of src/ may import', async () => {
    const names = (await readRules()).map(({ name }) => name);
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    for (const { name } of folders) expect(names).toContain(`${name}-imports`);
  });

  it('finds imports against the direction, cycles of types and what does not ship', () => {
    const files = {
      'package.json': '{ "type": "module", "devDependencies": { "only-dev": "1.0.0" } }',
      'tsconfig.json':
        '{ "compilerOptions": { "module": "NodeNext", "allowImportingTsExtensions": true, "noEmit": true } }',
      'node_modules/only-dev/package.json': '{ "name": "only-dev", "version": "1.0.0", "main": "index.js" }',
      'node_modules/only-dev/index.js': '',
      'src/util/a.ts': "import type { B } from './b.ts';\nexport type A = B;\n",
      'src/util/b.ts': "import type { A } from './a.ts';\nexport type B = A | 1;\n",
      'src/util/up.ts': "import '../labels/space.ts';\n",
      'src/labels/space.ts': "import 'node:fs';\n",
      'src/engine/engine.ts': "import '../sinks/null.ts';\nimport '../sinks/sink.ts';\n",
      'src/sinks/sink.ts': "import 'only-dev';\n",
      'src/sinks/null.ts': "import './memory.ts';\n",
      'src/sinks/memory.ts': "import '../../test/help.ts';\n",
      'src/generators/walk.ts': "import './builtin.ts';\n",
      'src/generators/builtin.ts': 'export {};\n',
      'src/cli/main.ts':
        "import '../simulation.ts';\nimport type { A } from '../util/a.ts';\nexport type M = A;\n",
      'src/simulation.ts': "import './generators/builtin.ts';\n",
      'src/new/file.ts': "import '../util/a.ts';\n",
      'test/help.ts': 'export {};\n',
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(scratch, path)), { recursive: true });
      writeFileSync(join(scratch, path), text);
    }
    const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const config = join(root, '.dependency-cruiser.mjs');
    const { stdout } = runNode([depcruise, '--config', config, '--output-type', 'json', 'src'], scratch);
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { from: string; rule: { name: string } }[] };
    };
    const found = summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
    expect(found.toSorted()).toEqual([
      'engine-imports: src/engine/engine.ts',
      'known-folder: src/new/file.ts',
      'no-cycles: src/util/a.ts',
      'no-io-in-the-core: src/labels/space.ts',
      'plug-in-not-registry: src/generators/walk.ts',
      'sink-file-stands-alone: src/sinks/null.ts',
      'src-not-to-dev-dependencies: src/sinks/sink.ts',
      'src-not-to-test: src/sinks/memory.ts',
      'util-imports: src/util/up.ts',
    ]);
  });
});

// Compiles src/ into dist/. Does nothing when the inputs are the ones of the last good build, so that
// `npm start` is quick. `--force` builds anyway.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const src = join(root, 'src');
const dist = join(root, 'dist');
const stampFile = join(dist, '.inputs');
const bin = join(dist, 'cli', 'main.js');

const sources = listFiles(src);
const stamp = hashOf([
  ...sources,
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.js'].map(
    (name) => join(root, name),
  ),
]);
const force = process.argv.includes('--force');

if (!force && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && outputsExist())
  process.exit(0);

// Without a stamp a build that fails half-way is never taken for a good one.
rmSync(stampFile, { force: true });
if (force) rmSync(dist, { recursive: true, force: true });
removeStaleOutputs();
if (!outputsExist()) rmSync(join(dist, '.tsbuildinfo'), { force: true });
mkdirSync(dist, { recursive: true });

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const args = [
  '-p',
  'tsconfig.build.json',
  '--incremental',
  '--noEmitOnError',
  '--tsBuildInfoFile',
  join('dist', '.tsbuildinfo'),
];
const result = spawnSync(process.execPath, [tsc, ...args], { cwd: root, encoding: 'utf8' });
if (result.status !== 0) {
  process.stderr.write(`${result.stdout}${result.stderr}`);
  process.stderr.write(
    'build failed: the errors of the TypeScript compiler are above; dist/ is not up to date\n',
  );
  process.exit(1);
}

rmSync(join(dist, 'ui'), { recursive: true, force: true });
if (existsSync(join(src, 'ui'))) cpSync(join(src, 'ui'), join(dist, 'ui'), { recursive: true });
if (existsSync(bin)) chmodSync(bin, 0o755);
writeFileSync(stampFile, stamp);

function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

/** The page's own files are copied as they are; the compiler takes the rest. */
function isCompiled(file) {
  return file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.startsWith(join(src, 'ui') + sep);
}

function outputOf(source) {
  return join(dist, relative(src, source)).replace(/\.ts$/, '.js');
}

function outputsExist() {
  return sources.filter(isCompiled).every((source) => existsSync(outputOf(source)));
}

/** tsc leaves the output of a deleted source behind, and the package would ship it. */
function removeStaleOutputs() {
  if (!existsSync(dist)) return;
  const wanted = new Set(sources.filter(isCompiled).map(outputOf));
  for (const file of listFiles(dist)) {
    const main = file.replace(/\.(js\.map|d\.ts)$/, '.js');
    if (main.endsWith('.js') && !wanted.has(main)) rmSync(file, { force: true });
  }
}

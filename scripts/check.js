// Runs everything that can be said about the code without running it: one line a check, the output of those that
// fail, exit 1 if any did. The commands are the ones of package.json, so `npm run lint` is the same check alone.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// Slowest first, so that the short ones fill the gaps.
const checks = ['types', 'imports', 'lint', 'unused', 'format:check'];
const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` };

const started = performance.now();
const waiting = [...checks];
const failed = [];

async function runWaiting() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { code, output, seconds } = await run(scripts[name]);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(13)} ${seconds.toFixed(1)} s`);
    if (code !== 0) failed.push({ name, output });
  }
}

function run(command) {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(command, { cwd: root, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    const end = (code, extra) => {
      const output = `${Buffer.concat(chunks).toString('utf8').trim()}${extra}`;
      resolve({ code, output, seconds: (performance.now() - start) / 1000 });
    };
    child.on('error', (error) => end(1, `\n${error.message}`));
    child.on('close', (code, signal) => end(code ?? 1, signal ? `\nended by ${signal}` : ''));
  });
}

await Promise.all(
  Array.from({ length: Math.min(checks.length, Math.max(2, availableParallelism())) }, runWaiting),
);

for (const { name, output } of failed) console.log(`\n--- ${name}: ${scripts[name]}\n${output}`);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  failed.length === 0
    ? `all checks passed in ${seconds} s`
    : `\n${failed.length} of ${checks.length} checks failed`,
);
process.exit(failed.length === 0 ? 0 : 1);

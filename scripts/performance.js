// Writes docs/performance.md, and the README's section between its markers, from bench/results.json (made by
// `npm run bench -- --json bench/results.json`) and bench/notes.md. Run after `npm run build`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Not a static import: the tools that check imports also run where nothing is built.
const { formatPerformancePage, formatReadmeSection, replaceSection } = await import(
  new URL('../dist/bench/performance.js', import.meta.url).href
);
const root = join(import.meta.dirname, '..');
const read = (path) => readFileSync(join(root, path), 'utf8');
const write = (path, text) => {
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
};

const report = JSON.parse(read('bench/results.json'));
write('docs/performance.md', formatPerformancePage(report, read('bench/notes.md')));
if (existsSync(join(root, 'README.md')))
  write('README.md', replaceSection(read('README.md'), formatReadmeSection(report)));

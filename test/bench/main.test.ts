import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Report } from '../../src/bench/report.ts';

const program = join(import.meta.dirname, '../../dist/bench/main.js');
let scratch: string;

beforeAll(() => {
  if (!existsSync(program)) throw new Error('dist/bench/main.js is not there: npm run build');
  scratch = mkdtempSync(join(tmpdir(), 'lyrebird-bench-test-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('the command', () => {
  it('measures in processes of its own, prints a table and writes the report', async () => {
    const json = join(scratch, 'deep', 'report.json');
    const args = ['--only', 'page,start', '--sizes', '30', '--rounds', '1', '--json', json];
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { timeout: 60_000 });
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;

    expect(report.failures).toEqual([]);
    expect(report.runs.map(({ cases }) => cases.map(({ name }) => name))).toEqual([['page', 'start']]);
    const ids = report.figures.map(({ id }) => id);
    expect(ids).toContain('page/counter, text/30');
    expect(ids).toContain('start/counter, first page/30');
    for (const { direct, library, ratio } of report.figures) {
      expect(direct.rounds).toBe(1);
      expect(ratio).toBe(library === undefined ? undefined : library.median / direct.median);
    }
    for (const { name } of report.figures) expect(stdout).toContain(`\n${name} `);
  }, 60_000);

  it('explains wrong usage and exits 2', async () => {
    const run = promisify(execFile)(process.execPath, [program, '--only', 'pages']);
    await expect(run).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no case pages'),
    });
  });
});

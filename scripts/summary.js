// Prints the outcome of a test run as one line: `N passed, N failed`, and `, N skipped` if any.
//   node scripts/summary.js report/vitest.json [exit code of the run]
// A file that could not be loaded counts as one failure, and so does a run that failed outside of any test.
import { existsSync, readFileSync } from 'node:fs';

const [file, exitCode = '0'] = process.argv.slice(2);
if (file === undefined || !/^\d+$/.test(exitCode)) {
  console.error('usage: node scripts/summary.js REPORT.json [EXIT_CODE]');
  process.exit(2);
}

const count = { passed: 0, failed: 0, skipped: 0 };
if (existsSync(file)) {
  for (const { status, assertionResults } of JSON.parse(readFileSync(file, 'utf8')).testResults) {
    let failedHere = 0;
    for (const test of assertionResults) {
      if (test.status === 'passed') count.passed++;
      else if (test.status === 'failed') failedHere++;
      else count.skipped++;
    }
    count.failed += status === 'failed' ? Math.max(1, failedHere) : failedHere;
  }
} else {
  console.log('no test has run: there is no report');
}

if (exitCode !== '0' && count.failed === 0) {
  console.log(`the run failed outside of any test (exit code ${exitCode})`);
  count.failed = 1;
}
console.log(
  `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`,
);

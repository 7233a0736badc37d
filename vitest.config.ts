import { defineConfig } from 'vitest/config';

import { createSkippedReporter } from './test/support/skipped.ts';

const skipped = createSkippedReporter();

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    // Processes, not threads: signals, working directories and environment variables are a test's own.
    pool: 'forks',
    maxWorkers: 2,
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: process.env['CI']
      ? ['default', skipped, ['json', { outputFile: 'report/vitest.json' }]]
      : ['default', skipped],
  },
});

import { describe, expect, it } from 'vitest';

import type { SourceOptions } from '../../../src/cli/learn/options.ts';
import { readSources } from '../../../src/cli/learn/sources.ts';

const PAGE = 'http://127.0.0.1:1/metrics';
const FROM = 'http://127.0.0.1:1';

describe('an option that would do nothing is refused', () => {
  it.each<[string, readonly string[], Partial<SourceOptions>, string]>([
    [
      'of files, for live pages',
      [PAGE],
      { interval: 1000 },
      '--interval is of files, and these are live pages (http://...)',
    ],
    [
      'of live pages, for files',
      ['samples'],
      { keep: 'kept' },
      '--keep is of live pages (http://...), and these are files',
    ],
    [
      'of stored samples, for live pages',
      [PAGE],
      { dropLabels: ['job'] },
      '--drop-labels is of stored samples (--from), and these are live pages (http://...)',
    ],
    [
      'of requests, for files',
      ['samples'],
      { token: 'secret' },
      '--token is of live pages (http://...) and stored samples (--from), and these are files',
    ],
    [
      'of what is held, for files',
      ['samples'],
      { maxSamples: 5 },
      '--max-samples is of live pages (http://...) and stored samples (--from), and these are files',
    ],
    ['of live pages, for stored samples', [], { from: FROM, every: 1000 }, '--every is of live pages'],
  ])('%s', async (_, sources, options, message) => {
    await expect(readSources(sources, { timeout: 1000, ...options })).rejects.toThrow(message);
  });
});

import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

function load(content: string | Buffer | undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'lyrebird-'));
  const file = join(folder, 'run.yaml');
  writeFileSync(
    file,
    'metrics:\n  - name: up\n    type: gauge\n    labels:\n      pod:\n        values_file: pods.txt\n',
  );
  if (content !== undefined) writeFileSync(join(folder, 'pods.txt'), content);
  return loadConfig(file);
}

describe('values from a file', () => {
  it('are in the place of its name, and its hash is kept', () => {
    const { config, files } = load('web-1\r\n\n007\nä\n');
    expect(config.metrics[0]?.labels).toEqual({ pod: { values: ['web-1', '007', 'ä'] } });
    const sha256 = createHash('sha256').update('web-1\r\n\n007\nä\n').digest('hex');
    expect(files).toEqual([{ file: 'pods.txt', sha256 }]);
  });

  it.each([
    ['a file that is not there', undefined, 'pods.txt cannot be read: there is no such file'],
    ['one without a value', '\n\n', 'pods.txt has no value; it needs one a line'],
    ['one with a value twice', 'a\nb\n\na\n', 'pods.txt:4 has "a", and so has line 1; values must differ'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe]), 'pods.txt is not UTF-8 text'],
  ])('are not those of %s', (_, content, message) => {
    expect(() => load(content)).toThrow(`run.yaml:6:22 metrics[0].labels.pod.values_file: ${message}`);
  });
});

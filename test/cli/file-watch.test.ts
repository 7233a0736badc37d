import {
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  mkdirSync,
  readFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { createFileWatch } from '../../src/cli/file-watch.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lyrebird-watch-'));
  path = join(folder, 'shop.yaml');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

function watchPath() {
  let changes = 0;
  const watch = createFileWatch(
    () => readFileSync(path, 'utf8'),
    () => {
      changes += 1;
    },
  );
  return {
    look: watch.look,
    /** Changes told after so many looks. */
    looks(count: number) {
      for (let i = 0; i < count; i++) watch.look();
      return changes;
    },
  };
}

describe('a file that is watched', () => {
  it.each<[string, () => void]>([
    ['written in place', () => writeFileSync(path, 'b')],
    [
      'replaced by another file of its name',
      () => {
        writeFileSync(`${path}~`, 'b');
        renameSync(`${path}~`, path);
      },
    ],
    [
      'removed and written again',
      () => {
        unlinkSync(path);
        writeFileSync(path, 'b');
      },
    ],
  ])('has changed once when it is %s', (_, change) => {
    writeFileSync(path, 'a');
    const { looks } = watchPath();
    expect(looks(3)).toBe(0);
    change();
    expect(looks(1)).toBe(0);
    expect(looks(5)).toBe(1);
  });

  it('has changed when the folder behind its link is another one, as in Kubernetes', () => {
    for (const [name, text] of [
      ['one', 'a'],
      ['two', 'b'],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'shop.yaml'), text);
    }
    symlinkSync('one', join(folder, '..data'));
    symlinkSync(join('..data', 'shop.yaml'), path);
    const { looks } = watchPath();
    expect(looks(2)).toBe(0);
    symlinkSync('two', join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
    expect(looks(2)).toBe(1);
  });

  it('has not changed while it is being written', () => {
    writeFileSync(path, 'a');
    const { looks } = watchPath();
    for (const text of ['b', 'bc', 'bcd']) {
      writeFileSync(path, text);
      expect(looks(1)).toBe(0);
    }
    expect(looks(1)).toBe(1);
  });

  it('has not changed when it is written again as it was, or is gone', () => {
    writeFileSync(path, 'a');
    const { looks } = watchPath();
    writeFileSync(path, 'a');
    expect(looks(3)).toBe(0);
    unlinkSync(path);
    expect(looks(3)).toBe(0);
  });
});

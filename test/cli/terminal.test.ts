import { describe, expect, it } from 'vitest';

import { createTerminal } from '../../src/cli/terminal.ts';

/** What a terminal shows after these bytes: lines, the last of which may be unfinished. */
function screenOf(written: string): string[] {
  const lines = [''];
  for (const part of written.split(/(\r\u001B\[2K|\n)/)) {
    if (part === '\n') lines.push('');
    else if (part.startsWith('\r')) lines[lines.length - 1] = '';
    else lines[lines.length - 1] += part;
  }
  return lines;
}

function createScreen(stream: { isTTY?: boolean; columns?: number }) {
  let written = '';
  const terminal = createTerminal({ ...stream, write: (text) => (written += text) });
  return { terminal, lines: () => screenOf(written), written: () => written };
}

describe('a terminal', () => {
  it('keeps the status below what is printed', () => {
    const { terminal, lines } = createScreen({ isTTY: true, columns: 80 });
    terminal.print('one');
    terminal.status('tick 1');
    terminal.print('two');
    expect(lines()).toEqual(['one', 'two', 'tick 1']);
    terminal.status('tick 2');
    expect(lines()).toEqual(['one', 'two', 'tick 2']);
    terminal.status('');
    expect(lines()).toEqual(['one', 'two', '']);
    terminal.print('three');
    expect(lines()).toEqual(['one', 'two', 'three', '']);
  });

  it('draws nothing when nothing is new', () => {
    const { terminal, written } = createScreen({ isTTY: true, columns: 80 });
    terminal.status('tick 1');
    const before = written();
    terminal.status('tick 1');
    expect(written()).toBe(before);
  });

  it.each([
    ['narrower than the line', 5, 'tick'],
    ['that says it is 0 wide', 0, 'tick 12345'],
  ])('cuts the status on a terminal %s', (_, columns, expected) => {
    const { terminal, lines } = createScreen({ isTTY: true, columns });
    terminal.status('tick 12345');
    expect(lines()).toEqual([expected]);
  });
});

describe('a file or a pipe', () => {
  it('gets lines and no status', () => {
    const { terminal, written } = createScreen({});
    expect(terminal.isLive).toBe(false);
    terminal.status('tick 1');
    terminal.print('one');
    terminal.status('tick 2');
    expect(written()).toBe('one\n');
  });
});

/** Joins pages of shards into the page of the whole run: per family, the header once and then each shard's samples in order. */
import { LyrebirdError } from '../util/errors.ts';

/** One family of a page as it stands there: its `#` lines, and its samples. */
interface Block {
  readonly name: string;
  readonly header: Buffer;
  readonly samples: Buffer;
}

const HASH = '#'.charCodeAt(0);
const NEWLINE = '\n'.charCodeAt(0);
const EOF_LINE = Buffer.from('# EOF\n');

/**
 * The joined page, in parts. Shards own consecutive slots, so in shard order the parts are byte for byte the page of
 * one process. Throws `page_invalid` for what does not begin as a page does, and `pages_differ` when the pages are not of the same families with the
 * same headers.
 */
export function* joinPages(pages: readonly Buffer[]): Generator<Buffer, void> {
  const shards = pages.map((page) => [...blocksOf(page)]);
  const [first = []] = shards;
  for (const [shard, [block]] of shards.entries()) {
    if (block === undefined || block.header.length > 0) continue;
    const line = block.samples
      .subarray(0, Math.min(nextLine(block.samples, 0), 60))
      .toString('utf8')
      .trimEnd();
    throw new LyrebirdError(
      'page_invalid',
      `page ${shard + 1} is no page that lyrebird has rendered: it begins with ${JSON.stringify(line)}, not with # HELP or # TYPE`,
    );
  }
  for (const [shard, blocks] of shards.entries()) {
    const length = Math.max(first.length, blocks.length);
    for (let i = 0; i < length; i++) {
      const here = first[i];
      const there = blocks[i];
      if (here !== undefined && there?.header.equals(here.header) === true) continue;
      throw new LyrebirdError(
        'pages_differ',
        `page ${shard + 1} is not of the same run as page 1: family ${i + 1} is ${there?.name ?? 'missing'} there and ` +
          `${here?.name ?? 'missing'} here; join pages of one file, tick and format`,
      );
    }
  }
  for (const [index, { header }] of first.entries()) {
    yield header;
    for (const blocks of shards) yield (blocks[index] as Block).samples;
  }
}

/** The families of a page in order; `# EOF` is one without samples. */
function* blocksOf(page: Buffer): Generator<Block, void> {
  let at = 0;
  while (at < page.length) {
    const name = nameAt(page, at);
    const start = at;
    while (at < page.length && page[at] === HASH && nameAt(page, at) === name) at = nextLine(page, at);
    const samples = at;
    while (at < page.length && page[at] !== HASH) at = nextLine(page, at);
    yield { name, header: page.subarray(start, samples), samples: page.subarray(samples, at) };
  }
}

/** The family that a `# HELP name ...`, `# TYPE name ...` or `# UNIT name ...` line is about. */
function nameAt(page: Buffer, at: number): string {
  const line = page.subarray(at, nextLine(page, at));
  if (line.equals(EOF_LINE)) return '# EOF';
  const [, , name] = line.toString('utf8').split(/[ \n]/, 3);
  return name ?? '';
}

function nextLine(page: Buffer, at: number): number {
  const end = page.indexOf(NEWLINE, at);
  return end === -1 ? page.length : end + 1;
}

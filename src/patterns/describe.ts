/** A pattern as an indented tree, a line each. */
import { formatDuration } from '../util/duration.ts';
import { isList, kindOf, type Extent, type Pattern, type PatternFields } from './pattern.ts';
import { extentOf } from './track.ts';

/** `join`, and below it, indented, `linear from 0 to 10, 5 ticks`. */
export function describe(pattern: Pattern): string {
  return linesOf(pattern).join('\n');
}

function linesOf(pattern: Pattern): string[] {
  if (typeof pattern === 'number') return [`constant ${pattern}`];
  if (typeof pattern === 'string') return [`"${pattern}"`];
  if (isList(pattern)) return tree('join', pattern);
  const kind = kindOf(pattern);
  const node = pattern as { readonly [Kind in keyof PatternFields]: PatternFields[Kind] };
  switch (kind) {
    case 'join':
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'min':
    case 'max':
      return tree(kind, node[kind]);
    case 'values':
      return [['values', node.values.map((value) => value ?? '_').join(' ')].join(' ')];
    case 'gap':
      return [withLength('gap', extentOf(node.gap))];
    case 'loop':
      return tree(node.loop.times === undefined ? 'loop' : `loop ${count(node.loop.times, 'time')}`, [
        node.loop.of,
      ]);
    case 'hold':
    case 'abs':
    case 'take':
    case 'round':
    case 'clamp': {
      const { of, ...fields } = node[kind];
      return tree(
        kind === 'take' ? withLength(kind, fields as Extent) : [kind, ...wordsOf(fields)].join(' '),
        [of],
      );
    }
    default: {
      const { ticks, for: time, ...fields } = node[kind];
      return [withLength([kind, ...wordsOf(fields)].join(' '), { ticks, for: time })];
    }
  }
}

function tree(head: string, parts: readonly Pattern[]): string[] {
  return [head, ...parts.flatMap(linesOf).map((line) => `  ${line}`)];
}

function wordsOf(fields: object): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${String(value)}`);
}

function withLength(text: string, { ticks, for: time }: Extent): string {
  if (ticks !== undefined) return `${text}, ${count(ticks, 'tick')}`;
  if (time === undefined) return `${text}, for ever`;
  return `${text}, for ${typeof time === 'number' ? formatDuration(time * 1000) : time}`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

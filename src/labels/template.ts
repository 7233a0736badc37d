/** Templates of label values: `{service}-{n:03d}:8080`, of other labels' values and a number. `{{` and `}}` are braces. */
import { createFormat } from './format.ts';

/** Text, the value of another label, or the number. */
export type TemplatePart = string | { readonly label: string } | { readonly write: (n: number) => string };

const PLACE = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Throws a RangeError that says what is wrong. */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (const match of template.matchAll(PLACE)) {
    const [text, inner] = match;
    if (match.index > at) parts.push(template.slice(at, match.index));
    at = match.index + text.length;
    if (text === '{{' || text === '}}') parts.push(text.slice(1));
    else parts.push(parsePlace(template, text, inner));
  }
  if (at < template.length) parts.push(template.slice(at));
  return parts;
}

function parsePlace(template: string, text: string, inner: string | undefined): TemplatePart {
  if (inner === undefined)
    throw new RangeError(`"${template}" has a lone ${text}; write ${text}${text} for a brace`);
  const [, format] = /^n(?::(.*))?$/s.exec(inner) ?? [inner, inner];
  if (format !== inner) return { write: createFormat(format === undefined ? '{}' : `{:${format}}`) };
  if (/^[a-zA-Z][a-zA-Z0-9_]*$/.test(inner)) return { label: inner };
  throw new RangeError(
    `"${template}" has ${text}; in braces goes the name of a label, or n, or a number's format as n:03d`,
  );
}

/** What a scraper is given of what it says it takes. */
import type { PageFormat } from '../../wire/page.ts';

export interface Representation {
  readonly format: PageFormat;
  /** With version, charset, and the escaping of names that was asked for: Prometheus 3 reads no page without one. */
  readonly contentType: string;
}

/** Versions we can answer with, the preferred one first. Text 1.0.0 is 0.0.4 for names that need no quotes, as ours. */
const VERSIONS: Readonly<Record<string, { format: PageFormat; versions: readonly string[] }>> = {
  'text/plain': { format: 'text', versions: ['0.0.4', '1.0.0'] },
  'application/openmetrics-text': { format: 'openmetrics', versions: ['1.0.0', '0.0.1'] },
};

/** Our names are legal ever since, so that every scheme leaves them alone. */
const ESCAPINGS = new Set(['allow-utf-8', 'underscores', 'dots', 'values']);

const FALLBACK: Representation = { format: 'text', contentType: 'text/plain; version=0.0.4; charset=utf-8' };

/**
 * The representation for an Accept header: of what we have, what it weighs most; among equals what is said more exactly,
 * then what comes first. Wildcards, and headers that name nothing we have, get text 0.0.4.
 */
export function negotiate(accept: string | undefined): Representation {
  const ranges = parseWeighted(accept)
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || Number(a.name.includes('*')) - Number(b.name.includes('*')));
  for (const { name, parameters } of ranges) {
    if (name === '*/*' || name === 'text/*') return FALLBACK;
    const known = VERSIONS[name];
    if (known === undefined) continue;
    const version = parameters.get('version') ?? known.versions[0];
    if (version === undefined || !known.versions.includes(version)) continue;
    const escaping = parameters.get('escaping');
    const suffix = escaping !== undefined && ESCAPINGS.has(escaping) ? `; escaping=${escaping}` : '';
    return { format: known.format, contentType: `${name}; version=${version}; charset=utf-8${suffix}` };
  }
  return FALLBACK;
}

/** Whether an Accept-Encoding header takes gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const codings = new Map(parseWeighted(acceptEncoding).map(({ name, weight }) => [name, weight]));
  return (codings.get('gzip') ?? codings.get('*') ?? 0) > 0;
}

interface Weighted {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0, which is a refusal, to 1. */
  readonly weight: number;
}

function parseWeighted(header = ''): Weighted[] {
  return header.split(',').map((item) => {
    const [name = '', ...rest] = item.split(';').map((part) => part.trim());
    const parameters = new Map(
      rest.map((part) => {
        const [key = '', value = ''] = part.split('=', 2);
        return [key.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')];
      }),
    );
    const weight = Number(parameters.get('q') ?? 1);
    return { name: name.toLowerCase(), parameters, weight: Number.isNaN(weight) ? 1 : weight };
  });
}

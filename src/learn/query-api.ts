/** The query API of Prometheus, which others have, too: JSON over HTTP. */
import { describeAnswer, showUrl, type Answer, type Fetch } from '../transport/request.ts';
import { LyrebirdError } from '../util/errors.ts';

/** Of a series, with `__name__`. */
export type StoredLabels = Readonly<Record<string, string>>;

/** Seconds since 1970, and a number as Go prints it. */
export type StoredSample = readonly [seconds: number, text: string];

export interface StoredHistogram {
  readonly count: string;
  readonly sum: string;
  /** Observations between two bounds; the first number says which of them belong to it. */
  readonly buckets?: readonly (readonly [kind: number, low: string, high: string, count: string])[];
}

/** Samples of a series in a range of time. */
export interface StoredSeries {
  readonly metric: StoredLabels;
  readonly values?: readonly StoredSample[];
  /** Native histograms. */
  readonly histograms?: readonly (readonly [seconds: number, histogram: StoredHistogram])[];
}

export type Metadata = ReadonlyMap<string, { readonly type: string; readonly help: string }>;

export interface QueryApi {
  /** For messages. */
  readonly name: string;
  /** Series of an instant query whose samples are native histograms. */
  histograms(expression: string, atS: number): Promise<readonly StoredHistogram[]>;
  /** The samples themselves of a range selector. */
  samples(selector: string, atS: number): Promise<readonly StoredSeries[]>;
  /** Values at equal distances. */
  steps(selector: string, range: StepRange): Promise<readonly StoredSeries[]>;
  series(match: readonly string[], fromS: number, toS: number): Promise<readonly StoredLabels[]>;
  labelValues(label: string): Promise<readonly string[]>;
  /** By name; empty where the server has none. */
  metadata(): Promise<Metadata>;
}

export interface StepRange {
  readonly fromS: number;
  readonly toS: number;
  readonly stepS: number;
}

export interface QueryApiOptions {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  /** Told of warnings in answers. */
  readonly warn: (text: string) => void;
}

interface Envelope {
  readonly status?: string;
  readonly data?: unknown;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
}

interface InstantSeries {
  readonly histogram?: readonly [seconds: number, histogram: StoredHistogram];
}

/** Asks below an address, such as `http://127.0.0.1:9090`. Throws `no_answer`, `query_refused` or `no_query_api`. */
export function createQueryApi(base: URL, { fetch, signal, warn }: QueryApiOptions): QueryApi {
  const name = showUrl(base).replace(/\/$/, '');

  const get = async (
    path: string,
    parameters: Readonly<Record<string, string | number | readonly string[]>> = {},
  ): Promise<unknown> => {
    const url = new URL(base);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/${path}`;
    for (const [key, value] of Object.entries(parameters))
      for (const one of typeof value === 'object' ? value : [value])
        url.searchParams.append(key, String(one));
    const answer = await fetch(url, { accept: 'application/json', signal });
    const { status, data, errorType, error, warnings = [] } = await envelopeOf(answer, name);
    if (status !== 'success')
      throw new LyrebirdError('query_refused', `${name} refuses: ${errorType ?? 'error'}: ${error ?? ''}`);
    for (const warning of warnings) warn(`${name}: ${warning}`);
    return data;
  };

  const query = async <T>(
    path: 'query' | 'query_range',
    parameters: Readonly<Record<string, string | number>>,
    wanted: 'matrix' | 'vector',
  ): Promise<readonly T[]> => {
    const data = (await get(path, parameters)) as { resultType?: string; result?: readonly T[] };
    const { resultType, result } = data;
    if (resultType !== wanted || result === undefined)
      throw new LyrebirdError(
        'no_query_api',
        `${name} gives a ${resultType} for ${parameters['query']}, where a ${wanted} is due`,
      );
    return result;
  };

  return {
    name,
    async histograms(expression, atS) {
      const found = await query<InstantSeries>('query', { query: expression, time: atS }, 'vector');
      return found.flatMap(({ histogram }) => (histogram === undefined ? [] : [histogram[1]]));
    },
    samples: (selector, atS) => query('query', { query: selector, time: atS }, 'matrix'),
    steps: (selector, { fromS, toS, stepS }) =>
      query('query_range', { query: selector, start: fromS, end: toS, step: stepS }, 'matrix'),
    series: async (match, fromS, toS) =>
      (await get('series', { 'match[]': match, start: fromS, end: toS })) as readonly StoredLabels[],
    labelValues: async (label) => (await get(`label/${label}/values`)) as readonly string[],
    async metadata() {
      try {
        const data = (await get('metadata')) as Readonly<
          Record<string, readonly { type?: string; help?: string }[]>
        >;
        return new Map(
          Object.entries(data).flatMap(([metric, [first]]) =>
            first === undefined
              ? []
              : [[metric, { type: first.type ?? '', help: first.help ?? '' }] as const],
          ),
        );
      } catch (error) {
        if (!(error instanceof LyrebirdError) || error.code === 'no_answer') throw error;
        warn(`${name} tells no types of metrics: ${error.message}`);
        return new Map();
      }
    },
  };
}

async function envelopeOf(answer: Answer, name: string): Promise<Envelope> {
  const isJson = answer.contentType.includes('json');
  if (!isJson || answer.location !== undefined)
    throw new LyrebirdError(
      answer.status === 401 || answer.status === 403 ? 'query_refused' : 'no_query_api',
      `${name}: ${await describeAnswer(answer)}${answer.status === 404 ? '; it needs the address of a Prometheus, and the path before /api/v1' : ''}`,
    );
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  try {
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch (cause) {
    throw new LyrebirdError('no_query_api', `${name}: the answer is no JSON`, { cause });
  }
  throw new LyrebirdError('no_query_api', `${name}: the answer is no object`);
}

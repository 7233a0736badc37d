/** Options of `exporters.otel`, which both clients share. */
import { z } from 'zod';

import { positiveSeconds } from '../../util/fields.ts';

/** The endpoint that stands for our own receiver in this process; resolved before a sink is made. */
export const EMBEDDED = 'embedded';

/** Below the 4 MiB that a Collector takes by default. */
const DEFAULT_REQUEST_BYTES = 3_932_160;

const tlsFields = z
  .strictObject({
    ca_file: z.string().optional().describe('Authorities to trust instead of those of the system (PEM).'),
    cert_file: z.string().optional().describe('Our certificate, where the backend asks for one (PEM).'),
    key_file: z.string().optional().describe('The key of our certificate (PEM).'),
  })
  .refine(({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined), {
    error: 'cert_file and key_file go together: give both or neither',
  });

const endpoint = z.string().refine((text) => text === EMBEDDED || parseEndpoint(text) !== undefined, {
  error: ({ input }) =>
    `is ${JSON.stringify(input)}; needs host:port, http://host:port or https://host:port, or embedded`,
});

export const otelOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether anything is pushed.'),
  endpoint: endpoint
    .default('localhost:4317')
    .describe(
      'host:port, or a URL whose scheme overrides insecure and whose path comes before url_path; ' +
        'embedded is a receiver in this process.',
    ),
  insecure: z.boolean().default(true).describe('Plain text; false is TLS.'),
  prefix: z.string().default('otel_').describe('Put before every metric name.'),
  export_interval_s: positiveSeconds()
    .prefault(10)
    .describe('Time between two exports: a whole multiple of global.tick_interval_s.'),
  protocol: z.enum(['grpc', 'http']).default('grpc').describe('OTLP over gRPC, or over HTTP with protobuf.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Sent with every request.'),
  resource: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe('Resource attributes, over service.name=lyrebird and service.instance.id=<host name>.'),
  client: z
    .enum(['auto', 'library', 'direct'])
    .default('auto')
    .describe('OpenTelemetry SDK instruments, or bytes straight from the columns.'),
  timeout_s: positiveSeconds().prefault(10).describe('How long one attempt may take.'),
  url_path: z
    .string()
    .regex(/^\//, { error: ({ input }) => `is ${JSON.stringify(input)}; needs a path that begins with /` })
    .default('/v1/metrics')
    .describe('Path of the HTTP endpoint.'),
  compression: z.enum(['none', 'gzip']).default('none').describe('Of requests.'),
  tls: tlsFields.prefault({}).describe('Files for TLS.'),
  max_request_bytes: z
    .int()
    .min(4096)
    .max(2 ** 30)
    .default(DEFAULT_REQUEST_BYTES)
    .describe('Largest request before compression; receivers take 4 MiB by default.'),
  max_points: z.int().min(1).default(100_000).describe('Most data points of a request.'),
  max_in_flight: z.int().min(1).max(64).default(4).describe('Requests under way at once.'),
  queue: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Frames held for a slow backend. Default: as many as fit into 64 MiB, at least 2, at most 64.'),
});

export type OtelOptions = z.output<typeof otelOptions>;

export interface Endpoint {
  /** Whether a scheme said so; `undefined` without a scheme. */
  readonly secure: boolean | undefined;
  readonly host: string;
  readonly port: number | undefined;
  /** Without a slash at its end; empty for none. */
  readonly path: string;
}

/** The parts of an endpoint; `undefined` when it is none. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, scheme, rest] = /^(?:(https?):\/\/)?([^\s:/?#[\]]+.*|\[.*)$/.exec(text) ?? [];
  if (rest === undefined || rest.includes('://')) return undefined;
  const base = `${scheme ?? 'http'}://${rest}`;
  if (!URL.canParse(base)) return undefined;
  const url = new URL(base);
  if (url.hostname === '' || url.username !== '' || url.search !== '' || url.hash !== '') return undefined;
  // A URL forgets the port that its scheme has anyway.
  const port = /^(?:\[[^\]]*\]|[^:/]*):(\d+)/.exec(rest)?.[1];
  return {
    secure: scheme === undefined ? undefined : scheme === 'https',
    host: url.hostname,
    port: port === undefined ? undefined : Number(port),
    path: url.pathname.replace(/\/+$/, ''),
  };
}

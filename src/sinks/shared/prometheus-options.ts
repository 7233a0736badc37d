/** Options of `exporters.prometheus`, which both clients share. */
import { z } from 'zod';

import { authFields, serverTlsFields } from '../../util/access.ts';

export const prometheusOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the page is served.'),
  port: z.int().min(0).max(65_535).default(8000).describe('Port of the page; 0 takes a free one.'),
  bind_address: z.string().min(1).default('0.0.0.0').describe('Address to listen on.'),
  path: z
    .string()
    .regex(/^\/[^?#\s]*$/, {
      error: ({ input }) =>
        `is ${JSON.stringify(input)}; needs a path that begins with / and has no ?, # or blank`,
    })
    .default('/metrics')
    .describe('Path of the page.'),
  prefix: z.string().default('prom_').describe('Put before every metric name.'),
  client: z
    .enum(['auto', 'library', 'direct'])
    .default('auto')
    .describe('A prom-client registry, or bytes straight from the columns.'),
  compression: z
    .enum(['auto', 'none'])
    .default('auto')
    .describe('auto: gzip for a scraper that asks for it.'),
  timestamps: z
    .boolean()
    .default(false)
    .describe('Prints the time of the tick on every sample (direct client).'),
  auth: authFields.optional().describe('What a scraper is asked for. Default: nothing.'),
  tls: serverTlsFields.optional().describe('Files for TLS. Default: plain text.'),
  created: z.boolean().default(false).describe('Prints _created lines on OpenMetrics pages.'),
});

export type PrometheusOptions = z.output<typeof prometheusOptions>;

import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as HttpExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';

import { createGrpcTransport } from '../../src/transport/grpc.ts';
import { createHttpTransport } from '../../src/transport/http.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { createReceiver, type Receiver, type ReceiverOptions } from '../../src/verify/receiver.ts';
import type { DecodedMetric } from '../../src/wire/otlp-decode.ts';
import { decodeExportResponse, decodeStatus } from '../../src/wire/otlp-response.ts';
import { METHOD } from '../support/grpc-backend.ts';
import { encodeAs } from '../support/otlp.ts';

const open: { receivers: Receiver[]; transports: Transport[] } = { receivers: [], transports: [] };

afterEach(async () => {
  for (const transport of open.transports.splice(0)) await transport.shutdown();
  for (const receiver of open.receivers.splice(0)) await receiver.close();
});

async function listen(options: Partial<ReceiverOptions> = {}): Promise<Receiver> {
  const receiver = await createReceiver({ port: 0, httpPort: 0, ...options });
  open.receivers.push(receiver);
  return receiver;
}

const CLIENTS: Record<string, (receiver: Receiver, gzip?: boolean) => Transport> = {
  grpc: ({ port }, gzip = false) =>
    createGrpcTransport({
      target: `127.0.0.1:${port}`,
      method: METHOD,
      tls: undefined,
      headers: {},
      gzip,
      connections: 1,
      retryDelayMs: (bytes) => decodeStatus(bytes)?.retryAfterMs,
    }),
  http: ({ httpPort }, gzip = false) =>
    createHttpTransport({
      url: new URL(`http://127.0.0.1:${httpPort}/v1/metrics`),
      contentType: 'application/x-protobuf',
      headers: {},
      gzip,
      tls: undefined,
      maxConnections: 1,
      messageOf: (body) => decodeStatus(body)?.message,
    }),
};

function connect(protocol: string, receiver: Receiver, gzip?: boolean): Transport {
  const transport = (CLIENTS[protocol] as (typeof CLIENTS)[string])(receiver, gzip);
  open.transports.push(transport);
  return transport;
}

const request = (points: number, part: Record<string, unknown> = {}): Uint8Array =>
  encodeAs('ExportMetricsServiceRequest', {
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'g',
                gauge: {
                  dataPoints: Array.from({ length: points }, () => ({
                    timeUnixNano: '1000000',
                    asDouble: 1,
                    ...part,
                  })),
                },
              },
            ],
          },
        ],
      },
    ],
  });

describe.each(['grpc', 'http'])('over %s', (protocol) => {
  it('metrics are decoded and handed over, and counted', async () => {
    const got: DecodedMetric[] = [];
    const receiver = await listen({ onRequest: (metrics) => void got.push(...metrics) });
    const bytes = request(3);
    const transport = connect(protocol, receiver);
    expect(await transport.send(bytes, 5000)).toMatchObject({ kind: 'success' });
    expect(await transport.send(bytes, 5000)).toMatchObject({ kind: 'success' });
    expect(got.map(({ name, points }) => `${name} ${points.length}`)).toEqual(['g 3', 'g 3']);
    expect(receiver.stats).toEqual({
      requests: 2,
      points: 6,
      bytes: 2 * bytes.length,
      refused: 0,
      lastRefusal: undefined,
    });
  });

  it('compressed requests are taken', async () => {
    const receiver = await listen();
    expect((await connect(protocol, receiver, true).send(request(1000), 5000)).kind).toBe('success');
    expect(receiver.stats.points).toBe(1000);
  });

  it('what is malformed is refused for good, with the reason', async () => {
    const receiver = await listen();
    const reply = await connect(protocol, receiver).send(request(1, { timeUnixNano: '0' }), 5000);
    expect(reply).toMatchObject({
      kind: 'failure',
      retryable: false,
      delivery: 'refused',
      reason: protocol === 'grpc' ? 'INVALID_ARGUMENT' : 'HTTP 400',
      message: expect.stringContaining('metric g: a point without a time') as string,
    });
    expect(receiver.stats).toMatchObject({ points: 0, refused: 1 });
    expect(receiver.stats.lastRefusal).toContain('a point without a time');
  });

  it('a consumer may take a part', async () => {
    const receiver = await listen({ onRequest: () => ({ rejected: 2, message: 'not these' }) });
    const reply = await connect(protocol, receiver).send(request(3), 5000);
    expect(reply.kind === 'success' && decodeExportResponse(reply.body)).toEqual({
      rejected: 2,
      message: 'not these',
    });
  });

  it('counting looks at no point', async () => {
    const got: unknown[] = [];
    const receiver = await listen({ count: true, onRequest: (metrics) => void got.push(metrics) });
    expect((await connect(protocol, receiver).send(request(5, { timeUnixNano: '0' }), 5000)).kind).toBe(
      'success',
    );
    expect(receiver.stats.points).toBe(5);
    expect(got).toEqual([]);
  });

  it('requests larger than allowed are refused for good', async () => {
    const receiver = await listen({ maxBytes: 1000 });
    const reply = await connect(protocol, receiver).send(request(1000), 5000);
    expect(reply).toMatchObject({
      retryable: false,
      reason: protocol === 'grpc' ? 'RESOURCE_EXHAUSTED' : 'HTTP 413',
    });
    expect(await connect(protocol, receiver, true).send(request(1000), 5000)).toMatchObject({
      kind: 'failure',
      reason: protocol === 'grpc' ? 'RESOURCE_EXHAUSTED' : 'HTTP 413',
    });
    expect(receiver.stats.points).toBe(0);
  });
});

describe('over HTTP alone', () => {
  it.each([
    ['another path', '/v1/traces', 'POST', 'application/x-protobuf', 404],
    ['another method', '/v1/metrics', 'GET', 'application/x-protobuf', 405],
    ['JSON', '/v1/metrics', 'POST', 'application/json', 415],
  ])('%s is refused', async (_, path, method, type, code) => {
    const { httpPort } = await listen();
    const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method,
      headers: { 'content-type': type },
      ...(method === 'POST' ? { body: '{}' } : {}),
    });
    expect(response.status).toBe(code);
    expect(decodeStatus(new Uint8Array(await response.arrayBuffer()))?.message).toContain(
      'metrics are taken',
    );
  });
});

describe('exporters of the SDK itself', () => {
  it.each([
    ['grpc', ({ port }: Receiver) => new GrpcExporter({ url: `http://127.0.0.1:${port}` })],
    [
      'http',
      ({ httpPort }: Receiver) => new HttpExporter({ url: `http://127.0.0.1:${httpPort}/v1/metrics` }),
    ],
  ])('over %s are understood', async (_, createExporter) => {
    const got: DecodedMetric[] = [];
    const receiver = await listen({ onRequest: (metrics) => void got.push(...metrics) });
    const reader = new PeriodicExportingMetricReader({
      exporter: createExporter(receiver),
      exportIntervalMillis: 3_600_000,
    });
    const provider = new MeterProvider({ readers: [reader] });
    provider.getMeter('meter', '1.0').createCounter('requests').add(5, { code: '200' });
    provider.getMeter('meter', '1.0').createHistogram('size').record(7);
    await provider.forceFlush();
    await provider.shutdown();
    expect(got.find(({ name }) => name === 'requests')).toMatchObject({
      scope: { name: 'meter', version: '1.0' },
      type: 'sum',
      temporality: 'cumulative',
      monotonic: true,
      points: [{ attributes: new Map([['code', '200']]), value: 5 }],
    });
    expect(got.find(({ name }) => name === 'size')).toMatchObject({
      points: [{ count: 1, sum: 7, min: 7, max: 7 }],
    });
    expect(receiver.stats.refused).toBe(0);
  });
});

describe('listening', () => {
  it('at a port that is taken fails with the address', async () => {
    const { port, httpPort } = await listen();
    await expect(createReceiver({ port })).rejects.toThrow(
      `the OTLP receiver cannot listen at 127.0.0.1:${port}`,
    );
    await expect(createReceiver({ port: 0, httpPort })).rejects.toThrow(
      `the OTLP receiver cannot listen at 127.0.0.1:${httpPort}`,
    );
  });

  it('ends with the close', async () => {
    const receiver = await createReceiver({ port: 0, httpPort: 0 });
    await receiver.close();
    const again = await createReceiver({ port: receiver.port, httpPort: receiver.httpPort });
    await again.close();
  });
});

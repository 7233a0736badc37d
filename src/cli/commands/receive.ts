/** `lyrebird receive`: an OTLP receiver that decodes strictly, or only counts. */
import type { Command } from 'commander';

import { createReceiver, type ReceiverStats } from '../../verify/receiver.ts';
import { formatBytes, formatCount, formatNumber } from '../format.ts';
import { parsePort } from '../options.ts';
import { onStopSignal } from '../signals.ts';

interface ReceiveOptions {
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly bind: string;
  readonly count?: true;
}

const INTERVAL_MS = 1000;

export function defineReceive(command: Command): void {
  command
    .description('Take OTLP metrics over gRPC and HTTP, and tell how many points come, until a signal.')
    .option('--grpc-port <port>', 'Port for gRPC; 0 takes a free one.', parsePort, 4317)
    .option('--http-port <port>', 'Port for HTTP; 0 takes a free one.', parsePort, 4318)
    .option('--bind <address>', 'Address to listen on.', '127.0.0.1')
    .option('--count', 'Only walk over the points and count them: as fast as it goes.')
    .addHelpText('after', '\nExample:\n  lyrebird receive --count')
    .action(receive);
}

async function receive({ grpcPort, httpPort, bind, count }: ReceiveOptions): Promise<void> {
  const receiver = await createReceiver({ host: bind, port: grpcPort, httpPort, count });
  const host = bind.includes(':') ? `[${bind}]` : bind;
  print(
    `receiving OTLP, gRPC at ${host}:${receiver.port}, HTTP at http://${host}:${receiver.httpPort}/v1/metrics` +
      (count === true ? '; points are counted, not decoded' : ''),
  );
  const beganMs = performance.now();
  let before = { ...receiver.stats, ms: beganMs };
  const timer = setInterval(() => {
    const now = { ...receiver.stats, ms: performance.now() };
    if (now.requests > before.requests) print(formatInterval(before, now, (now.ms - before.ms) / 1000));
    before = now;
  }, INTERVAL_MS);
  await new Promise<void>((resolve) => {
    onStopSignal(() => {
      resolve();
    });
  });
  clearInterval(timer);
  await receiver.close();
  const { requests, points, bytes, refused } = receiver.stats;
  const seconds = (performance.now() - beganMs) / 1000;
  print(
    `total: ${formatCount(requests, 'request', 'requests')}, ${formatCount(points, 'point', 'points')}, ${formatBytes(bytes)}, ${formatNumber(refused)} refused, in ${seconds.toFixed(1)} s`,
  );
}

/** What came since the line before. */
function formatInterval(before: ReceiverStats, now: ReceiverStats, seconds: number): string {
  const points = now.points - before.points;
  const refused = now.refused - before.refused;
  return [
    formatCount(now.requests - before.requests, 'request', 'requests'),
    formatCount(points, 'point', 'points'),
    `${formatNumber(Math.round(points / seconds))} points/s`,
    `${formatBytes((now.bytes - before.bytes) / seconds)}/s`,
    ...(refused === 0 ? [] : [`${formatNumber(refused)} refused: ${now.lastRefusal}`]),
  ].join(' · ');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

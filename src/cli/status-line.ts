/** The line at the bottom of the terminal while a run goes on. */
import type { ExporterStatus, ParityStatus, Status } from '../simulation/status.ts';
import { formatCount, formatNumber } from './format.ts';

/**
 * What must be seen comes first, since a terminal shows no more than fits. Points a second are left out where they are not known,
 * and where no further tick comes.
 */
export function formatStatus(status: Status, pointsPerSecond: number | undefined): string {
  const { state, tick, total_series: series, lateness, exporters, parity } = status;
  return [
    state === 'running' ? `tick ${formatNumber(tick)}` : `${state}, tick ${formatNumber(tick)}`,
    lateness.on_time ? 'on time' : `LATE by ${lateness.last_seconds.toFixed(1)} s`,
    ...(parity === undefined ? [] : [formatParity(parity)]),
    ...exporters.map(formatExporter),
    `${formatNumber(series)} series`,
    ...(pointsPerSecond === undefined || state !== 'running'
      ? []
      : [`${formatNumber(Math.round(pointsPerSecond))} points/s`]),
  ].join(' · ');
}

function formatExporter({ name, scrapes, points, queue_depth: queued }: ExporterStatus): string {
  if (scrapes !== undefined) {
    const answered = Object.values(scrapes.codes).reduce((total, count) => total + count, 0);
    return formatCount(answered, 'scrape', 'scrapes');
  }
  if (points === undefined) return name;
  const { accepted, rejected, lost, unknown } = points;
  const bad = Object.entries({ rejected, lost, unknown, queued }).filter(([, count]) => count > 0);
  return [
    `${name} ${formatNumber(accepted)} accepted`,
    ...bad.map(([what, n]) => `${formatNumber(n)} ${what}`),
  ].join(', ');
}

function formatParity({ state, differing }: ParityStatus): string {
  switch (state) {
    case 'identical':
      return 'both paths identical';
    case 'differing':
      return `PATHS DIFFER in ${formatCount(differing, 'series', 'series')}`;
    case 'spoilt':
      return 'paths spoilt by fault';
    case 'waiting':
      return 'paths not compared';
  }
}

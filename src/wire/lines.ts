/**
 * What is prepared of a family for one page format: its header, and the lines that each slot has, as the bytes before
 * and behind the slot's labels.
 */
import type { Family } from '../series/family.ts';
import { bytesOf, type Bytes } from './bytes.ts';
import { formatCanonical, formatNumber, MAX_NUMBER_BYTES } from './number.ts';
import type { PageFormat } from './page.ts';
import { escapeHelp } from './text.ts';

export interface LineOptions {
  readonly format: PageFormat;
  /** Prints `_created` lines (OpenMetrics only). */
  readonly created?: boolean | undefined;
}

/** One line: `prefix labels suffix value`. */
export interface Line {
  readonly prefix: Bytes;
  readonly suffix: Bytes;
}

export interface FamilyLines {
  /** HELP, TYPE and UNIT. */
  readonly header: Bytes;
  /** Of each slot: buckets or quantiles first, then sum and count, then the time of creation. */
  readonly lines: readonly Line[];
  /** Room for a slot's lines with their numbers, but without labels. */
  readonly room: number;
  /** Whether the last line is `_created`. */
  readonly created: boolean;
}

export function createFamilyLines(family: Family, { format, created = false }: LineOptions): FamilyLines {
  const openMetrics = format === 'openmetrics';
  const shown = samplesOf(family, openMetrics);
  const withCreated = openMetrics && created && family.type !== 'gauge';
  if (withCreated) shown.push({ name: `${baseName(family)}_created` });
  const labelled = family.labels.names.length > 0;
  const lines = shown.map((sample) => createLine(sample, labelled));
  const room = lines.reduce(
    (sum, { prefix, suffix }) => sum + prefix.length + suffix.length + MAX_NUMBER_BYTES,
    0,
  );
  return { header: bytesOf(headerOf(family, openMetrics)), lines, room, created: withCreated };
}

/** A sample's name, and the label that it has besides those of its slot. */
interface Sample {
  readonly name: string;
  readonly label?: string;
}

function samplesOf(family: Family, openMetrics: boolean): Sample[] {
  const { name } = family.prometheus;
  const format = openMetrics ? formatCanonical : formatNumber;
  const totals = [{ name: `${name}_sum` }, { name: `${name}_count` }];
  switch (family.type) {
    case 'counter':
      return [{ name: openMetrics ? `${baseName(family)}_total` : name }];
    case 'gauge':
      return [{ name }];
    case 'histogram': {
      const bounds = [...family.bounds, Infinity];
      return [
        ...bounds.map((bound) => ({ name: `${name}_bucket`, label: `le="${format(bound)}"` })),
        ...totals,
      ];
    }
    case 'summary': {
      const quantiles = [...family.quantiles];
      return [...quantiles.map((quantile) => ({ name, label: `quantile="${format(quantile)}"` })), ...totals];
    }
  }
}

function createLine({ name, label }: Sample, labelled: boolean): Line {
  const inner = label === undefined ? '' : `${labelled ? ',' : ''}${label}`;
  const braces = labelled || label !== undefined;
  return { prefix: bytesOf(braces ? `${name}{` : `${name} `), suffix: bytesOf(braces ? `${inner}} ` : '') };
}

function headerOf(family: Family, openMetrics: boolean): string {
  const { type, help, prometheus } = family;
  const name = openMetrics ? baseName(family) : prometheus.name;
  let header = '';
  if (help !== '') header += `# HELP ${name} ${escapeHelp(help, openMetrics)}\n`;
  header += `# TYPE ${name} ${type}\n`;
  // OpenMetrics wants the unit to be the end of the name.
  const { unit } = prometheus;
  if (openMetrics && unit !== '' && name.endsWith(`_${unit}`)) header += `# UNIT ${name} ${unit}\n`;
  return header;
}

/** The name of a family in OpenMetrics, where a counter's `_total` belongs to the sample. */
function baseName({ type, prometheus }: Family): string {
  return type === 'counter' ? prometheus.name.replace(/_total$/, '') : prometheus.name;
}

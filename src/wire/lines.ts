/**
 * What is prepared of a family for one page format: its header, and the lines that each slot has, as the bytes before
 * and behind the slot's labels.
 */
import { declaredType, type Family } from '../series/family.ts';
import { bytesOf, type Bytes } from './bytes.ts';
import { openMetricsFamily } from './names.ts';
import { formatCanonical, formatNumber, MAX_NUMBER_BYTES } from './number.ts';
import type { PageFormat, PageType } from './page.ts';
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
  const withCreated = openMetrics && created && hasCreated(family);
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
  switch (declaredType(family)) {
    case 'counter':
      return [{ name: openMetrics ? `${baseName(family)}_total` : name }];
    case 'gauge':
    case 'updown':
    case 'unknown':
    case 'info':
    case 'stateset':
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
  const { help, prometheus } = family;
  const name = openMetrics ? baseName(family) : prometheus.name;
  let header = '';
  if (help !== '') header += `# HELP ${name} ${escapeHelp(help, openMetrics)}\n`;
  header += `# TYPE ${name} ${openMetrics ? openMetricsType(family) : textType(family)}\n`;
  // OpenMetrics wants the unit to be the end of the name.
  const { unit } = prometheus;
  if (openMetrics && unit !== '' && name.endsWith(`_${unit}`)) header += `# UNIT ${name} ${unit}\n`;
  return header;
}

/** The type in text 0.0.4, which has the four classic ones and none at all. */
export function textType(family: Pick<Family, 'type' | 'declared'>): Family['type'] | 'untyped' {
  return declaredType(family) === 'unknown' ? 'untyped' : family.type;
}

function openMetricsType(family: Family): PageType {
  const type = declaredType(family);
  return type === 'updown' ? 'gauge' : type;
}

/** Types that have a `_created` line. */
function hasCreated(family: Family): boolean {
  return family.type !== 'gauge' && declaredType(family) !== 'unknown';
}

/** The name of a family in OpenMetrics, where `_total` and `_info` belong to the sample. */
function baseName(family: Family): string {
  return openMetricsFamily(declaredType(family), family.prometheus.name);
}
